import type { Redis } from '../../shared/data/redis.ts';
import type { Clock } from '../../shared/domain/clock.ts';
import type { SessionLifetimes } from '../domain/session.ts';
import type { SessionRepository } from '../domain/session-repository.ts';
import { InMemorySessionRepository } from './in-memory-session-repository.ts';
import { RedisSessionRepository } from './redis-session-repository.ts';

/** Redis, or this process's memory where there is none. */
export const sessionStore = (
  redis: Redis | null,
  clock: Clock,
  lifetimes: SessionLifetimes,
): SessionRepository =>
  redis ? new RedisSessionRepository(redis, lifetimes) : new InMemorySessionRepository(clock, lifetimes);
