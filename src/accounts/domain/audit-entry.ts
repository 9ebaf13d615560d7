import type { JsonValue } from '../../shared/domain/events.ts';
import type { AccountId } from '../../shared/domain/identity.ts';
import type { AuditEntryId } from './ids.ts';
import type { SessionId } from './session.ts';

/** Every security event that is kept. The person sees their own. */
export type AuditKind =
  | 'registered'
  | 'verified'
  | 'login_succeeded'
  | 'login_failed'
  | 'logged_out'
  | 'session_ended'
  | 'all_sessions_ended'
  | 'refresh_reused'
  | 'password_changed'
  | 'password_reset'
  | 'password_reset_requested'
  | 'email_change_requested'
  | 'email_changed'
  | 'email_restored'
  | 'username_changed'
  | 'data_exported'
  | 'account_closed'
  | 'account_banned'
  | 'account_unbanned'
  | 'role_changed';

/** Where a request came from, as far as it is kept. */
export interface Origin {
  readonly ip: string;
  /** A readable name of the browser and system, not the raw header. */
  readonly device: string;
}

export interface AuditFacts {
  readonly accountId: AccountId | null;
  /** Null for what an admin does from the command line. */
  readonly origin: Origin | null;
  readonly details?: Readonly<Record<string, JsonValue>>;
  /** The session that this ended. A session store that has lost its last second must not bring it back. */
  readonly endedSession?: SessionId;
}

/**
 * One outcome, written once and never changed. Of a closed account the entries stay, without address and device:
 * its id then leads to nobody.
 */
export class AuditEntry {
  readonly id: AuditEntryId;
  private readonly _accountId: AccountId | null;
  private readonly _kind: AuditKind;
  private readonly _at: Date;
  private readonly _ip: string | null;
  private readonly _device: string | null;
  private readonly _details: Readonly<Record<string, JsonValue>>;
  private readonly _endedSession: SessionId | null;

  private constructor(
    id: AuditEntryId,
    kind: AuditKind,
    { accountId, origin, details, endedSession }: AuditFacts,
    at: Date,
  ) {
    this.id = id;
    this._accountId = accountId;
    this._kind = kind;
    this._at = at;
    this._ip = origin?.ip ?? null;
    this._device = origin?.device ?? null;
    this._details = details ?? {};
    this._endedSession = endedSession ?? null;
  }

  static of(id: AuditEntryId, kind: AuditKind, facts: AuditFacts, at: Date): AuditEntry {
    return new AuditEntry(id, kind, facts, at);
  }

  get accountId(): AccountId | null {
    return this._accountId;
  }

  get kind(): AuditKind {
    return this._kind;
  }

  get at(): Date {
    return this._at;
  }

  get ip(): string | null {
    return this._ip;
  }

  get device(): string | null {
    return this._device;
  }

  get details(): Readonly<Record<string, JsonValue>> {
    return this._details;
  }

  get endedSession(): SessionId | null {
    return this._endedSession;
  }
}
