import { DomainError, InvalidFields } from '../../shared/domain/domain-error.ts';
import type { Email } from '../domain/email.ts';
import { NewPassword } from '../domain/new-password.ts';
import type { BreachedPasswords, CommonPasswords } from './password-lists.ts';

const SITE_NAME = 'daymark';

/** Every rule that a new password has to pass, in one place for registration, reset and change. */
export class PasswordRules {
  readonly #minimumLength: number;
  readonly #common: CommonPasswords;
  readonly #breached: BreachedPasswords;

  constructor(minimumLength: number, common: CommonPasswords, breached: BreachedPasswords) {
    this.#minimumLength = minimumLength;
    this.#common = common;
    this.#breached = breached;
  }

  /**
   * @param field the name of the field that is at fault when the password is refused.
   * @throws {InvalidFields}
   */
  async accept(text: string, owner: { email: Email; username: string }, field: string): Promise<NewPassword> {
    const names = [SITE_NAME, owner.username, owner.email.value, owner.email.localPart];
    const isCommon = (candidate: string) => this.#common.includes(candidate);
    try {
      const password = NewPassword.of(text, { minimumLength: this.#minimumLength, isCommon, names });
      if (await this.#breached.includes(password.value)) throw new PasswordBreached();
      return password;
    } catch (error) {
      if (!(error instanceof DomainError) || error.kind !== 'invalid') throw error;
      throw new InvalidFields([{ pointer: `/${field}`, code: error.code, detail: error.message }]);
    }
  }
}

class PasswordBreached extends DomainError {
  constructor() {
    super(
      'invalid',
      'password_breached',
      'This password is known from a data breach. Please choose another one.',
    );
  }
}
