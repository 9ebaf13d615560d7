import { accountBanned, accountClosed, accountUnbanned, record } from '../../shared/domain/events.ts';
import type { AccountId } from '../../shared/domain/identity.ts';
import type { Email } from './email.ts';
import { AlreadyBanned, NotBanned } from './errors.ts';
import { emailChanged, passwordChanged, sessionsEnded } from './events.ts';
import type { EndReason, SessionId } from './session.ts';

export type Role = 'member' | 'admin';
export type Standing = 'active' | 'banned';

/**
 * Who may sign in, and with what. An address that waits for its verification is only a `Registration`; an account has
 * an unverified one only where the site opens accounts without asking.
 */
export class Account {
  readonly id: AccountId;
  private _email: Email;
  private _emailVerified: boolean;
  private _passwordHash: string;
  private _role: Role;
  private _standing: Standing;
  private _epoch: number;
  private _keptSession: SessionId | null;
  private readonly _createdAt: Date;
  private _updatedAt: Date;

  private constructor(id: AccountId, email: Email, emailVerified: boolean, passwordHash: string, now: Date) {
    this.id = id;
    this._email = email;
    this._emailVerified = emailVerified;
    this._passwordHash = passwordHash;
    this._role = 'member';
    this._standing = 'active';
    this._epoch = 1;
    this._keptSession = null;
    this._createdAt = now;
    this._updatedAt = now;
  }

  static open(
    id: AccountId,
    facts: { email: Email; emailVerified: boolean; passwordHash: string },
    now: Date,
  ): Account {
    return new Account(id, facts.email, facts.emailVerified, facts.passwordHash, now);
  }

  get email(): Email {
    return this._email;
  }

  get emailVerified(): boolean {
    return this._emailVerified;
  }

  get passwordHash(): string {
    return this._passwordHash;
  }

  get role(): Role {
    return this._role;
  }

  get standing(): Standing {
    return this._standing;
  }

  /**
   * Sessions remember the epoch in which they began. When it moves on they are over, even where the session store
   * could not be told.
   */
  get epoch(): number {
    return this._epoch;
  }

  /** The one session that lives on although it began in an earlier epoch: it has ended the others. */
  get keptSession(): SessionId | null {
    return this._keptSession;
  }

  get createdAt(): Date {
    return this._createdAt;
  }

  get updatedAt(): Date {
    return this._updatedAt;
  }

  /** The old password may be known to somebody else, so the owner is told, and no session outlives it by itself. */
  changePassword(hash: string, now: Date, keep: SessionId | null = null): void {
    this._passwordHash = hash;
    this.endSessions('password_changed', now, keep);
    record(this, passwordChanged(this.id, this._email));
  }

  /** The same password under newer hashing parameters: nothing that its owner would notice. */
  rehashPassword(hash: string): void {
    this._passwordHash = hash;
  }

  /** Only a link that was opened in the new mailbox, or in the one the account had before, leads here. */
  changeEmail(email: Email, now: Date): void {
    this.proveEmail(now);
    if (this._email.equals(email)) return;
    record(this, emailChanged(this.id, this._email, email));
    this._email = email;
  }

  /** A link sent to the account's address was opened. */
  proveEmail(now: Date): void {
    this._emailVerified = true;
    this._updatedAt = now;
  }

  /** Ends every session that has begun so far, but for the one to `keep`. */
  endSessions(reason: EndReason, now: Date, keep: SessionId | null = null): void {
    this._epoch += 1;
    this._keptSession = keep;
    this._updatedAt = now;
    record(this, sessionsEnded(this.id, this._epoch, reason, keep));
  }

  /** @throws {AlreadyBanned} */
  ban(now: Date): void {
    if (this._standing === 'banned') throw new AlreadyBanned();
    this._standing = 'banned';
    this.endSessions('account_banned', now);
    record(this, accountBanned(this.id));
  }

  /** @throws {NotBanned} */
  unban(now: Date): void {
    if (this._standing !== 'banned') throw new NotBanned();
    this._standing = 'active';
    this._updatedAt = now;
    record(this, accountUnbanned(this.id));
  }

  /** A session carries the role it began with, so a new role begins with new sessions. */
  takeRole(role: Role, now: Date): void {
    if (this._role === role) return;
    this._role = role;
    this.endSessions('role_changed', now);
  }

  /** The last word of an account: the other contexts drop what hangs off it. */
  close(now: Date): void {
    this.endSessions('account_closed', now);
    record(this, accountClosed(this.id, this._email.value));
  }
}
