import { mkdtemp } from 'node:fs/promises';
import { join } from 'node:path';
import { claimRedisDatabases, releaseRedisDatabases } from '../services/redis-databases.ts';
import { startPostgres } from '../services/postgres-server.ts';
import { REDIS_ADVICE } from '../services/private-services.ts';
import { provideRedis } from '../services/redis-binary.ts';
import { startRedis } from '../services/redis-server.ts';

export interface BenchServices {
  /** A database to make others from; the run writes nothing into it. */
  readonly serverUrl: string;
  readonly productRedisUrl: string;
  readonly floorRedisUrl: string;
}

const postgresUrl = async (folder: string, stack: AsyncDisposableStack): Promise<string> => {
  if (process.env.DATABASE_URL) return process.env.DATABASE_URL;
  const server = await startPostgres(await mkdtemp(join(folder, 'postgres-')), { temporary: true });
  stack.defer(() => server.stop());
  return server.url;
};

const redisServerUrl = async (folder: string, stack: AsyncDisposableStack): Promise<string> => {
  if (process.env.REDIS_URL) return process.env.REDIS_URL;
  const program = provideRedis();
  if (program === null) throw new Error(REDIS_ADVICE);
  const server = await startRedis(program, await mkdtemp(join(folder, 'redis-')), { temporary: true });
  stack.defer(() => server.stop());
  return server.url;
};

/** The databases of the environment, or private ones in `folder`; what is written into Redis goes with `stack`. */
export const provideBenchServices = async (
  folder: string,
  stack: AsyncDisposableStack,
): Promise<BenchServices> => {
  const serverUrl = await postgresUrl(folder, stack);
  const urls = await claimRedisDatabases(await redisServerUrl(folder, stack), 2);
  stack.defer(() => releaseRedisDatabases(urls));
  const [productRedisUrl = '', floorRedisUrl = ''] = urls;
  return { serverUrl, productRedisUrl, floorRedisUrl };
};
