import pg from 'pg';
import { differences, takeInventory } from '../../../scripts/backup/postgres/inventory.ts';
import type { Inventory } from '../../../scripts/backup/manifest.ts';
import { UNTOLD } from '../../support/backups.ts';
import { createDatabase, type TestDatabase } from '../../support/database.ts';
import { enrich } from '../../support/rich-database.ts';

let database: TestDatabase;
let client: pg.Client;

beforeEach(async () => {
  database = await createDatabase();
  client = new pg.Client({ connectionString: database.url });
  await client.connect();
});
afterEach(async () => {
  await client.end();
  await database.drop();
});

const taken = async (): Promise<Inventory> => {
  await client.query('begin isolation level repeatable read read only');
  const inventory = await takeInventory(client, UNTOLD);
  await client.query('commit');
  return inventory;
};

test('it counts every kind of table once, and nothing that has no rows of its own', async () => {
  await enrich(database.url);

  const { tables, sequences, large_objects } = await taken();

  const rows = Object.fromEntries(tables.map(table => [table.name, table.rows]));
  expect(rows).toMatchObject({
    'odd " name.Täble; drop': 3,
    'public.kinds': 2,
    'public.made': 50,
    'public.parted_old': 30,
    'public.parent': 1,
    'public.child': 1,
    'public.fleeting': 7,
    'public.same': 5,
    'public.nothing': 1,
  });
  expect((rows['public.parted_new_0'] ?? 0) + (rows['public.parted_new_1'] ?? 0)).toBe(60);
  for (const name of ['parted', 'parted_new', 'summary', 'seen'])
    expect(rows).not.toHaveProperty([`public.${name}`]);
  expect(sequences).toEqual(
    expect.arrayContaining([
      { name: 'public.upwards', last_value: '29', is_called: true },
      { name: 'public.downwards', last_value: '-1', is_called: true },
      { name: 'public.untouched', last_value: '100', is_called: false },
    ]),
  );
  expect(large_objects.count).toBe(3);
  expect(tables.map(({ name }) => name)).toEqual(tables.map(({ name }) => name).toSorted());
});

test('how a connection likes its values written does not matter, nor the order of rows', async () => {
  await enrich(database.url);
  const before = await taken();

  await client.query(`set datestyle = 'German'; set timezone = 'Asia/Kolkata'; set intervalstyle = 'iso_8601'; set bytea_output = 'escape';
    set extra_float_digits = -10; set search_path = 'odd " name', public; set xmlbinary = 'hex'`);
  await client.query(
    `create table again as select * from same order by a desc nulls first; truncate same; insert into same select * from again; drop table again`,
  );

  expect(differences(before, await taken())).toEqual([]);
});

test.each([
  ['a value', `update same set a = 3 where a = 2`],
  ['null instead of nothing', `update "odd "" name"."Täble; drop" set "select" = null where t = ''`],
  ['an empty text instead of null', `update kinds set long = '' where long is null`],
  [
    'a row that is there once more and another once less',
    `delete from same where a = 2; insert into same values (1)`,
  ],
  ['the sign of a zero', `update kinds set floats[3] = 0 where floats is not null`],
  ['the last digit', `update kinds set floats[4] = 0.1::float8 + 1e-17 * 2 where floats is not null`],
  ['a byte', `update kinds set bytes = set_byte(bytes, 0, 1) where bytes is not null`],
  ['a microsecond', `update kinds set at = at + interval '1 microsecond' where id = 1`],
  [
    'a byte of a large object beyond its first piece',
    `select lo_put(loid, 1399999, '\\x00') from (select oid as loid from pg_largeobject_metadata where length(lo_get(oid)) > 1000000) l`,
  ],
  ['a sequence that was put back', `select setval('upwards', 22)`],
])('%s makes a difference', async (_what, statement) => {
  await enrich(database.url);
  const before = await taken();

  await client.query(statement);

  expect(differences(before, await taken()).length).toBeGreaterThan(0);
});

test.each([
  ['float8', `'-0'`, `'0'`],
  ['numeric', '1.0', '1.00'],
  ['interval', `'1 day'`, `'24 hours'`],
  ['jsonb', `'1.0'`, `'1.00'`],
  ['text collate loose', `'a'`, `'A'`],
  ['text', 'null', `''`],
  ['int[]', `'{{1,2}}'`, `'{1,2}'`],
  ['timestamptz', `'infinity'`, `'-infinity'`],
])(
  'values of %s that Postgres holds for equal, and that are written differently, differ',
  async (type, one, other) => {
    await client.query(
      `create collation loose (provider = icu, locale = 'und-u-ks-level2', deterministic = false)`,
    );
    await client.query(`create table twins as select 1 as id, ${one}::${type} as value`);
    const before = await taken();

    await client.query(`update twins set value = ${other}`);

    expect(differences(before, await taken())).toEqual(['table public.twins has other contents']);
  },
);

test('values that change places between two rows make a difference, whatever they are', async () => {
  const tables = Array.from({ length: 30 }, (_each, nth) => `pair_${nth}`);
  for (const table of tables)
    await client.query(
      `create table ${table} as select a, md5(random()::text) as b from generate_series(1, 2) a`,
    );
  const before = await taken();

  for (const table of tables)
    await client.query(`update ${table} t set b = other.b from ${table} other where other.a = 3 - t.a`);

  expect(differences(before, await taken())).toHaveLength(30);
});

test('what an extension brings with it is left to the extension', async () => {
  await client.query('create extension citext');

  expect((await taken()).tables.map(({ name }) => name)).not.toContainEqual(
    expect.stringContaining('citext'),
  );
});
