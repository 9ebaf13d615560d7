import { MikroORM } from '@mikro-orm/postgresql';
import { Container } from 'inversify';
import { Gauge } from 'prom-client';
import { accountsModule } from './accounts/module.ts';
import { createApp } from './app.ts';
import type { Configuration } from './configuration.ts';
import { withDevelopmentSecrets } from './development-secrets.ts';
import { guestbookModule } from './guestbook/module.ts';
import { mappings } from './mappings.ts';
import { publishingModule } from './publishing/module.ts';
import { registerBackupMetrics } from './shared/data/backup-metrics.ts';
import {
  forgetLimitsAfterRestore,
  inMemoryLimiters,
  redisLimiters,
  type MakeLimiter,
} from './shared/data/limiters.ts';
import { DirectoryMailbox } from './shared/data/mailbox.ts';
import { MailboxMailer } from './shared/data/mailbox-mailer.ts';
import { ormOptions } from './shared/data/orm.ts';
import { OutboxDelivery } from './shared/data/outbox-delivery.ts';
import { prometheusOutboxMetrics } from './shared/data/outbox-metrics.ts';
import { Sql } from './shared/data/postgres.ts';
import { Redis } from './shared/data/redis.ts';
import { SqlOutboxHousekeeping } from './shared/data/sql-outbox-housekeeping.ts';
import { systemClock } from './shared/data/system-clock.ts';
import type { Clock } from './shared/domain/clock.ts';
import { devMailbox } from './shared/presentation/dev-mailbox.ts';
import { createMetricsRegistry } from './shared/presentation/http-metrics.ts';
import type { Logger } from './shared/presentation/logger.ts';
import type { Application } from './shared/presentation/serve.ts';
import type { BackgroundWork } from './shared/presentation/work.ts';
import { HousekeepingRounds } from './shared/services/housekeeping-rounds.ts';
import {
  AUTHENTICATOR,
  CLOCK,
  CLOSING,
  CONFIGURATION,
  EVENT_HANDLERS,
  HOUSEKEEPING,
  LIMITERS,
  LOGGER,
  MAILER,
  METRICS,
  PAGES,
  READINESS_CHECKS,
  REDIS,
  ROUTES,
  SQL,
  UNIT_OF_WORK_GROUND,
} from './tokens.ts';

/** What a process brings along; tests bring a clock of their own. */
export interface Surroundings {
  readonly logger: Logger;
  readonly clock?: Clock;
  readonly isDraining?: () => boolean;
  /** Check every answer against its declared shape. */
  readonly validateAnswers?: boolean;
  /** Puts other parts in place of the product's before any is made; for measurements. */
  readonly replaceParts?: (container: Container) => void;
}

/** The product, wired. Nothing is connected before it is asked for, so Postgres and Redis may come later. */
export interface Built {
  readonly container: Container;
  readonly delivery: OutboxDelivery;
  readonly housekeeping: HousekeepingRounds;
  close(): Promise<void>;
}

