import { randomUUID } from 'node:crypto';
import type { DomainEvent } from '../domain/events.ts';
import type { DeliveredEvent } from '../services/event-handler.ts';
import type { Sql } from './postgres.ts';

/** What an admin reads beside an event that only waits to be released. */
export const HELD_BY_RESTORE = 'held_by_restore';

/** Longer than a handler may take (60 s), so that a lease ends only when its holder died or lost the database. */
const LEASE_MS = 120_000;

/** An event that this process holds until its lease ends. */
export interface ClaimedEvent extends DeliveredEvent {
  readonly doneHandlers: readonly string[];
  readonly lease: string;
}

/** How many more events of one type may be claimed. */
export interface Lane {
  readonly type: string;
  readonly free: number;
}

export interface Backlog {
  readonly pending: number;
  readonly oldestSeconds: number;
  readonly givenUp: number;
}

/** An event that no further attempt is made for until an admin asks for it. */
export interface GivenUpEvent {
  readonly id: string;
  readonly type: string;
  readonly occurredAt: Date;
  readonly gaveUpAt: Date;
  readonly attempts: number;
  readonly lastError: string | null;
}

/**
 * The outbox table as its readers see it. Every method is one statement, and every instant is the caller's, so no
 * transaction is open while a handler works. What changes a claimed event does so only while its lease is the one
 * stored, and answers whether it was: a worker that comes back late cannot touch another's claim.
 */
export class Outbox {
  readonly #sql: Sql;

  constructor(sql: Sql) {
    this.#sql = sql;
  }

  /**
   * Takes what is due, per lane in order of the time due, which for a first attempt is the time it occurred.
   * A separate limit per type keeps a slow or failing handler from holding up the others.
   * The attempt is counted here, so an event that kills its worker is not tried without pause.
   */
  async claim(lanes: readonly Lane[], except: readonly string[], now: Date): Promise<ClaimedEvent[]> {
    const lease = randomUUID();
    // The materialised part runs exactly once; as a plain subquery the planner may repeat it and claim too many.
    // The array keeps it on the primary key: a join reads the whole table when the backlog is long.
    const rows = await this.#sql.query<ClaimedRow>(
      `with due as materialized (
         select taken.id
         from unnest($1::text[], $2::integer[]) as lane (type, free)
         cross join lateral (
           select id from outbox
           where type = lane.type and gave_up_at is null and next_attempt_at <= $3
             and (leased_until is null or leased_until <= $3) and id <> all ($4::uuid[])
           order by next_attempt_at, occurred_at, id
           limit lane.free
           for update skip locked
         ) as taken
       )
       update outbox set lease = $5, leased_until = $6, attempts = attempts + 1
       where id = any (array (select id from due))
       returning id, type, payload, occurred_at, attempts, done_handlers`,
      [
        lanes.map(lane => lane.type),
        lanes.map(lane => lane.free),
        now,
        except,
        lease,
        new Date(now.getTime() + LEASE_MS),
      ],
    );
    return rows
      .map(
        ({ id, type, payload, occurred_at: occurredAt, attempts: attempt, done_handlers: doneHandlers }) => ({
          ...{ id, type, payload, occurredAt, attempt, doneHandlers, lease },
        }),
      )
      .sort(byOccurrence);
  }

  /** Remembers the handlers done so far and holds the event for as long again. */
  async progress(event: ClaimedEvent, doneHandlers: readonly string[], now: Date): Promise<boolean> {
    return this.#whileHeld(
      event,
      `update outbox set done_handlers = $3, leased_until = $4`,
      doneHandlers,
      new Date(now.getTime() + LEASE_MS),
    );
  }

  async delivered(event: ClaimedEvent): Promise<boolean> {
    return this.#whileHeld(event, `delete from outbox`);
  }

  async postpone(event: ClaimedEvent, done: readonly string[], error: string, until: Date): Promise<boolean> {
    return this.#whileHeld(
      event,
      `update outbox
       set done_handlers = $3, last_error = $4, next_attempt_at = $5, lease = null, leased_until = null`,
      done,
      error,
      until,
    );
  }

  async giveUp(event: ClaimedEvent, done: readonly string[], error: string, now: Date): Promise<boolean> {
    return this.#whileHeld(
      event,
      `update outbox
       set done_handlers = $3, last_error = $4, gave_up_at = $5, lease = null, leased_until = null`,
      done,
      error,
      now,
    );
  }

  async #whileHeld(event: ClaimedEvent, change: string, ...values: unknown[]): Promise<boolean> {
    const rows = await this.#sql.query(`${change} where id = $1 and lease = $2 returning id`, [
      event.id,
      event.lease,
      ...values,
    ]);
    return rows.length > 0;
  }

  /**
   * Deletes events of other types than the known ones that occurred before an instant, and that nobody ever tried.
   * @returns their types, one for each
   */
  async discardUnknown(knownTypes: readonly string[], before: Date): Promise<string[]> {
    const rows = await this.#sql.query<{ type: string }>(
      `delete from outbox
       where type <> all ($1::text[]) and occurred_at < $2 and attempts = 0 and gave_up_at is null
       returning type`,
      [knownTypes, before],
    );
    return rows.map(row => row.type);
  }

  async backlog(types: readonly string[], now: Date): Promise<Backlog> {
    const [row] = await this.#sql.query<{ pending: number; oldest: Date | null; given_up: number }>(
      `select count(*) filter (where gave_up_at is null)::integer as pending,
              min(occurred_at) filter (where gave_up_at is null) as oldest,
              count(*) filter (where gave_up_at is not null)::integer as given_up
       from outbox where type = any ($1::text[])`,
      [types],
    );
    return {
      pending: row?.pending ?? 0,
      oldestSeconds: row?.oldest ? Math.max(0, (now.getTime() - row.oldest.getTime()) / 1_000) : 0,
      givenUp: row?.given_up ?? 0,
    };
  }

  /** The newest first, at most 200. */
  async listGivenUp(): Promise<GivenUpEvent[]> {
    return this.#sql.query<GivenUpEvent>(
      `select id, type, occurred_at as "occurredAt", gave_up_at as "gaveUpAt", attempts,
              last_error as "lastError"
       from outbox where gave_up_at is not null order by gave_up_at desc, id limit 200`,
    );
  }

  /** Makes a given-up event due at once, with all its attempts before it. Answers whether there was one. */
  async retry(id: string, now: Date): Promise<boolean> {
    const rows = await this.#sql.query(
      `update outbox set gave_up_at = null, attempts = 0, next_attempt_at = $2
       where gave_up_at is not null and id::text = lower($1) returning id`,
      [id, now],
    );
    return rows.length > 0;
  }

  /** Makes every event due at once that a restore has held. Answers how many there were. */
  async retryHeld(now: Date): Promise<number> {
    const rows = await this.#sql.query(
      `update outbox set gave_up_at = null, attempts = 0, next_attempt_at = $2, last_error = null
       where gave_up_at is not null and last_error = $1 returning id`,
      [HELD_BY_RESTORE, now],
    );
    return rows.length;
  }
}

interface ClaimedRow {
  readonly id: string;
  readonly type: string;
  readonly payload: DomainEvent['payload'];
  readonly occurred_at: Date;
  readonly attempts: number;
  readonly done_handlers: string[];
}

const byOccurrence = (one: ClaimedEvent, other: ClaimedEvent): number =>
  one.occurredAt.getTime() - other.occurredAt.getTime() || (one.id < other.id ? -1 : 1);
