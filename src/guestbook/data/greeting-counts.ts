import { ImpatientRedis } from '../../shared/data/impatient-redis.ts';
import type { Sql } from '../../shared/data/postgres.ts';
import type { Redis } from '../../shared/data/redis.ts';
import type { Clock } from '../../shared/domain/clock.ts';
import type { GreetingCounts } from '../services/greeting-counts.ts';
import { InMemoryCountStore } from './in-memory-count-store.ts';
import { KeptGreetingCounts } from './kept-greeting-counts.ts';
import { RedisCountStore } from './redis-count-store.ts';
import { countGreetings } from './sql-greeting-count.ts';

/** Kept in Redis, or in this process's memory where there is none. */
export const greetingCounts = (
  redis: Redis | null,
  sql: Sql,
  clock: Clock,
  onFailure: (error: unknown) => void,
): GreetingCounts => {
  const store = redis
    ? new RedisCountStore(new ImpatientRedis(redis, 'The count of greetings'))
    : new InMemoryCountStore(clock);
  return new KeptGreetingCounts(store, countGreetings(sql), onFailure);
};