export const build = async (configured: Configuration, surroundings: Surroundings): Promise<Built> => {
  const { logger, clock = systemClock } = surroundings;
  const configuration = withDevelopmentSecrets(configured);
  const registry = createMetricsRegistry();
  const orm = new MikroORM(ormOptions(configuration.databaseUrl, configuration.databasePoolSize, mappings));
  const pool = await orm.em.getConnection().getNativeClient();
  const sql = new Sql(pool);
  const redis = connectRedis(configuration.redisUrl, logger);
  const smtp = configuration.smtpUrl ? await smtpMailer(configuration.smtpUrl, configuration.mailFrom) : null;

  const container = new Container();
  container.bind(CONFIGURATION).toConstantValue(configuration);
  container.bind(LOGGER).toConstantValue(logger);
  container.bind(METRICS).toConstantValue(registry);
  container.bind(CLOCK).toConstantValue(clock);
  container.bind(SQL).toConstantValue(sql);
  container.bind(REDIS).toConstantValue(redis);
  container.bind(LIMITERS).toConstantValue(limitersFor(configuration.rateLimits, redis));
  container.bind(MAILER).toConstantValue(smtp ?? new MailboxMailer(configuration.mailboxDirectory, clock));
  container.bind(HOUSEKEEPING).toConstantValue(new SqlOutboxHousekeeping(sql));
  container.bind(UNIT_OF_WORK_GROUND).toConstantValue({ em: orm.em, clock, onEvents: () => delivery.wake() });
  container.bind(READINESS_CHECKS).toConstantValue({ name: 'postgres', ping: () => sql.ping() });
  if (redis) {
    container.bind(READINESS_CHECKS).toConstantValue({ name: 'redis', ping: () => redis.ping() });
    container.bind(EVENT_HANDLERS).toConstantValue([forgetLimitsAfterRestore(redis)]);
  }
  if (!configuration.production && !smtp)
    container.bind(PAGES).toConstantValue(devMailbox(new DirectoryMailbox(configuration.mailboxDirectory)));
  container.load(accountsModule, publishingModule, guestbookModule);
  surroundings.replaceParts?.(container);

  const delivery: OutboxDelivery = new OutboxDelivery({
    sql,
    handlers: container.getAll(EVENT_HANDLERS).flat(),
    clock,
    log: logger,
    metrics: prometheusOutboxMetrics(registry),
  });
  const housekeeping = new HousekeepingRounds(container.getAll(HOUSEKEEPING), clock, error =>
    logger.warn({ err: error }, 'housekeeping failed; it is tried again in an hour'),
  );
  registerBackupMetrics(registry, sql, clock, error =>
    logger.error({ err: error }, 'the records of backups cannot be read'),
  );
  const gauge = new Gauge({
    name: 'postgres_pool_connections',
    help: 'Connections of this process to Postgres, and requests that wait for one.',
    labelNames: ['state'],
    registers: [registry],
    collect: () => {
      gauge.set({ state: 'open' }, pool.totalCount);
      gauge.set({ state: 'idle' }, pool.idleCount);
      gauge.set({ state: 'waiting' }, pool.waitingCount);
    },
  });

  return {
    container,
    delivery,
    housekeeping,
    close: async () => {
      housekeeping.stop();
      await delivery.stop();
      await Promise.all(container.getAll(CLOSING, { optional: true }).map(part => part.close()));
      smtp?.close();
      redis?.close();
      await orm.close();
      // The mapper leaves a pool alone that it has not used itself; idle connections keep the process alive.
      if (!pool.ending) await pool.end();
    },
  };
};

/** The HTTP process; with `WORKER=inline` it does the background work too. */
export const startApplication = async (
  configuration: Configuration,
  surroundings: Surroundings,
): Promise<Application & Built> => {
  const built = await build(configuration, surroundings);
  const { container, delivery, housekeeping } = built;
  const app = createApp({
    configuration,
    routes: container.getAll(ROUTES).flat(),
    authenticator: container.get(AUTHENTICATOR),
    readinessChecks: container.getAll(READINESS_CHECKS),
    logger: container.get(LOGGER),
    metricsRegistry: container.get(METRICS),
    pages: container.getAll(PAGES),
    isDraining: surroundings.isDraining ?? (() => false),
    validateAnswers: surroundings.validateAnswers ?? false,
  });
  return {
    ...built,
    app,
    start: async () => {
      await container.get(REDIS)?.ready();
      if (!configuration.inlineWorker) return;
      delivery.start();
      housekeeping.start();
    },
    stop: () => built.close(),
  };
};

/** The background process beside HTTP processes with `WORKER=off`. */
export const startWorker = async (
  configuration: Configuration,
  surroundings: Surroundings,
): Promise<BackgroundWork> => {
  const built = await build(configuration, surroundings);
  return {
    start: () => {
      built.delivery.start();
      built.housekeeping.start();
      return Promise.resolve();
    },
    stop: () => built.close(),
  };
};

/** Its library is loaded only where it is used. */
const smtpMailer = async (url: string, mailFrom: string) => {
  const { SmtpMailer } = await import('./shared/data/smtp-mailer.ts');
  return new SmtpMailer(url, mailFrom);
};

const connectRedis = (url: string, logger: Logger): Redis | null => {
  if (url.startsWith('memory:')) {
    logger.warn('sessions are kept in memory: they end with this process');
    return null;
  }
  const redis = new Redis(url, {
    onDown: error => logger.error({ err: error }, 'the connection to redis is lost; trying again'),
    onUp: () => logger.info('connected to redis'),
  });
  redis.connect();
  return redis;
};

const limitersFor = (isOn: boolean, redis: Redis | null): MakeLimiter | null => {
  if (!isOn) return null;
  return redis ? redisLimiters(redis) : inMemoryLimiters;
};
