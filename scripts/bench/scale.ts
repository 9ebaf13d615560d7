// Shows that reads do not grow with what is stored: runs the product's own queries on a small and on a large database
// and prints how long each takes and by which plan. Started by `make bench-scale`.
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import pg from 'pg';
import { countGreetings } from '../../src/guestbook/data/sql-greeting-count.ts';
import { SqlGuestbookQueries } from '../../src/guestbook/data/sql-guestbook-queries.ts';
import type { PageId } from '../../src/guestbook/domain/ids.ts';
import { SqlArticleQueries } from '../../src/publishing/data/sql-article-queries.ts';
import { Sql } from '../../src/shared/data/postgres.ts';
import { SqlPeople } from '../../src/shared/data/sql-people.ts';
import { migrateUp } from '../migrations/migrator.ts';
import { withScratchDatabase } from '../migrations/scratch-database.ts';
import { failWith } from '../services/report.ts';
import { settlePeople } from './people.ts';
import { provideBenchServices } from './services.ts';
import { median } from './statistics.ts';
import type { Extent } from './writings.ts';

const SMALL: Extent = { articles: 1_000, greetings: 1_000 };
const LARGE: Extent = { articles: 100_000, greetings: 1_000_000 };
const REPEATS = 50;

interface Statement {
  readonly text: string;
  readonly values: unknown[];
}

/** A pool that remembers the last statement it was given. */
const rememberingPool = (pool: pg.Pool) => {
  let last: Statement | undefined;
  const remembering = {
    query: (statement: Statement) => {
      last = statement;
      return pool.query(statement);
    },
  };
  return { pool: remembering as unknown as pg.Pool, last: () => last };
};

interface Measured {
  readonly ms: number;
  readonly plan: string;
}

/** What the planner does, in one line: each node once, with its index. */
const planOf = async (pool: pg.Pool, { text, values }: Statement): Promise<string> => {
  const { rows } = await pool.query<{ 'QUERY PLAN': string }>(`explain (costs off) ${text}`, values);
  const nodes = rows
    .map(row => row['QUERY PLAN'].trim().replace(/^-> +/, ''))
    .filter(line => /Scan|Join|Loop|Sort|Aggregate/.test(line) && !/Cond|Key|Filter/.test(line))
    .map(line => line.replace(/ on \w+ (?=\w+$)/, ' on ').replace(/^(Index (Only )?Scan.*) using /, '$1 '));
  return [...new Set(nodes)].join(', ');
};

const readsOf = (sql: Sql, page: PageId, { articles }: Extent) => {
  const queries = new SqlArticleQueries(sql);
  const guestbook = new SqlGuestbookQueries(sql);
  const count = countGreetings(sql);
  const first = { page: 1, limit: 20 };
  return {
    'article by slug': () => queries.whole('article-500', null),
    'the same, text left alone': () => queries.head('article-500', null),
    'list of 20': () => queries.list({}, first),
    'list of 20, middle page': () => queries.list({}, { page: Math.floor(articles / 40), limit: 20 }),
    'list by author': () => queries.list({ author: 'person7' }, first),
    'list by tag, one in 50': () => queries.list({ tag: 'tag-7' }, first),
    'list by tag, all': () => queries.list({ tag: 'learning' }, first),
    'search for a rare phrase': () => queries.list({ words: '"on day 77"' }, first),
    'search for a word in all': () => queries.list({ words: 'rain' }, first),
    'latest of an author': () => queries.latestOf(page as never, 5),
    tags: () => queries.tags(first),
    'greetings, newest 20': () =>
      guestbook.listed({ username: 'person1' }, { before: null, limit: 21 }, null),
    'greetings counted (a miss)': () => count(page),
  };
};

const measure = async (databaseUrl: string, extent: Extent): Promise<Map<string, Measured>> => {
  await migrateUp(databaseUrl);
  await settlePeople(databaseUrl, extent);
  const pool = new pg.Pool({ connectionString: databaseUrl, max: 1 });
  try {
    const { pool: remembering, last } = rememberingPool(pool);
    const sql = new Sql(remembering);
    const owner = await new SqlPeople(sql).byName('person1');
    const results = new Map<string, Measured>();
    for (const [name, read] of Object.entries(readsOf(sql, owner?.id as unknown as PageId, extent))) {
      const times: number[] = [];
      for (let repeat = 0; repeat < REPEATS; repeat++) {
        const start = performance.now();
        await read();
        times.push(performance.now() - start);
      }
      const statement = last();
      results.set(name, { ms: median(times), plan: statement ? await planOf(pool, statement) : '' });
    }
    return results;
  } finally {
    await pool.end();
  }
};

const tableOf = (small: Map<string, Measured>, large: Map<string, Measured>): string =>
  [...large]
    .map(([name, { ms, plan }]) => {
      const times = [small.get(name)?.ms ?? NaN, ms].map(each => each.toFixed(2).padStart(8));
      return `${name.padEnd(28)}${times.join('')}   ${plan}`;
    })
    .join('\n');

try {
  const folder = await mkdtemp(join(tmpdir(), 'daymark-scale-'));
  await using stack = new AsyncDisposableStack();
  stack.defer(() => rm(folder, { recursive: true, force: true }));
  const { serverUrl } = await provideBenchServices(folder, stack);
  const [small, large] = [
    await withScratchDatabase(serverUrl, url => measure(url, SMALL)),
    await withScratchDatabase(serverUrl, url => measure(url, LARGE)),
  ];
  console.log(
    `Median ms of ${REPEATS}, with ${sizeOf(SMALL)}, then with ${sizeOf(LARGE)}; the plan of the latter.\n`,
  );
  console.log(tableOf(small, large));
} catch (error) {
  failWith(error);
}

function sizeOf({ articles, greetings }: Extent): string {
  return `${articles} articles and ${greetings} greetings`;
}
