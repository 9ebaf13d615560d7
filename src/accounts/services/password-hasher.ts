/**
 * Slow, salted, peppered hashing of passwords. Callers pass the password as typed; normalisation (NFKC) is part of
 * hashing. At most as many hashes run at once as there are cores; beyond a bounded queue `Unavailable` is thrown.
 */
export interface PasswordHasher {
  /** What to store. Opaque: carries its own parameters and the version of the pepper. */
  hash(password: string): Promise<string>;

  /** `stale` asks the caller to store a new hash: the parameters or the pepper have changed since. */
  verify(password: string, stored: string): Promise<{ matches: boolean; stale: boolean }>;

  /** Does the same work as `verify` for an account that does not exist, so that time tells nothing. */
  verifyNothing(password: string): Promise<void>;
}
