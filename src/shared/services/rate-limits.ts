/** So many times in so long. */
export interface Allowance {
  readonly attempts: number;
  /** The window begins with the first attempt. */
  readonly perSeconds: number;
}

/**
 * Counts in Redis, shared by all replicas; while Redis is down each process counts for itself.
 * A limit whose name ends in `-per-ip` counts an IPv6 address as its /64 network. `within` counts apart, for example
 * each page of a site.
 */
export interface RateLimits<Limit extends string> {
  /** @throws {TooManyAttempts} when nothing is left. */
  spend(limit: Limit, key: string, within?: string): Promise<void>;

  /** Spends without an error: false when nothing is left. */
  trySpend(limit: Limit, key: string, within?: string): Promise<boolean>;
}
