import pg from 'pg';
import { Registry } from 'prom-client';
import request from 'supertest';
import { registerBackupMetrics } from '../../../src/shared/data/backup-metrics.ts';
import { poolOptions, Sql } from '../../../src/shared/data/postgres.ts';
import { newId } from '../../../src/shared/services/new-id.ts';
import { startApp, type TestApp } from '../../support/app.ts';
import { until } from '../../e2e/faults/support/until.ts';
import { createDatabase, type TestDatabase } from '../../support/database.ts';
import { MovableClock } from '../../support/fakes/movable-clock.ts';
import { aGate } from '../../support/gate.ts';
import { startProxy, type TcpProxy } from '../../support/tcp-proxy.ts';
import { connected } from '../../support/template-database.ts';

const SECOND = 1_000;

let database: TestDatabase;
let wire: TcpProxy;
let pool: pg.Pool;
let clock: MovableClock;
let registry: Registry;
let asked: number;
let failures: unknown[];

beforeEach(async () => {
  database = await createDatabase();
  const url = new URL(database.url);
  wire = await startProxy(url.hostname, Number(url.port || 5432));
  url.hostname = '127.0.0.1';
  url.port = String(wire.port);
  pool = new pg.Pool(poolOptions(url.href, 2));
  pool.on('error', () => undefined);
  clock = new MovableClock();
  [asked, failures] = [0, []];
  const sql = new Sql(pool);
  const counting: Pick<Sql, 'query'> = {
    query: (text, values) => {
      asked++;
      return sql.query(text, values);
    },
  };
  registry = new Registry();
  // A busy machine must not look like a database that is away.
  registerBackupMetrics(registry, counting, clock, error => failures.push(error), 10 * SECOND);
});

afterEach(async () => {
  await pool.end();
  await wire.close();
  await database.drop();
});

interface Run {
  readonly kind?: 'backup' | 'verify' | 'drill' | 'restore';
  readonly outcome?: 'done' | 'failed';
  readonly finished: string;
  readonly seconds?: number;
  readonly bytes?: number | null;
}

const record = ({ kind = 'backup', outcome = 'done', finished, seconds = 60, bytes = null }: Run) =>
  connected(database.url, client =>
    client.query(
      `insert into backup_runs (id, kind, outcome, started_at, finished_at, bytes)
       values ($1, $2, $3, $4::timestamptz - make_interval(secs => $5), $4, $6)`,
      [newId(), kind, outcome, finished, seconds, bytes],
    ),
  );

/** Every sample, as Prometheus would read it. */
const scrape = async (): Promise<Record<string, number>> =>
  Object.fromEntries(
    (await registry.metrics())
      .split('\n')
      .filter(line => line !== '' && !line.startsWith('#'))
      .map(line => line.split(' '))
      .map(([name, value]) => [name!, Number(value)]),
  );

const seconds = (instant: string): number => Date.parse(instant) / SECOND;

test('what never happened is absent', async () => {
  expect(await scrape()).toEqual({});
  expect(await registry.metrics()).toContain('# TYPE backup_last_success_timestamp_seconds gauge');
});

test('the last good backup, the last failure and the last proof are told, each by itself', async () => {
  await record({ finished: '2031-04-29T03:01:00Z', seconds: 1, bytes: 1 });
  await record({ finished: '2031-04-30T03:01:30.250Z', seconds: 90.25, bytes: 5_000_000_000 });
  await record({ finished: '2031-05-01T03:00:10Z', outcome: 'failed' });
  await record({ finished: '2031-04-27T05:00:00Z', kind: 'drill' });
  await record({ finished: '2031-04-28T05:00:00Z', kind: 'restore' });
  await record({ finished: '2031-04-29T05:00:00Z', kind: 'drill', outcome: 'failed' });
  await record({ finished: '2031-04-30T09:00:00Z', kind: 'verify' });

  expect(await scrape()).toEqual({
    backup_last_success_timestamp_seconds: seconds('2031-04-30T03:01:30.250Z'),
    backup_last_success_duration_seconds: 90.25,
    backup_last_success_size_bytes: 5_000_000_000,
    backup_last_failure_timestamp_seconds: seconds('2031-05-01T03:00:10Z'),
    restore_last_proven_timestamp_seconds: seconds('2031-04-28T05:00:00Z'),
  });
});

