import type { Allowance, RateLimits } from '../services/rate-limits.ts';
import { CountedRateLimits } from './counted-rate-limits.ts';
import type { MakeLimiter } from './limiters.ts';

/** A context's limits; without limiters (`RATE_LIMITS=off`) nothing is ever refused. */
export const rateLimits = <Limit extends string>(
  makeLimiter: MakeLimiter | null,
  allowances: Readonly<Record<Limit, Allowance>>,
  secrets: readonly string[],
): RateLimits<Limit> =>
  makeLimiter ? new CountedRateLimits(makeLimiter, allowances, secrets) : new UnlimitedRates();

class UnlimitedRates implements RateLimits<string> {
  spend(): Promise<void> {
    return Promise.resolve();
  }

  trySpend(): Promise<boolean> {
    return Promise.resolve(true);
  }
}
