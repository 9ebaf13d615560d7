import pg from 'pg';
import { drillName, replacedAt, restoringName } from '../restoring/database-names.ts';
import {
  connectTo,
  databaseFailure,
  databaseNameOf,
  disconnect,
  maintenanceUrl,
  rowsOf,
} from '../postgres/server.ts';

/** A database beside ours on the same server, which only takes up room. */
export interface ServerCopy {
  readonly name: string;
  /** Null where this user may not know. */
  readonly bytes: number | null;
  /** What an admin runs when it is not needed any more. */
  readonly drop: string;
}

export interface ServerCopies {
  /** What was there before a restore, or was restored and taken back: kept aside by it. */
  readonly safety: readonly ServerCopy[];
  /** What a restore or a drill that was killed has left. The next one takes it away. */
  readonly leftovers: readonly ServerCopy[];
}

/** @throws {BackupFailure} `unavailable` */
export const serverCopies = async (databaseUrl: string, signal: AbortSignal): Promise<ServerCopies> => {
  const live = databaseNameOf(databaseUrl);
  const client = await connectTo(maintenanceUrl(databaseUrl), signal);
  try {
    const all = await rowsOf<{ name: string }>(
      client,
      'select datname as name from pg_database order by datname',
    );
    const names = all.map(({ name }) => name);
    const scratch = [restoringName(live), drillName(live)];
    return {
      safety: await sized(
        client,
        names.filter(name => isKept(live, name)),
      ),
      leftovers: await sized(
        client,
        names.filter(name => scratch.includes(name)),
      ),
    };
  } catch (error) {
    throw databaseFailure(error, databaseUrl, 'looking for copies of the database');
  } finally {
    await disconnect(client);
  }
};

const isKept = (live: string, name: string): boolean =>
  replacedAt(live, name.replace(/_undone_(\d{17})$/, '_before_$1')) !== null;

const sized = async (client: pg.ClientBase, names: readonly string[]): Promise<readonly ServerCopy[]> => {
  if (names.length === 0) return [];
  const rows = await rowsOf<{ name: string; bytes: string | null }>(
    client,
    `select datname as name,
       case when pg_has_role('pg_read_all_stats', 'usage') or has_database_privilege(oid, 'connect')
         then pg_database_size(oid) end as bytes
     from pg_database where datname = any($1) order by datname`,
    [names],
  );
  return rows.map(({ name, bytes }) => ({
    name,
    bytes: bytes === null ? null : Number(bytes),
    drop: `drop database ${pg.escapeIdentifier(name)}`,
  }));
};
