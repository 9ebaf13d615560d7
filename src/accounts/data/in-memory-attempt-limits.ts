import { RateLimiterMemory } from 'rate-limiter-flexible';
import { CountedAttemptLimits } from './counted-attempt-limits.ts';
import { limits, type Limits } from './limits.ts';

/** Counts in this process only: for development without Redis. */
export const inMemoryAttemptLimits = (
  secrets: readonly string[],
  table: Limits = limits,
): CountedAttemptLimits =>
  new CountedAttemptLimits(
    (name, points, duration) => new RateLimiterMemory({ keyPrefix: name, points, duration }),
    table,
    secrets,
  );
