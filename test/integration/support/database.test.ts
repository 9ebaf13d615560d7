import pg from 'pg';
import { createDatabase } from '../../support/database.ts';

const query = async (url: string, text: string): Promise<unknown[]> => {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  try {
    return (await client.query<Record<string, unknown>>(text)).rows;
  } finally {
    await client.end();
  }
};

test('databases that are made at the same moment are migrated and know nothing of each other', async () => {
  const databases = await Promise.all([createDatabase(), createDatabase(), createDatabase()]);
  const [one, other] = databases;

  await query(one.url, 'create table mine (id int)');

  expect(await query(one.url, "select to_regclass('mine') is not null as found")).toEqual([{ found: true }]);
  expect(await query(other.url, "select to_regclass('mine') is not null as found")).toEqual([
    { found: false },
  ]);
  expect(await query(other.url, 'select count(*)::int > 0 as migrated from mikro_orm_migrations')).toEqual([
    { migrated: true },
  ]);
  await Promise.all(databases.map(database => database.drop()));
});

test('a database can be dropped while somebody is still connected', async () => {
  const database = await createDatabase();
  const forgotten = new pg.Client({ connectionString: database.url });
  forgotten.on('error', () => undefined);
  await forgotten.connect();

  await database.drop();

  await expect(query(database.url, 'select 1')).rejects.toMatchObject({ code: '3D000' });
});
