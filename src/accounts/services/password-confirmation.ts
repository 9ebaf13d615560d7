import { InvalidFields } from '../../shared/domain/domain-error.ts';
import type { AccountId } from '../../shared/domain/identity.ts';
import { AccountNotFound, WrongPassword } from '../domain/errors.ts';
import type { AccountQueries } from './account-queries.ts';
import type { AttemptLimits } from './attempt-limits.ts';
import type { PasswordHasher } from './password-hasher.ts';

/** Asks somebody who is signed in already for the password again, before a change that a stolen session must not make. */
export class PasswordConfirmation {
  readonly #queries: AccountQueries;
  readonly #hasher: PasswordHasher;
  readonly #limits: AttemptLimits;

  constructor(queries: AccountQueries, hasher: PasswordHasher, limits: AttemptLimits) {
    this.#queries = queries;
    this.#hasher = hasher;
    this.#limits = limits;
  }

  /** @throws {InvalidFields} `wrong_password` @throws {TooManyAttempts} */
  async require(accountId: AccountId, password: string, field: string): Promise<void> {
    await this.#limits.spend('password-check-per-account', accountId);
    const credentials = await this.#queries.credentialsById(accountId);
    if (!credentials) throw new AccountNotFound();
    const { matches } = await this.#hasher.verify(password, credentials.passwordHash);
    if (matches) return;
    const { code, message } = new WrongPassword();
    throw new InvalidFields([{ pointer: `/${field}`, code, detail: message }]);
  }
}
