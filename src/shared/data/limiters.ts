import { RateLimiterMemory, RateLimiterRedis, type RateLimiterAbstract } from 'rate-limiter-flexible';
import { DATABASE_RESTORED } from '../domain/events.ts';
import type { EventHandler } from '../services/event-handler.ts';
import { ImpatientRedis } from './impatient-redis.ts';
import type { Redis } from './redis.ts';
import { removeKeysLike } from './redis-keys.ts';

/** Makes the counter behind one limit. Its keys begin with `name`, which is unique in the product. */
export type MakeLimiter = (name: string, attempts: number, perSeconds: number) => RateLimiterAbstract;

const COUNTERS = 'limit:';

/**
 * Counts in Redis, for all replicas together. While Redis is down or frozen each process counts for itself, and goes
 * back to Redis by itself.
 */
export const redisLimiters = (redis: Redis): MakeLimiter => {
  const storeClient = new LimiterClient(redis);
  return (name, points, duration) => {
    const keyPrefix = `${COUNTERS}${name}`;
    return new RateLimiterRedis({
      storeClient,
      useRedisPackage: true,
      keyPrefix,
      points,
      duration,
      insuranceLimiter: new RateLimiterMemory({ keyPrefix, points, duration }),
    });
  };
};

/** Counts in this process only: for development without Redis. */
export const inMemoryLimiters: MakeLimiter = (name, points, duration) =>
  new RateLimiterMemory({ keyPrefix: name, points, duration });

/** What was counted belongs to a time that a restore has undone. */
export const forgetLimitsAfterRestore = (redis: Redis): EventHandler => ({
  name: 'shared.forget-limits',
  eventType: DATABASE_RESTORED,
  handle: async () => {
    await removeKeysLike(redis, `${COUNTERS}*`);
  },
});

/** The part of the client that the limiters use. */
class LimiterClient {
  readonly #redis: ImpatientRedis;

  constructor(redis: Redis) {
    this.#redis = new ImpatientRedis(redis, 'The counter of attempts');
  }

  eval(script: string, options: { keys: string[]; arguments: string[] }): Promise<unknown> {
    return this.#redis.run(client => client.eval(script, options));
  }

  del(key: string): Promise<number> {
    return this.#redis.run(client => client.del(key));
  }
}
