import { join } from 'node:path';
import { dataDirectory, inProduction } from './project.ts';
import { startPostgres } from './postgres-server.ts';
import type { StartOptions } from './private-server.ts';
import { provideRedis } from './redis-binary.ts';
import { startRedis } from './redis-server.ts';

/** Where the data services are, in the words of the configuration. */
export interface ServiceUrls {
  readonly DATABASE_URL: string;
  readonly REDIS_URL: string;
}

export const postgresFolder = (): string => join(dataDirectory(), 'postgres');
export const redisFolder = (): string => join(dataDirectory(), 'redis');

export const REDIS_ADVICE =
  'Redis is missing: install redis-server (Debian: apt-get install redis-server, macOS: brew install redis) or set REDIS_URL.';

const provideDatabaseUrl = async (options: StartOptions, stack: AsyncDisposableStack): Promise<string> => {
  if (process.env.DATABASE_URL) return process.env.DATABASE_URL;
  const server = await startPostgres(postgresFolder(), options);
  stack.defer(() => server.stop());
  return server.url;
};

const provideRedisUrl = async (
  options: StartOptions,
  memoryAllowed: boolean,
  stack: AsyncDisposableStack,
): Promise<string> => {
  if (process.env.REDIS_URL) return process.env.REDIS_URL;
  const program = provideRedis();
  if (program !== null) {
    const server = await startRedis(program, redisFolder(), options);
    stack.defer(() => server.stop());
    return server.url;
  }
  if (!memoryAllowed) throw new Error(REDIS_ADVICE);
  console.error(
    'WARNING: no Redis. Sessions are kept in memory and end with this process; never do this in production.',
  );
  return 'memory://';
};

/**
 * The databases of the environment, or private ones below `DATA_DIR`, which end with `stack`. In production nothing is
 * made up: what is missing stays missing, and the configuration reports it.
 */
export const provideServices = async (
  stack: AsyncDisposableStack,
  {
    redis: redisWanted = true,
    memoryAllowed = false,
    ...options
  }: StartOptions & { redis?: boolean; memoryAllowed?: boolean } = {},
): Promise<Partial<ServiceUrls>> => {
  if (inProduction()) return {};
  // Both are waited for, so that the one that started ends with the stack when the other one fails.
  const [database, redis] = await Promise.allSettled([
    provideDatabaseUrl(options, stack),
    redisWanted ? provideRedisUrl(options, memoryAllowed, stack) : undefined,
  ]);
  if (database.status === 'rejected') throw database.reason;
  if (redis.status === 'rejected') throw redis.reason;
  return { DATABASE_URL: database.value, ...(redis.value === undefined ? {} : { REDIS_URL: redis.value }) };
};
