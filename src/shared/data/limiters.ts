import { RateLimiterMemory, RateLimiterRedis, type RateLimiterAbstract } from 'rate-limiter-flexible';
import { Unavailable } from '../domain/domain-error.ts';
import type { Redis, RedisClient } from './redis.ts';

/** Makes the counter behind one limit. Its keys begin with `name`, which is unique in the product. */
export type MakeLimiter = (name: string, attempts: number, perSeconds: number) => RateLimiterAbstract;

// An answer that also needs Redis for its session must still be able to say 503 within a second.
const COUNTING_DEADLINE_MS = 200;
const LEFT_ALONE_MS = 1_000;

/**
 * Counts in Redis, for all replicas together. While Redis is down or frozen each process counts for itself, and goes
 * back to Redis by itself.
 */
export const redisLimiters = (redis: Redis): MakeLimiter => {
  const storeClient = new PatientlessClient(redis);
  return (name, points, duration) => {
    const keyPrefix = `limit:${name}`;
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

/**
 * The part of the client that the limiters use, with a deadline. After a miss Redis is left alone for a second, so
 * that a frozen one costs a request one deadline and not one for each counter.
 */
class PatientlessClient {
  readonly #redis: Redis;
  #leftAloneUntil = 0;

  constructor(redis: Redis) {
    this.#redis = redis;
  }

  eval(script: string, options: { keys: string[]; arguments: string[] }): Promise<unknown> {
    return this.#run(client => client.eval(script, options));
  }

  del(key: string): Promise<number> {
    return this.#run(client => client.del(key));
  }

  async #run<Result>(command: (client: RedisClient) => Promise<Result>): Promise<Result> {
    if (performance.now() < this.#leftAloneUntil) throw new Unavailable('The counter of attempts');
    let timer: NodeJS.Timeout | undefined;
    const deadline = new Promise<never>((_resolve, reject) => {
      timer = setTimeout(() => reject(new Unavailable('The counter of attempts')), COUNTING_DEADLINE_MS);
    });
    try {
      return await Promise.race([this.#redis.run(command), deadline]);
    } catch (error) {
      this.#leftAloneUntil = performance.now() + LEFT_ALONE_MS;
      throw error;
    } finally {
      clearTimeout(timer);
    }
  }
}
