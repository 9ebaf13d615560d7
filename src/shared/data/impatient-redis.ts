import { Unavailable } from '../domain/domain-error.ts';
import { beforeDeadline, DeadlinePassed } from './deadline.ts';
import type { Redis, RedisClient } from './redis.ts';

// An answer that also needs Redis for its session must still be able to say 503 within a second.
const DEADLINE_MS = 200;
const LEFT_ALONE_MS = 1_000;

/**
 * Redis for what can do without it. After a miss it is left alone for a second, so that a frozen one costs a request
 * one deadline and not one for each command.
 */
export class ImpatientRedis {
  readonly #redis: Redis;
  readonly #what: string;
  #leftAloneUntil = 0;

  /** `what` is not available while Redis is not. */
  constructor(redis: Redis, what: string) {
    this.#redis = redis;
    this.#what = what;
  }

  /** @throws {Unavailable} at once or within 200 ms. */
  async run<Result>(command: (client: RedisClient) => Promise<Result>): Promise<Result> {
    if (performance.now() < this.#leftAloneUntil) throw new Unavailable(this.#what);
    try {
      return await beforeDeadline(DEADLINE_MS, this.#redis.run(command));
    } catch (error) {
      this.#leftAloneUntil = performance.now() + LEFT_ALONE_MS;
      throw error instanceof DeadlinePassed ? new Unavailable(this.#what, { cause: error }) : error;
    }
  }
}
