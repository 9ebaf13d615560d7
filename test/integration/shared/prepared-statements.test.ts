import pg from 'pg';
import { poolOptions, Sql } from '../../../src/shared/data/postgres.ts';
import { createDatabase, type TestDatabase } from '../../support/database.ts';

let database: TestDatabase;
let pool: pg.Pool;
let sql: Sql;

beforeAll(async () => {
  database = await createDatabase();
  // One connection, so that what a statement left there is met again.
  pool = new pg.Pool(poolOptions(database.url, 1));
  pool.on('error', () => undefined);
  sql = new Sql(pool);
});

afterAll(async () => {
  await pool.end();
  await database.drop();
});

const read = (key: number) => sql.prepared('thing', 'select key, worth from things where key = $1', [key]);

beforeEach(async () => {
  await sql.query('drop table if exists things');
  await sql.query('create table things (key int primary key, worth int not null)');
  await sql.query('insert into things values (1, 10), (2, 20)');
});

const planned = (name: string) =>
  sql.query<{ name: string }>('select name from pg_prepared_statements where name = $1', [name]);

test('a hot read is planned once and answers for every value', async () => {
  expect(await read(1)).toEqual([{ key: 1, worth: 10 }]);
  expect(await read(2)).toEqual([{ key: 2, worth: 20 }]);
  expect(await read(3)).toEqual([]);

  expect(await planned('thing')).toHaveLength(1);
});

test('a hot read goes on while a migration changes the type of what it reads', async () => {
  await read(1);

  await sql.query('alter table things alter worth type text');

  expect(await read(1)).toEqual([{ key: 1, worth: '10' }]);
  expect(await read(2)).toEqual([{ key: 2, worth: '20' }]);
});

test('a hot read that failed once works as soon as the cause is gone', async () => {
  const late = () => sql.prepared('late', 'select 1 as one from latecomers where key = $1', [1]);

  await expect(late()).rejects.toMatchObject({ code: '42P01' });
  await sql.query('create table latecomers (key int)');

  expect(await late()).toEqual([]);
  expect(await late()).toEqual([]);
});

test('a hot read is planned anew on a new connection', async () => {
  await read(1);
  await expect(sql.query('select pg_terminate_backend(pg_backend_pid())')).rejects.toThrow();

  expect(await read(2)).toEqual([{ key: 2, worth: 20 }]);
});
