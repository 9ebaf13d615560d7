import type { Ground } from './feasibility.ts';
import type { Manifest } from '../manifest.ts';
import { connectTo, databaseNameOf, disconnect, rowsOf } from '../postgres/server.ts';
import { ageInWords, sizeInWords } from '../words.ts';

/** As Postgres estimates them; null when the database cannot be looked into, which is why one may want to restore. */
export const presentRows = async (databaseUrl: string, signal: AbortSignal): Promise<number | null> => {
  try {
    const client = await connectTo(databaseUrl, signal);
    try {
      const [row] = await rowsOf<{ rows: string }>(
        client,
        'select coalesce(sum(n_live_tup), 0) as rows from pg_stat_user_tables',
      );
      return Number(row?.rows);
    } finally {
      await disconnect(client);
    }
  } catch {
    signal.throwIfAborted();
    return null;
  }
};

const majorOf = (version: number): number => Math.floor(version / 10_000);

/** Whatever somebody should know before it is too late. */
export const planText = (
  databaseUrl: string,
  { id, snapshot_at, archive, inventory, database }: Manifest,
  { serverVersion, live }: Pick<Ground, 'serverVersion' | 'live'>,
  migrations: readonly string[],
  rowsNow: number | null,
  now: Date,
): string => {
  const name = databaseNameOf(databaseUrl);
  const rows = inventory.tables.reduce((sum, table) => sum + table.rows, 0);
  const from = name === database.name ? name : `${database.name} (another name than ${name})`;
  const present = rowsNow === null ? 'cannot be looked into' : `has about ${rowsNow} rows now`;
  return [
    `Backup ${id} of ${from}: taken ${ageInWords(new Date(snapshot_at), now)}, at ${snapshot_at}; ${sizeInWords(archive.bytes)}, ${rows} rows in ${inventory.tables.length} tables, from Postgres ${majorOf(database.server_version)}. This server is Postgres ${majorOf(serverVersion)}.`,
    migrations.length === 0
      ? 'It has all migrations of this build.'
      : `Migrations of this build that it has not seen, and that will be applied: ${migrations.join(', ')}.`,
    live === null
      ? `There is no database ${name} at ${new URL(databaseUrl).host}. It will be made.`
      : `It replaces the database ${name} at ${new URL(databaseUrl).host}, which ${present}. Everything that was written after ${snapshot_at} will be gone from it. The present database is kept beside it, closed.`,
  ].join('\n');
};
