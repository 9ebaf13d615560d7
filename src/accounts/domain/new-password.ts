import { DomainError } from '../../shared/domain/domain-error.ts';
import { isMadeOfNames, isPredictable } from './guessable-password.ts';

const LONGEST = 256;

/** What a new password is measured against. */
export interface NewPasswordRules {
  /** In code points, after normalisation. NIST SP 800-63B-4 names 15 where the password is the only factor, and 8 with a second one. */
  readonly minimumLength: number;
  /** Asked with lower-cased NFKC text; `CommonPasswords.includes`. */
  readonly isCommon: (text: string) => boolean;
  /** The site's name, the username, the mail address or its parts. Each is also taken apart at punctuation. */
  readonly names: readonly string[];
}

/**
 * A password that somebody chooses, after every rule that needs no network. Breaches are asked separately, with
 * `value`.
 *
 * OWASP ASVS 5: minimum length (6.2.1), common passwords (6.2.4), no composition rules (6.2.5), 64 characters and
 * more (6.2.9), words of the context (6.2.11). NIST SP 800-63B-4 section 3.1.1.2: length in code points, blocklist.
 * One deviation: ASVS 6.2.8 wants the text exactly as received, but one person's keyboards send "é" in two ways, so
 * the text is NFKC, as NIST advises. Nothing is trimmed, cut or changed in case.
 */
export class NewPassword {
  // Private to the engine, so that neither JSON nor an inspected object in a log shows it.
  readonly #text: string;

  private constructor(text: string) {
    this.#text = text;
  }

  /**
   * @throws {PasswordUnusable} @throws {PasswordTooShort} @throws {PasswordTooLong}
   * @throws {PasswordGuessable} @throws {PasswordCommon}
   */
  static of(text: string, { minimumLength, isCommon, names }: NewPasswordRules): NewPassword {
    if (!text.isWellFormed() || text.includes('\0')) throw new PasswordUnusable();
    const normal = text.normalize('NFKC');
    const length = Array.from(normal).length;
    if (length < minimumLength) throw new PasswordTooShort(minimumLength);
    if (length > LONGEST) throw new PasswordTooLong();
    if (isPredictable(normal) || isMadeOfNames(normal, names, isCommon)) throw new PasswordGuessable();
    if (isCommon(normal.toLowerCase())) throw new PasswordCommon();
    return new NewPassword(normal);
  }

  /** The normalised text, for the hasher and the breach list. */
  get value(): string {
    return this.#text;
  }
}

export class PasswordTooShort extends DomainError {
  constructor(minimumLength: number) {
    super('invalid', 'password_too_short', `A password has at least ${minimumLength} characters.`);
  }
}

export class PasswordTooLong extends DomainError {
  constructor() {
    super('invalid', 'password_too_long', `A password has at most ${LONGEST} characters.`);
  }
}

export class PasswordCommon extends DomainError {
  constructor() {
    super('invalid', 'password_common', 'Too many people use this password. Please choose another one.');
  }
}

export class PasswordGuessable extends DomainError {
  constructor() {
    super(
      'invalid',
      'password_guessable',
      'This password can be guessed: it is made of a name that belongs to you or to this site, or of a simple sequence.',
    );
  }
}

export class PasswordUnusable extends DomainError {
  constructor() {
    super('invalid', 'password_unusable', 'This password has characters that cannot be stored.');
  }
}
