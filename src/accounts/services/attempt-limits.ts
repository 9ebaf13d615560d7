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

/**
 * Counts in Redis, shared by all replicas; while Redis is down each process counts for itself.
 * An IPv6 address counts as its /64 network.
 */
export interface AttemptLimits {
  /** @throws {TooManyAttempts} when nothing is left. */
  spend(limit: Limit, key: string): Promise<void>;

  /** Spends without an error: false when nothing is left. */
  trySpend(limit: Limit, key: string): Promise<boolean>;

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
