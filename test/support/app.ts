import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Container } from 'inversify';
import { Writable } from 'node:stream';
import { readConfiguration } from '../../src/configuration.ts';
import { startApplication } from '../../src/container.ts';
import { createHttpServer, gracefulClose, listen } from '../../src/shared/presentation/http-server.ts';
import { createLogger } from '../../src/shared/presentation/logger.ts';
import type { KeptMail } from '../../src/shared/services/mailbox.ts';
import { DirectoryMailbox } from '../../src/shared/data/mailbox.ts';
import { createDatabase } from './database.ts';
import { MovableClock } from './fakes/movable-clock.ts';
import { emptyRedisUrl } from './redis-server.ts';

export interface TestApp {
  readonly url: string;
  readonly container: Container;
  readonly clock: MovableClock;
  readonly databaseUrl: string;
  readonly redisUrl: string;
  /** Everything logged so far. */
  logs(): string;
  /** Delivers every event that is due, and with it every mail. */
  deliver(): Promise<void>;
  /** Delivers, then answers the mails to an address, newest first. */
  mailsTo(address: string): Promise<readonly KeptMail[]>;
  close(): Promise<void>;
}

/**
 * The whole product in this process, over real HTTP, Postgres and Redis, with a clock that the test moves. Every answer
 * is checked against its declared shape. Limits are off unless `environment` says otherwise.
 */
export const startApp = async (
  environment: Readonly<Record<string, string>> = {},
  replaceParts: (container: Container) => void = () => undefined,
): Promise<TestApp> => {
  const database = await createDatabase();
  const dataFolder = await mkdtemp(join(tmpdir(), 'daymark-app-'));
  const clock = new MovableClock();
  let logs = '';
  const sink = new Writable({
    write: (chunk: Buffer, _encoding, done) => {
      logs += chunk.toString();
      done();
    },
  });
  const configuration = readConfiguration({
    NODE_ENV: 'test',
    PORT: '0',
    PUBLIC_URL: 'http://localhost:3000',
    DATABASE_URL: database.url,
    REDIS_URL: environment.REDIS_URL ?? (await emptyRedisUrl()),
    DATA_DIR: dataFolder,
    RATE_LIMITS: 'off',
    WORKER: 'off',
    ...environment,
  });
  const logger = createLogger('info', sink);
  const application = await startApplication(configuration, {
    logger,
    clock,
    validateAnswers: true,
    replaceParts,
  });
  const server = createHttpServer(application.app, logger);
  const closeServer = gracefulClose(server);
  await application.start();
  const url = await listen(server, 0, '127.0.0.1');
  const mailbox = new DirectoryMailbox(configuration.mailboxDirectory);
  const deliver = async (): Promise<void> => {
    while ((await application.delivery.deliverDue()) > 0);
  };
  return {
    url,
    container: application.container,
    clock,
    databaseUrl: configuration.databaseUrl,
    redisUrl: configuration.redisUrl,
    logs: () => logs,
    deliver,
    mailsTo: async address => {
      await deliver();
      return (await mailbox.list()).filter(mail => mail.to === address);
    },
    close: async () => {
      await closeServer();
      await application.stop();
      await database.drop();
      await rm(dataFolder, { recursive: true, force: true });
    },
  };
};
