import { generateKeyPairSync, randomBytes } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { readConfiguration } from '../../../src/configuration.ts';
import { build } from '../../../src/container.ts';
import { DirectoryMailbox } from '../../../src/shared/data/mailbox.ts';
import { createLogger } from '../../../src/shared/presentation/logger.ts';
import type { KeptMail } from '../../../src/shared/services/mailbox.ts';
import { startApp, type TestApp } from '../../support/app.ts';
import { createDatabase } from '../../support/database.ts';
import type { Site } from '../../support/person.ts';
import { emptyRedisUrl } from '../../support/redis-server.ts';
import { startServer, type ServerProcess } from '../../support/server-process.ts';
import { until } from '../faults/support/until.ts';

/** What replicas share beside Postgres and Redis, so that they accept each other's tokens. */
export const sharedSecrets = (): Record<string, string> => ({
  SESSION_SECRET: randomBytes(32).toString('hex'),
  PASSWORD_PEPPER: `1:${randomBytes(32).toString('hex')}`,
  SIGNING_KEYS: generateKeyPairSync('ec', {
    namedCurve: 'P-256',
    privateKeyEncoding: { type: 'pkcs8', format: 'pem' },
    publicKeyEncoding: { type: 'spki', format: 'pem' },
  }).privateKey,
});

/** Two replicas in this process, each with a clock to move. */
export const startTwoApps = async (): Promise<readonly [TestApp, TestApp]> => {
  const secrets = sharedSecrets();
  const one = await startApp(secrets);
  const other = await startApp({ ...secrets, DATABASE_URL: one.databaseUrl, REDIS_URL: one.redisUrl });
  return [one, other];
};

export interface TwoServers {
  readonly servers: readonly [ServerProcess, ServerProcess];
  /** The same accounts, reached through one server or the other. */
  readonly sites: readonly [Site, Site];
  readonly databaseUrl: string;
  readonly redisUrl: string;
  /** The variables of both servers, for a third process beside them. */
  readonly environment: Readonly<Record<string, string>>;
  /** Delivers every event that is due, then answers the mails to an address, newest first. */
  mailsTo(address: string): Promise<readonly KeptMail[]>;
  close(): Promise<void>;
}

/**
 * A replica as it is once it has served for a while. Opening all of its connections at once, with code that has never
 * run, takes a slow machine longer than a request may wait.
 */
const warmUp = ({ url }: ServerProcess): Promise<unknown> =>
  until('the replica is warm', async () => {
    const answers = await Promise.all(
      Array.from({ length: 20 }, () => fetch(`${url}/v1/users/nobody-at-all`)),
    );
    await Promise.all(answers.map(answer => answer.text()));
    return answers.every(({ status }) => status === 404);
  });

/** The real program in two processes behind one Postgres and one Redis. Nothing is delivered until a test wants it. */
export const startTwoServers = async (
  variables: Readonly<Record<string, string>> = {},
): Promise<TwoServers> => {
  const database = await createDatabase();
  const folder = await mkdtemp(join(tmpdir(), 'daymark-replicas-'));
  const environment = {
    NODE_ENV: 'test',
    PUBLIC_URL: 'http://localhost:3000',
    DATABASE_URL: database.url,
    REDIS_URL: await emptyRedisUrl(),
    DATA_DIR: folder,
    RATE_LIMITS: 'off',
    WORKER: 'off',
    ...sharedSecrets(),
    ...variables,
  };
  const configuration = readConfiguration(environment);
  const worker = await build(configuration, { logger: createLogger('silent') });
  const mailbox = new DirectoryMailbox(configuration.mailboxDirectory);
  const servers = await Promise.all([startServer(environment), startServer(environment)]);
  await Promise.all(servers.map(warmUp));
  const mailsTo = async (address: string): Promise<readonly KeptMail[]> => {
    while ((await worker.delivery.deliverDue()) > 0);
    return (await mailbox.list()).filter(mail => mail.to === address);
  };
  return {
    servers,
    sites: [
      { url: servers[0].url, mailsTo },
      { url: servers[1].url, mailsTo },
    ],
    databaseUrl: database.url,
    redisUrl: environment.REDIS_URL,
    environment,
    mailsTo,
    close: async () => {
      await worker.close();
      await Promise.all(servers.map(server => server.stop()));
      await database.drop();
      await rm(folder, { recursive: true, force: true });
    },
  };
};