test('a backup of unknown size is one all the same', async () => {
  await record({ finished: '2031-04-30T03:01:00Z' });

  expect(Object.keys(await scrape())).toEqual([
    'backup_last_success_timestamp_seconds',
    'backup_last_success_duration_seconds',
  ]);
});

test('the database is asked once for all of them, and once for all who scrape within a quarter of a minute', async () => {
  await Promise.all([scrape(), scrape(), scrape()]);
  await record({ finished: '2031-04-30T03:01:00Z' });
  clock.advance(14 * SECOND);
  expect(await scrape()).toEqual({});
  expect(asked).toBe(1);

  clock.advance(SECOND);

  expect(await scrape()).toMatchObject({ backup_last_success_duration_seconds: 60 });
  expect(asked).toBe(2);
});

test('what a restore took back is gone from the metrics too', async () => {
  await record({ finished: '2031-04-30T03:01:00Z' });
  await scrape();
  await connected(database.url, client => client.query('delete from backup_runs'));

  clock.advance(15 * SECOND);

  expect(await scrape()).toEqual({});
});

describe('while the database is', () => {
  const known = { backup_last_success_duration_seconds: 60 };
  beforeEach(async () => {
    await record({ finished: '2031-04-30T03:01:00Z' });
  });

  test('down, what is known is still told, and told anew when it is back', async () => {
    await scrape();
    wire.cut();
    await record({ finished: '2031-05-01T03:01:00Z', seconds: 99 });
    clock.advance(15 * SECOND);

    expect(await scrape()).toMatchObject(known);
    wire.heal();
    clock.advance(15 * SECOND);

    expect(await scrape()).toMatchObject({ backup_last_success_duration_seconds: 99 });
    expect(failures).toEqual([]);
  });

  test('down from the beginning, there is nothing to tell, and no mistake', async () => {
    wire.cut();

    expect(await scrape()).toEqual({});
    expect(failures).toEqual([]);
  });
});

describe('a scrape', () => {
  const registered = (query: () => Promise<never[]>): Registry => {
    const made = new Registry();
    registerBackupMetrics(made, { query }, clock, error => failures.push(error));
    return made;
  };

  test('does not wait for a database that never answers, and has the answer when it came after all', async () => {
    const gate = aGate();
    const silent = registered(async () => {
      await gate.passed;
      return [{ succeededAt: 7, seconds: null, bytes: null, failedAt: null, provenAt: null }] as never[];
    });

    const [during, meanwhile] = await Promise.all([silent.metrics(), silent.metrics()]);
    gate.open();
    const after = await silent.metrics();

    expect(during).not.toContain('\nbackup_last_success_timestamp_seconds ');
    expect(meanwhile).toBe(during);
    expect(after).toContain('\nbackup_last_success_timestamp_seconds 7\n');
  });

  test('survives a mistake, which is told', async () => {
    const mistake = new Error('relation "backup_runs" does not exist');
    const broken = registered(() => Promise.reject(mistake));

    expect(await broken.metrics()).not.toContain('\nbackup_last');
    expect(failures).toEqual([mistake]);
  });
});

describe('the metrics of a server', () => {
  let app: TestApp;
  beforeEach(async () => {
    const through = new URL(database.url);
    through.host = `127.0.0.1:${wire.port}`;
    app = await startApp({ DATABASE_URL: through.href });
  });
  afterEach(async () => {
    wire.thaw();
    await app.close();
  });

  const metrics = async (): Promise<string> => (await request(app.url).get('/metrics').expect(200)).text;

  test('tell of backups, and go on without the database, frozen though it is', async () => {
    await record({ finished: '2031-04-30T03:01:00Z' });
    await until('the metrics know of the backup', async () => {
      app.clock.advance(15 * SECOND);
      return (await metrics()).includes('\nbackup_last_success_duration_seconds 60\n');
    });

    wire.freeze();
    app.clock.advance(15 * SECOND);
    const frozen = await metrics();

    expect(frozen).toContain('\nbackup_last_success_duration_seconds 60\n');
    expect(frozen).toContain('\npostgres_pool_connections{state="open"}');
  });
});
