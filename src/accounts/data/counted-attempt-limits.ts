import { createHmac } from 'node:crypto';
import { RateLimiterRes, type RateLimiterAbstract } from 'rate-limiter-flexible';
import { deriveKeys } from '../../shared/data/derived-keys.ts';
import { TooManyAttempts } from '../../shared/domain/domain-error.ts';
import type { AttemptLimits, Limit } from '../services/attempt-limits.ts';
import { clientNetwork } from './client-network.ts';
import { delayAfterGuess, type Limits } from './limits.ts';

/** Makes the counter behind one limit. Its keys begin with `name`. */
export type MakeLimiter = (name: string, attempts: number, perSeconds: number) => RateLimiterAbstract;

/** The rules of limiting; where the counts are kept is the business of the limiters. */
export class CountedAttemptLimits implements AttemptLimits {
  readonly #limits: Limits;
  readonly #limiters: Readonly<Record<Limit, RateLimiterAbstract>>;
  readonly #guesses: RateLimiterAbstract;
  readonly #gate: RateLimiterAbstract;
  readonly #key: Buffer;

  /** The first secret hides mail addresses and account ids in the names of the counters. */
  constructor(makeLimiter: MakeLimiter, limits: Limits, secrets: readonly string[]) {
    const [key] = deriveKeys(secrets, 'attempt limits');
    if (!key) throw new Error('Attempt limits need a secret.');
    this.#key = key;
    this.#limits = limits;
    this.#limiters = mapValues(limits.allowances, ({ attempts, perSeconds }, limit) =>
      makeLimiter(limit, attempts, perSeconds),
    );
    this.#guesses = makeLimiter('guesses', limits.guesses.free, limits.guesses.forgottenAfterSeconds);
    this.#gate = makeLimiter('guess-gate', 1, limits.guesses.longestDelaySeconds);
  }

  async spend(limit: Limit, key: string): Promise<void> {
    const refused = await refusal(this.#limiters[limit].consume(this.#counterOf(limit, key)));
    if (refused) throw new TooManyAttempts(refused.msBeforeNext / 1_000);
  }

  async trySpend(limit: Limit, key: string): Promise<boolean> {
    return (await refusal(this.#limiters[limit].consume(this.#counterOf(limit, key)))) === null;
  }

  // Counting comes first and is one atomic step, so of any number of parallel guesses each gets its own number, and
  // only one of those beyond the free ones gets through the gate. A refused guess tried nothing and is not counted.
  async guess(address: string, knownDevice: string | null): Promise<void> {
    const bucket = this.#bucket(address, knownDevice);
    const { consumedPoints } = await this.#guesses.penalty(bucket);
    const delaySeconds = delayAfterGuess(consumedPoints, this.#limits.guesses);
    if (delaySeconds === 0) return;
    const refused = await refusal(this.#gate.consume(bucket, 1, { customDuration: delaySeconds }));
    if (!refused) return;
    await this.#guesses.reward(bucket);
    throw new TooManyAttempts(refused.msBeforeNext / 1_000);
  }

  async forgive(address: string, knownDevice: string | null): Promise<void> {
    const bucket = this.#bucket(address, knownDevice);
    await Promise.all([this.#guesses.delete(bucket), this.#gate.delete(bucket)]);
  }

  #counterOf(limit: Limit, key: string): string {
    return limit.endsWith('-per-ip') ? clientNetwork(key) : this.#hidden(key);
  }

  #bucket(address: string, knownDevice: string | null): string {
    return this.#hidden(knownDevice === null ? address : `${address}\0${knownDevice}`);
  }

  #hidden(text: string): string {
    return createHmac('sha256', this.#key).update(text).digest('base64url');
  }
}

/** The limiter's answer when it refused. A limiter rejects both to refuse and to fail. */
const refusal = async (consumed: Promise<RateLimiterRes>): Promise<RateLimiterRes | null> => {
  try {
    await consumed;
    return null;
  } catch (reason) {
    if (reason instanceof RateLimiterRes) return reason;
    throw reason;
  }
};

const mapValues = <Key extends string, In, Out>(
  record: Readonly<Record<Key, In>>,
  change: (value: In, key: Key) => Out,
): Record<Key, Out> =>
  Object.fromEntries(
    (Object.entries(record) as [Key, In][]).map(([key, value]) => [key, change(value, key)]),
  ) as Record<Key, Out>;
