import type { AccountId } from '../../shared/domain/identity.ts';
import type { Email } from './email.ts';
import { UsernameTaken } from './errors.ts';
import type { Username } from './username.ts';

/**
 * Who holds a username: an account for good, or a registration until it expires.
 *
 * A registration's claim belongs to its mail address, so that several attempts of one person share it. It is made
 * whether or not the address is known already; otherwise a name that stayed free would tell that it is.
 */
export class UsernameClaim {
  /** The lower-case name. */
  readonly key: string;
  private _accountId: AccountId | null;
  private _email: string | null;
  private _expiresAt: Date | null;

  private constructor(
    key: string,
    accountId: AccountId | null,
    email: string | null,
    expiresAt: Date | null,
  ) {
    this.key = key;
    this._accountId = accountId;
    this._email = email;
    this._expiresAt = expiresAt;
  }

  static reserve(username: Username, email: Email, expiresAt: Date): UsernameClaim {
    return new UsernameClaim(username.key, null, email.value, expiresAt);
  }

  static held(username: Username, accountId: AccountId): UsernameClaim {
    return new UsernameClaim(username.key, accountId, null, null);
  }

  get accountId(): AccountId | null {
    return this._accountId;
  }

  /** @throws {UsernameTaken} unless the claim has lapsed or is this address's own. */
  reserveAgain(email: Email, expiresAt: Date, now: Date): void {
    if (!this.isOpenTo(email, now)) throw new UsernameTaken();
    this._email = email.value;
    this._expiresAt = expiresAt;
  }

  /** @throws {UsernameTaken} unless the claim has lapsed or is this address's or this account's own. */
  settle(accountId: AccountId, email: Email, now: Date): void {
    if (this._accountId !== accountId && !this.isOpenTo(email, now)) throw new UsernameTaken();
    this._accountId = accountId;
    this._email = null;
    this._expiresAt = null;
  }

  private isOpenTo(email: Email, now: Date): boolean {
    if (this._accountId !== null) return false;
    return this._email === email.value || (this._expiresAt !== null && this._expiresAt <= now);
  }
}
