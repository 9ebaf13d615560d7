import type { RateLimiterAbstract } from 'rate-limiter-flexible';
import { CountedRateLimits, refusalOf } from '../../shared/data/counted-rate-limits.ts';
import type { MakeLimiter } from '../../shared/data/limiters.ts';
import { TooManyAttempts } from '../../shared/domain/domain-error.ts';
import type { AttemptLimits, Limit } from '../services/attempt-limits.ts';
import { delayAfterGuess, limits as productLimits, type Limits } from './limits.ts';

/** Plain counts, and the delays after wrong passwords on top of them. */
export class CountedAttemptLimits implements AttemptLimits {
  readonly #limits: Limits;
  readonly #rates: CountedRateLimits<Limit>;
  readonly #guesses: RateLimiterAbstract;
  readonly #gate: RateLimiterAbstract;

  constructor(makeLimiter: MakeLimiter, secrets: readonly string[], limits: Limits = productLimits) {
    this.#limits = limits;
    this.#rates = new CountedRateLimits(makeLimiter, limits.allowances, secrets);
    this.#guesses = makeLimiter('guesses', limits.guesses.free, limits.guesses.forgottenAfterSeconds);
    this.#gate = makeLimiter('guess-gate', 1, limits.guesses.longestDelaySeconds);
  }

  spend(limit: Limit, key: string): Promise<void> {
    return this.#rates.spend(limit, key);
  }

  trySpend(limit: Limit, key: string): Promise<boolean> {
    return this.#rates.trySpend(limit, key);
  }

  // Counting comes first and is one atomic step, so of any number of parallel guesses each gets its own number, and
  // only one of those beyond the free ones gets through the gate. A refused guess tried nothing and is not counted.
  async guess(address: string, knownDevice: string | null): Promise<void> {
    const bucket = this.#bucket(address, knownDevice);
    const { consumedPoints } = await this.#guesses.penalty(bucket);
    const delaySeconds = delayAfterGuess(consumedPoints, this.#limits.guesses);
    if (delaySeconds === 0) return;
    const refused = await refusalOf(this.#gate.consume(bucket, 1, { customDuration: delaySeconds }));
    if (!refused) return;
    await this.#guesses.reward(bucket);
    throw new TooManyAttempts(refused.msBeforeNext / 1_000);
  }

  async forgive(address: string, knownDevice: string | null): Promise<void> {
    const bucket = this.#bucket(address, knownDevice);
    await Promise.all([this.#guesses.delete(bucket), this.#gate.delete(bucket)]);
  }

  #bucket(address: string, knownDevice: string | null): string {
    return this.#rates.hidden(knownDevice === null ? address : `${address}\0${knownDevice}`);
  }
}
