import { createHmac } from 'node:crypto';
import { RateLimiterRes, type RateLimiterAbstract } from 'rate-limiter-flexible';
import { TooManyAttempts } from '../domain/domain-error.ts';
import type { Allowance, RateLimits } from '../services/rate-limits.ts';
import { clientNetwork } from './client-network.ts';
import { deriveKeys } from './derived-keys.ts';
import type { MakeLimiter } from './limiters.ts';

/** The rules of limiting; where the counts are kept is the business of the limiters. */
export class CountedRateLimits<Limit extends string> implements RateLimits<Limit> {
  readonly #limiters: ReadonlyMap<string, RateLimiterAbstract>;
  readonly #key: Buffer;

  /** The first secret hides mail addresses and account ids in the names of the counters. */
  constructor(
    makeLimiter: MakeLimiter,
    allowances: Readonly<Record<Limit, Allowance>>,
    secrets: readonly string[],
  ) {
    const [key] = deriveKeys(secrets, 'attempt limits');
    if (!key) throw new Error('Attempt limits need a secret.');
    this.#key = key;
    this.#limiters = new Map(
      Object.entries<Allowance>(allowances).map(([limit, { attempts, perSeconds }]) => [
        limit,
        makeLimiter(limit, attempts, perSeconds),
      ]),
    );
  }

  async spend(limit: Limit, key: string, within = ''): Promise<void> {
    const refused = await refusalOf(this.#consume(limit, key, within));
    if (refused) throw new TooManyAttempts(refused.msBeforeNext / 1_000);
  }

  async trySpend(limit: Limit, key: string, within = ''): Promise<boolean> {
    return (await refusalOf(this.#consume(limit, key, within))) === null;
  }

  /** What a counter may be called without telling whose it is. */
  hidden(text: string): string {
    return createHmac('sha256', this.#key).update(text).digest('base64url');
  }

  #consume(limit: Limit, key: string, within: string): Promise<RateLimiterRes> {
    const limiter = this.#limiters.get(limit);
    if (!limiter) throw new Error(`There is no limit ${limit}.`);
    const counted = limit.endsWith('-per-ip') ? clientNetwork(key) : this.hidden(key);
    return limiter.consume(within === '' ? counted : `${counted} ${within}`);
  }
}

/** The limiter's answer when it refused. A limiter rejects both to refuse and to fail. */
export const refusalOf = async (consumed: Promise<RateLimiterRes>): Promise<RateLimiterRes | null> => {
  try {
    await consumed;
    return null;
  } catch (reason) {
    if (reason instanceof RateLimiterRes) return reason;
    throw reason;
  }
};
