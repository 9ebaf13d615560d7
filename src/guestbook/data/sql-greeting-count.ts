import type { Sql } from '../../shared/data/postgres.ts';
import type { PageId } from '../domain/ids.ts';
import type { Counted } from './count-store.ts';
import { onPage, SEEN } from './greeting.mapping.ts';

/** Counts what everybody sees of a page, in its index alone, and says in which snapshot. */
export type CountGreetings = (page: PageId) => Promise<Counted>;

export const countGreetings =
  (sql: Sql): CountGreetings =>
  async page => {
    const [row] = await sql.prepared<{ count: string; snapshot: string }>(
      'greetings-count',
      `select count(*) as count, pg_current_snapshot()::text as snapshot from greetings where ${onPage('$1')} and ${SEEN}`,
      [page],
    );
    if (!row) throw new Error('A count has no row.');
    return { count: Number(row.count), snapshot: row.snapshot };
  };
