import type { Page, PageRequest } from '../../shared/domain/page.ts';
import type { AccountId } from '../../shared/domain/identity.ts';
import type { Role, Standing } from '../domain/account.ts';
import type { AuditKind } from '../domain/audit-entry.ts';
import type { SessionId } from '../domain/session.ts';
import type { PublicUser } from '../../shared/services/people.ts';
import type { JsonValue } from '../../shared/domain/events.ts';

/** What signing in needs to know of an account. */
export interface Credentials {
  readonly accountId: AccountId;
  readonly email: string;
  readonly passwordHash: string;
  readonly role: Role;
  readonly standing: Standing;
  readonly epoch: number;
}

export interface AccountRow {
  readonly id: AccountId;
  readonly email: string;
  readonly verified: boolean;
  readonly role: Role;
  readonly standing: Standing;
  readonly epoch: number;
  readonly createdAt: Date;
  readonly updatedAt: Date;
}

export interface UserRow extends PublicUser {
  readonly timeZone: string;
  readonly dayStart: string;
}

/** What a session says of itself, to be held against what its account says. */
export interface SessionStanding {
  readonly id: SessionId;
  readonly accountId: AccountId;
  readonly epoch: number;
}

export interface Member {
  readonly account: AccountRow;
  readonly user: UserRow;
}

export interface ActivityRow {
  readonly id: string;
  readonly kind: AuditKind;
  readonly at: Date;
  readonly ip: string | null;
  readonly device: string | null;
  readonly details: Readonly<Record<string, JsonValue>>;
}

/** Reads that change nothing and load no aggregate. Each is one statement. */
export interface AccountQueries {
  credentialsByEmail(email: string): Promise<Credentials | null>;
  credentialsById(accountId: AccountId): Promise<Credentials | null>;
  member(accountId: AccountId): Promise<Member | null>;
  /** The member behind a session that the account has not ended; null when the session is over. */
  memberOfSession(session: SessionStanding): Promise<Member | null>;
  /** Those of the sessions that are over by the same rule, also because there is no such account any more. */
  sessionsOver(sessions: readonly SessionStanding[]): Promise<ReadonlySet<SessionId>>;
  /** Newest first. */
  activity(accountId: AccountId, page: PageRequest): Promise<Page<ActivityRow>>;
  /** For admins: newest first; `search` is part of an address or a name. */
  members(search: string | null, page: PageRequest): Promise<Page<Member>>;
}
