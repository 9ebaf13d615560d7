import type { RateLimits } from '../../shared/services/rate-limits.ts';

/**
 * What is limited, per what. The numbers stand with the implementation.
 * `...-mail` limits count mails per address and are asked quietly: the answer to the client must not change.
 */
export type Limit =
  | 'register-per-ip'
  | 'login-per-ip'
  | 'mail-request-per-ip'
  | 'mail-token-per-ip'
  | 'password-check-per-account'
  | 'mail-per-address';

/** Plain counts, and guesses at passwords, which slow down. */
export interface AttemptLimits extends RateLimits<Limit> {
  /**
   * Counts a guess at an account's password before it is checked, so that parallel guesses count too.
   * Guesses from a known device have a bucket of their own: strangers' guesses never lock the owner out.
   * After a few failures the delay before the next guess doubles, up to fifteen minutes.
   * `address` is the normalised mail address, whether or not an account has it.
   * @throws {TooManyAttempts} while the delay lasts.
   */
  guess(address: string, knownDevice: string | null): Promise<void>;

  /** The guess was right: its bucket is emptied. */
  forgive(address: string, knownDevice: string | null): Promise<void>;
}
