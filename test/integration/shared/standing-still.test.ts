import { MikroORM } from '@mikro-orm/postgresql';
import pg from 'pg';
import { mappings } from '../../../src/mappings.ts';
import { ImpatientRedis } from '../../../src/shared/data/impatient-redis.ts';
import { ormOptions } from '../../../src/shared/data/orm.ts';
import { poolOptions, Sql } from '../../../src/shared/data/postgres.ts';
import { Redis } from '../../../src/shared/data/redis.ts';
import { createDatabase, type TestDatabase } from '../../support/database.ts';
import { emptyRedisUrl } from '../../support/redis-server.ts';

/** Longer than any deadline for one question. */
const STANDSTILL_MS = 900;

/** Asks, and stands still as in a long collection, while the answer arrives. */
const standStillAfter = async <Answer>(ask: () => Promise<Answer>): Promise<Answer> => {
  const answer = ask();
  // The question has left for a connection that is open, before the process stops.
  await new Promise(resolve => setImmediate(resolve));
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, STANDSTILL_MS);
  return answer;
};

describe('a process that stands still finds the answers that came meanwhile', () => {
  let database: TestDatabase;
  let pool: pg.Pool;
  let orm: MikroORM;
  let redis: Redis;

  beforeAll(async () => {
    database = await createDatabase();
    pool = new pg.Pool(poolOptions(database.url, 1));
    orm = new MikroORM(ormOptions(database.url, 1, mappings));
    redis = new Redis(await emptyRedisUrl());
    redis.connect();
    await redis.ready();
  });

  afterAll(async () => {
    redis.close();
    await orm.close();
    await pool.end();
    await database.drop();
  });

  test('of Postgres, to plain SQL', async () => {
    const sql = new Sql(pool);
    await sql.ping();
    await expect(standStillAfter(() => sql.query('select 1 as one'))).resolves.toEqual([{ one: 1 }]);
  });

  test('of Postgres, to the mapper', async () => {
    const connection = orm.em.getConnection();
    await connection.execute('select 1');
    await expect(standStillAfter(() => connection.execute('select 1 as one'))).resolves.toEqual([{ one: 1 }]);
  });

  test('of Redis', async () => {
    const ask = () => redis.run(client => client.ping());
    await expect(standStillAfter(ask)).resolves.toBe('PONG');
  });

  test('of Redis, to what is impatient', async () => {
    const impatient = new ImpatientRedis(redis, 'A count');
    const ask = () => impatient.run(client => client.ping());
    await expect(standStillAfter(ask)).resolves.toBe('PONG');
  });
});
