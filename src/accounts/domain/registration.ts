import { record } from '../../shared/domain/events.ts';
import type { AccountId } from '../../shared/domain/identity.ts';
import type { Email } from './email.ts';
import { registrationStarted } from './events.ts';
import type { RegistrationId } from './ids.ts';
import type { TimeZone } from './time-zone.ts';
import type { Username } from './username.ts';

const LIFETIME_MS = 24 * 60 * 60 * 1000;

/**
 * One attempt to open an account, waiting for its mail address to be verified. Several may wait for one address; each
 * has its own password and its own mail, and only somebody who has both opens the account. Whoever registers an
 * address that is not theirs therefore gains nothing, and takes nothing from its owner.
 */
export class Registration {
  readonly id: RegistrationId;
  private readonly _email: Email;
  private readonly _username: Username;
  private readonly _passwordHash: string;
  private readonly _timeZone: TimeZone;
  private readonly _startedAt: Date;
  private readonly _expiresAt: Date;
  private _accountId: AccountId | null;

  private constructor(
    id: RegistrationId,
    email: Email,
    username: Username,
    passwordHash: string,
    timeZone: TimeZone,
    startedAt: Date,
    expiresAt: Date,
  ) {
    this.id = id;
    this._email = email;
    this._username = username;
    this._passwordHash = passwordHash;
    this._timeZone = timeZone;
    this._startedAt = startedAt;
    this._expiresAt = expiresAt;
    this._accountId = null;
  }

  static start(
    id: RegistrationId,
    facts: { email: Email; username: Username; passwordHash: string; timeZone: TimeZone },
    now: Date,
  ): Registration {
    const expiresAt = new Date(now.getTime() + LIFETIME_MS);
    const { email, username, passwordHash, timeZone } = facts;
    const registration = new Registration(id, email, username, passwordHash, timeZone, now, expiresAt);
    record(registration, registrationStarted(id));
    return registration;
  }

  get email(): Email {
    return this._email;
  }

  get username(): Username {
    return this._username;
  }

  get passwordHash(): string {
    return this._passwordHash;
  }

  get timeZone(): TimeZone {
    return this._timeZone;
  }

  get startedAt(): Date {
    return this._startedAt;
  }

  get expiresAt(): Date {
    return this._expiresAt;
  }

  /** The account this attempt has opened, once it has. */
  get accountId(): AccountId | null {
    return this._accountId;
  }

  isOpen(now: Date): boolean {
    return this._accountId === null && now < this._expiresAt;
  }

  becomeAccount(accountId: AccountId): void {
    this._accountId = accountId;
  }
}
