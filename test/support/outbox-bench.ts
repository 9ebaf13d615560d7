import pg from 'pg';
import { Registry } from 'prom-client';
import { OutboxDelivery, type DeliverySettings } from '../../src/shared/data/outbox-delivery.ts';
import { prometheusOutboxMetrics } from '../../src/shared/data/outbox-metrics.ts';
import { poolOptions, Sql } from '../../src/shared/data/postgres.ts';
import type { EventHandler } from '../../src/shared/services/event-handler.ts';
import { newId } from '../../src/shared/services/new-id.ts';
import { createDatabase, type TestDatabase } from './database.ts';
import { KeptLog } from './fakes/kept-log.ts';
import { MovableClock } from './fakes/movable-clock.ts';

export const SECOND = 1_000;
export const MINUTE = 60 * SECOND;
export const HOUR = 60 * MINUTE;

export interface OutboxRow {
  readonly id: string;
  readonly attempts: number;
  readonly next_attempt_at: Date;
  readonly last_error: string | null;
  readonly lease: string | null;
}

/** A real outbox table with any number of workers at it. */
export class OutboxBench implements AsyncDisposable {
  readonly url: string;
  readonly sql: Sql;
  readonly #database: TestDatabase;
  readonly #pools: pg.Pool[] = [];

  constructor(database: TestDatabase) {
    this.#database = database;
    this.url = database.url;
    this.sql = this.connect(database.url).sql;
  }

  static async open(): Promise<OutboxBench> {
    return new OutboxBench(await createDatabase());
  }

  connect(url = this.url): { sql: Sql; pool: pg.Pool } {
    const pool = new pg.Pool(poolOptions(url, 5));
    pool.on('error', () => undefined);
    this.#pools.push(pool);
    return { sql: new Sql(pool), pool };
  }

  async store(clock: MovableClock, { type = 'tests.done', ago = 0, payload = {} } = {}): Promise<string> {
    const id: string = newId();
    await this.sql.query(
      'insert into outbox (id, type, payload, occurred_at, next_attempt_at) values ($1, $2, $3, $4, $4)',
      [id, type, payload, new Date(clock.now().getTime() - ago)],
    );
    return id;
  }

  async rows(): Promise<OutboxRow[]> {
    return this.sql.query<OutboxRow>('select * from outbox order by occurred_at, id');
  }

  worker(
    handlers: readonly EventHandler[],
    {
      clock = new MovableClock(),
      through = this.sql,
      settings = {},
    }: { clock?: MovableClock; through?: Sql; settings?: Partial<DeliverySettings> } = {},
  ) {
    const log = new KeptLog();
    const registry = new Registry();
    const metrics = prometheusOutboxMetrics(registry);
    const delivery = new OutboxDelivery({ sql: through, handlers, clock, log, metrics, settings });
    return {
      ...{ delivery, clock, log },
      /** The values of a metric by their labels. */
      metric: async (name: string): Promise<Record<string, number>> => {
        const values = (await registry.getSingleMetric(name)?.get())?.values ?? [];
        return Object.fromEntries(values.map(each => [Object.values(each.labels).join(' '), each.value]));
      },
      deliverAll: async (): Promise<void> => {
        while ((await delivery.deliverDue()) > 0);
      },
    };
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await Promise.all(this.#pools.filter(pool => !pool.ending).map(pool => pool.end()));
    await this.#database.drop();
  }
}
