import type { AttemptLimits } from '../services/attempt-limits.ts';

/** `RATE_LIMITS=off`: for load tests. */
export class UnlimitedAttempts implements AttemptLimits {
  spend(): Promise<void> {
    return Promise.resolve();
  }

  trySpend(): Promise<boolean> {
    return Promise.resolve(true);
  }

  guess(): Promise<void> {
    return Promise.resolve();
  }

  forgive(): Promise<void> {
    return Promise.resolve();
  }
}
