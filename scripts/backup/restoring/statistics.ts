import type pg from 'pg';
import { connectTo, databaseFailure, disconnect, rowsOf } from '../postgres/server.ts';

/** A table that gets an index is waited for, and the indexes of a very large database take hours. */
const DEADLINE_MS = 86_400_000;

/** What an index computes, what is counted over several columns, and what a materialised view holds. */
const KNOWN_LATE = `
  select format('%I.%I', n.nspname, c.relname) as name from pg_class c join pg_namespace n on n.oid = c.relnamespace
  where n.nspname not in ('pg_catalog', 'information_schema') and n.nspname !~ '^pg_(toast|temp)' and (c.relkind = 'm'
    or exists (select from pg_index i where i.indrelid = c.oid and i.indexprs is not null)
    or exists (select from pg_statistic_ext s where s.stxrelid = c.oid))`;

const connected = async (
  databaseUrl: string,
  signal: AbortSignal,
  work: (client: pg.Client) => Promise<unknown>,
): Promise<void> => {
  const client = await connectTo(databaseUrl, signal);
  try {
    await work(client);
  } catch (error) {
    signal.throwIfAborted();
    throw databaseFailure(error, databaseUrl, 'analysing the tables');
  } finally {
    await disconnect(client);
  }
};

/** Without statistics the first requests are planned as if all tables were empty. */
export const analyze = (databaseUrl: string, signal: AbortSignal): Promise<void> =>
  connected(databaseUrl, signal, client => rowsOf(client, 'analyze', [], DEADLINE_MS));

/** Completes the statistics of tables that were analysed before they had indexes. */
export const analyzeAfterIndexes = (databaseUrl: string, signal: AbortSignal): Promise<void> =>
  connected(databaseUrl, signal, async client => {
    const found = await rowsOf<{ name: string }>(client, KNOWN_LATE);
    if (found.length === 0) return;
    await rowsOf(client, `analyze ${found.map(({ name }) => name).join(', ')}`, [], DEADLINE_MS);
  });
