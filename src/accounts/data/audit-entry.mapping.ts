import { defineEntity, p } from '@mikro-orm/core';
import { entityClass } from '../../shared/data/entity-class.ts';
import type { JsonValue } from '../../shared/domain/events.ts';
import type { AccountId } from '../../shared/domain/identity.ts';
import { AuditEntry, type AuditKind } from '../domain/audit-entry.ts';
import type { AuditEntryId } from '../domain/ids.ts';
import type { SessionId } from '../domain/session.ts';

// Entries are written once. Only where they came from may be forgotten, when their account is closed.
const APPEND_ONLY = `
  if tg_op = 'UPDATE' and new.ip is null and new.device is null
    and (new.id, new.kind, new.at, new.details) = (old.id, old.kind, old.at, old.details)
    and new.account_id is not distinct from old.account_id
    and new.ended_session is not distinct from old.ended_session then
    return new;
  end if;
  raise exception 'audit entries are append-only' using errcode = 'restrict_violation';`;

// No foreign key: the entries outlive their account.
export const AuditEntryMapping = defineEntity({
  name: 'AuditEntry',
  class: entityClass(AuditEntry),
  tableName: 'audit_entries',
  indexes: [
    { name: 'audit_entries_account', properties: ['_accountId', 'id'] },
    {
      name: 'audit_entries_ended_session',
      expression:
        'create index "audit_entries_ended_session" on "audit_entries" ("ended_session") where "ended_session" is not null',
    },
  ],
  triggers: [
    { name: 'audit_entries_stay', timing: 'before', events: ['update', 'delete'], body: APPEND_ONLY },
  ],
  properties: {
    id: p.uuid().primary().$type<AuditEntryId>(),
    _accountId: p.uuid().nullable().fieldName('account_id').$type<AccountId | null>(),
    _kind: p.string().columnType('text').fieldName('kind').$type<AuditKind>(),
    _at: p.datetime(6).fieldName('at'),
    _ip: p.string().columnType('text').nullable().fieldName('ip'),
    _device: p.string().columnType('text').nullable().fieldName('device'),
    _details: p.json<Readonly<Record<string, JsonValue>>>().fieldName('details'),
    _endedSession: p.string().columnType('text').nullable().fieldName('ended_session').$type<SessionId>(),
  },
});
