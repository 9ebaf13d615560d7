import { restoreRepairs } from '../../../src/restore-repairs.ts';
import type { RepairSql, RestoreFacts } from '../../../src/shared/services/restore-repair.ts';
import { connectTo, databaseFailure, disconnect, rowsOf } from '../postgres/server.ts';

/** An update of every account of a large database, on a slow disk. */
const DEADLINE_MS = 3_600_000;

/**
 * Runs all repairs, in one transaction: all are made, or none.
 * @returns what was done, in lines for an admin
 */
export const mend = async (
  databaseUrl: string,
  facts: RestoreFacts,
  signal: AbortSignal,
): Promise<string[]> => {
  const client = await connectTo(databaseUrl, signal);
  const sql: RepairSql = {
    query: <Row>(text: string, values: readonly unknown[] = []) =>
      rowsOf(client, text, values, DEADLINE_MS) as Promise<Row[]>,
  };
  let doing = 'mending the restored data';
  try {
    await client.query('begin');
    const lines: string[] = [];
    for (const repair of restoreRepairs) {
      doing = `mending (${repair.name})`;
      lines.push(...(await repair.mend(sql, facts)));
    }
    await client.query('commit');
    return lines;
  } catch (error) {
    signal.throwIfAborted();
    throw databaseFailure(error, databaseUrl, doing);
  } finally {
    await disconnect(client);
  }
};
