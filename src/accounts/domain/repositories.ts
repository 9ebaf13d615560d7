import type { AccountId } from '../../shared/domain/identity.ts';
import type { Account } from './account.ts';
import type { AuditEntry } from './audit-entry.ts';
import type { Email } from './email.ts';
import type { MailTicketId, RegistrationId } from './ids.ts';
import type { MailPurpose, MailTicket } from './mail-ticket.ts';
import type { Profile } from './profile.ts';
import type { Registration } from './registration.ts';
import type { UsernameClaim } from './username-claim.ts';
import type { Username } from './username.ts';

export interface AccountRepository {
  /** A second account with the same address fails at the commit with `EmailTaken`. */
  add(account: Account): void;
  byId(id: AccountId): Promise<Account | null>;
  byEmail(email: Email): Promise<Account | null>;
  remove(account: Account): void;
}

export interface ProfileRepository {
  add(profile: Profile): void;
  byId(id: AccountId): Promise<Profile | null>;
  remove(profile: Profile): void;
}

export interface UsernameClaimRepository {
  add(claim: UsernameClaim): void;
  /** Finds who holds a name, and keeps everybody else from asking until the unit ends. */
  hold(username: Username): Promise<UsernameClaim | null>;
  remove(claim: UsernameClaim): void;
}

export interface RegistrationRepository {
  add(registration: Registration): void;
  byId(id: RegistrationId): Promise<Registration | null>;
  /** The newest attempt for an address that still waits. */
  newestOpenFor(email: Email, now: Date): Promise<Registration | null>;
  /** The attempts at an address and those behind an account, with their mail tickets and the names they reserve. */
  removeAllFor(email: Email, accountId: AccountId): Promise<void>;
}

export interface MailTicketRepository {
  /** Of one subject, purpose and address only one ticket may be open: replace the others before. */
  add(ticket: MailTicket): Promise<void>;
  byId(id: MailTicketId): Promise<MailTicket | null>;
  /** Waits for another unit that holds the same ticket, so that of two uses the second sees the first. */
  byTokenHash(purpose: MailPurpose, tokenHash: string): Promise<MailTicket | null>;
  removeAllFor(subject: string): Promise<void>;
  /** All that still count for a subject. */
  openFor(subject: string, purpose: MailPurpose): Promise<readonly MailTicket[]>;
}

export interface AuditRepository {
  add(entry: AuditEntry): void;
  /** Forgets where the entries of a closed account came from. */
  pseudonymise(accountId: AccountId): Promise<void>;
}
