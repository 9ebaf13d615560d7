import { defineEntity, p } from '@mikro-orm/core';
import type { JsonValue } from '../domain/events.ts';

/**
 * An event waiting for its handlers, stored by the same commit as the change it tells of. Rows are data: written by
 * the unit of work, read and removed by `outbox-delivery.ts` with plain SQL.
 */
export class OutboxRow {
  readonly id: string;
  readonly type: string;
  readonly payload: Readonly<Record<string, JsonValue>>;
  readonly occurredAt: Date;
  readonly nextAttemptAt: Date;

  constructor(id: string, type: string, payload: Readonly<Record<string, JsonValue>>, occurredAt: Date) {
    this.id = id;
    this.type = type;
    this.payload = payload;
    this.occurredAt = occurredAt;
    this.nextAttemptAt = occurredAt;
  }
}

export const OutboxMapping = defineEntity({
  class: OutboxRow,
  tableName: 'outbox',
  indexes: [
    {
      name: 'outbox_due',
      expression:
        'create index "outbox_due" on "outbox" ("type", "next_attempt_at") where "gave_up_at" is null',
    },
  ],
  properties: {
    id: p.uuid().primary(),
    type: p.string().columnType('text'),
    payload: p.json<Readonly<Record<string, JsonValue>>>(),
    occurredAt: p.datetime(6),
    nextAttemptAt: p.datetime(6),
    attempts: p.integer().default(0),
    leasedUntil: p.datetime(6).nullable(),
    lease: p.uuid().nullable(),
    doneHandlers: p.array().columnType('text[]').defaultRaw(`'{}'`),
    lastError: p.string().columnType('text').nullable(),
    gaveUpAt: p.datetime(6).nullable(),
  },
});
