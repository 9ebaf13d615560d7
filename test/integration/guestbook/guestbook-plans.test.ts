import pg from 'pg';
import { countGreetings } from '../../../src/guestbook/data/sql-greeting-count.ts';
import { SqlGuestbookQueries } from '../../../src/guestbook/data/sql-guestbook-queries.ts';
import type { PageId } from '../../../src/guestbook/domain/ids.ts';
import type { Sql } from '../../../src/shared/data/postgres.ts';
import { newId } from '../../../src/shared/services/new-id.ts';
import { createDatabase, type TestDatabase } from '../../support/database.ts';

let database: TestDatabase;
let client: pg.Client;
const busy = newId<'PageId'>();
const quiet = newId<'PageId'>();

beforeAll(async () => {
  database = await createDatabase();
  client = new pg.Client({ connectionString: database.url });
  await client.connect();
  // Ids grow with time, as those of the product do: the busy page holds all that is newest.
  const fill = (page: PageId, count: number, from: number) =>
    client.query(
      `insert into greetings (id, page, name, created_at, hidden_at)
       select lpad(to_hex($3::bigint + g), 32, '0')::uuid, $1, 'Guest', now(),
         case when g % 50 = 0 then now() end
       from generate_series(1, $2::int) g`,
      [page, count, from],
    );
  await fill(quiet, 60, 0);
  await fill(busy, 30_000, 1_000);
  await client.query('vacuum analyze greetings');
});

afterAll(async () => {
  await client.end();
  await database.drop();
});

/** The plan that a connection keeps for every page, whatever it is asked for first. */
const keptPlanOf = async (types: string, ask: (sql: Sql) => Promise<unknown>): Promise<string> => {
  const asked: { text: string; values: readonly unknown[] }[] = [];
  const sql = {
    prepared: (_name: string, text: string, values: readonly unknown[]) => {
      asked.push({ text, values });
      return Promise.resolve([{ count: '0', snapshot: '' }]);
    },
  };
  await ask(sql as unknown as Sql);
  const [{ text, values }] = asked as [(typeof asked)[0]];
  await client.query('set plan_cache_mode = force_generic_plan');
  await client.query('deallocate all');
  await client.query(`prepare kept (${types}) as ${text}`);
  const given = values.map(value => (typeof value === 'string' ? `'${value}'` : String(value))).join(', ');
  const { rows } = await client.query<{ 'QUERY PLAN': string }>(
    `explain (costs off) execute kept (${given})`,
  );
  return rows.map(row => row['QUERY PLAN']).join('\n');
};

test('a list finds its page in the index of pages, also beside a much busier one', async () => {
  const plan = await keptPlanOf('uuid, uuid, bigint, uuid, boolean', sql =>
    new SqlGuestbookQueries(sql).listed('site', { before: null, limit: 21 }, null),
  );

  expect(plan).toContain('Index Scan Backward using greetings_seen');
  expect(plan).not.toMatch(/Seq Scan on greetings|greetings_pkey/);
});

test('a count reads its index alone', async () => {
  const plan = await keptPlanOf('uuid', sql => countGreetings(sql)(quiet));

  expect(plan).toContain('Index Only Scan using greetings_seen');
});
