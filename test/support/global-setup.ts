import { randomBytes } from 'node:crypto';
import { mkdtemp } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { migrateUp } from '../../scripts/migrations/migrator.ts';
import { startPostgres } from '../../scripts/services/postgres-server.ts';
import { REDIS_ADVICE } from '../../scripts/services/private-services.ts';
import { provideRedis } from '../../scripts/services/redis-binary.ts';
import { startRedis } from '../../scripts/services/redis-server.ts';
import { claimRedisDatabases, releaseRedisDatabases } from '../../scripts/services/redis-databases.ts';
import { publishTestServices } from './services.ts';
import { dropDatabases, makeTemplate } from './template-database.ts';

declare global {
  /** Undoes the setup; read by the global teardown, which is loaded apart. */
  var undoTestServices: AsyncDisposableStack | undefined;
}

/** A server without memory: what it holds is gone with the run, so nothing need reach the disk. */
const FORGETFUL = {
  fsync: 'off',
  synchronous_commit: 'off',
  full_page_writes: 'off',
  autovacuum: 'off',
  max_connections: '300',
};

const temporaryFolder = (name: string): Promise<string> => mkdtemp(join(tmpdir(), `daymark-test-${name}-`));

const maintenanceUrl = async (stack: AsyncDisposableStack): Promise<string> => {
  if (process.env.DATABASE_URL) return process.env.DATABASE_URL;
  const server = await startPostgres(await temporaryFolder('postgres'), {
    temporary: true,
    settings: FORGETFUL,
  });
  stack.defer(() => server.stop());
  return server.url;
};

const redisServerUrl = async (stack: AsyncDisposableStack): Promise<string> => {
  if (process.env.REDIS_URL) return process.env.REDIS_URL;
  const program = provideRedis();
  if (program === null) throw new Error(REDIS_ADVICE);
  const server = await startRedis(program, await temporaryFolder('redis'), {
    temporary: true,
    settings: { appendonly: 'no' },
  });
  stack.defer(() => server.stop());
  return server.url;
};

/** Starts what is not given by the environment, and prepares what the tests copy. Runs once, whatever projects run. */
export default async function setUpServices({ maxWorkers }: { readonly maxWorkers: number }): Promise<void> {
  const stack = new AsyncDisposableStack();
  globalThis.undoTestServices = stack;
  const url = await maintenanceUrl(stack);
  const redis = await redisServerUrl(stack);

  const template = `daymark_test_${randomBytes(4).toString('hex')}`;
  stack.defer(() => dropDatabases(url, template));
  await makeTemplate(url, template, migrateUp);

  const redisUrls = await claimRedisDatabases(redis, maxWorkers);
  stack.defer(() => releaseRedisDatabases(redisUrls));

  publishTestServices({ maintenanceUrl: url, template, redisUrls });
}
