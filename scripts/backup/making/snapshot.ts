import type pg from 'pg';
import { BackupFailure } from '../failure.ts';

import type { Manifest } from '../manifest.ts';
import { quoted, tablesOf } from '../postgres/relations.ts';
import { connectTo, databaseFailure, databaseNameOf, disconnect, rowsOf } from '../postgres/server.ts';

/** One moment of a database, which stays what it was for as long as this is held. */
export interface Snapshot extends AsyncDisposable {
  /** In the transaction. */
  readonly client: pg.Client;
  /** What `pg_dump --snapshot` wants. */
  readonly name: string;
  /** By the clock of the database. */
  readonly at: Date;
  readonly database: Manifest['database'];
  readonly migrations: readonly string[];
}

const MIGRATIONS = 'mikro_orm_migrations';
const TRIES = 5;
const GRACE_MS = 10_000;

interface Facts {
  readonly name: string;
  readonly at: Date;
  readonly server_version: number;
  readonly encoding: string;
  readonly collate: string;
  readonly ctype: string;
  readonly locale_provider: 'c' | 'i' | 'b';
  readonly size_bytes: string;
  readonly is_migrated: boolean;
}

const FACTS = `select pg_export_snapshot() as name, clock_timestamp() as at,
    current_setting('server_version_num')::int as server_version, pg_encoding_to_char(encoding) as encoding,
    datcollate as "collate", datctype as ctype, datlocprovider as locale_provider,
    pg_database_size(oid) as size_bytes, to_regclass('${MIGRATIONS}') is not null as is_migrated
  from pg_database where datname = current_database()`;

const PROVIDERS = { c: 'libc', i: 'icu', b: 'builtin' } as const;

/**
 * All tables are locked against changes of their shape before the snapshot is taken, in one go: a migration that came
 * in between would wait for us while we wait for it. Returns the names that were locked.
 */
const lockTables = async (client: pg.Client, lockTimeoutSeconds: number): Promise<string> => {
  // Without a transaction, because the first look at a table is what a snapshot begins with.
  const tables = (await tablesOf(client)).map(quoted).join(', ');
  await client.query('begin isolation level repeatable read read only');
  await client.query(`set local lock_timeout = '${lockTimeoutSeconds}s'; set local statement_timeout = 0;
    set local idle_in_transaction_session_timeout = 0`);
  if (tables !== '')
    await rowsOf(
      client,
      `lock table ${tables} in access share mode`,
      [],
      lockTimeoutSeconds * 1_000 * 2 + GRACE_MS,
    );
  return tables;
};

const factsOf = async (client: pg.Client, lockTimeoutSeconds: number): Promise<Facts> => {
  for (let attempt = 1; ; attempt++) {
    const locked = await lockTables(client, lockTimeoutSeconds);
    const [facts] = await rowsOf<Facts>(client, FACTS);
    const present = (await tablesOf(client)).map(quoted).join(', ');
    if (facts !== undefined && present === locked) return facts;
    if (attempt === TRIES)
      throw new BackupFailure(
        'unavailable',
        'tables_change',
        'Tables are created and dropped all the time. Try again when the migration is done.',
      );
    await client.query('rollback');
  }
};

/**
 * @throws {BackupFailure} `tables_locked` when a table stays locked for longer than the timeout; `not_migrated` for a
 *   database that is not one of this application.
 */
export const openSnapshot = async (
  databaseUrl: string,
  lockTimeoutSeconds: number,
  signal: AbortSignal,
): Promise<Snapshot> => {
  const client = await connectTo(databaseUrl, signal);
  try {
    const { name, at, is_migrated, ...facts } = await factsOf(client, lockTimeoutSeconds);
    if (!is_migrated)
      throw new BackupFailure(
        'refused',
        'not_migrated',
        `The database ${databaseNameOf(databaseUrl)} has no table ${MIGRATIONS}: it is not one of this application. Look at DATABASE_URL.`,
      );
    const migrations = await rowsOf<{ name: string }>(client, `select name from ${MIGRATIONS} order by id`);
    const extensions = await rowsOf<{ name: string; version: string }>(
      client,
      'select extname as name, extversion as version from pg_extension order by extname',
    );
    return {
      client,
      name,
      at,
      migrations: migrations.map(migration => migration.name),
      database: {
        ...facts,
        name: databaseNameOf(databaseUrl),
        locale_provider: PROVIDERS[facts.locale_provider],
        size_bytes: Number(facts.size_bytes),
        extensions,
      },
      [Symbol.asyncDispose]: () => disconnect(client),
    };
  } catch (error) {
    await disconnect(client);
    signal.throwIfAborted();
    throw databaseFailure(error, databaseUrl, 'taking a snapshot');
  }
};
