import { setTimeout as pause } from 'node:timers/promises';
import type pg from 'pg';
import { migrationsToAdd } from './build-migrations.ts';
import { BackupFailure } from '../failure.ts';
import { fetchArchive } from '../reading/fetch-archive.ts';
import { differences, takeInventory } from '../postgres/inventory.ts';
import type { Manifest } from '../manifest.ts';
import { mend } from './mend.ts';
import { type PostgresTools, runTool } from '../postgres/postgres-tools.ts';
import type { Report } from '../report.ts';
import type { Scratch } from './scratch.ts';
import { connectTo, databaseFailure, disconnect, maintenanceUrl, rowsOf } from '../postgres/server.ts';
import type { BackupSettings } from '../settings.ts';
import type { BackupStore } from '../store/store.ts';
import { together } from '../together.ts';

export interface UnpackOrder {
  readonly store: BackupStore;
  readonly settings: Pick<BackupSettings, 'workDirectory' | 'prefix' | 'ageIdentity' | 'jobs'>;
  readonly manifest: Manifest;
  readonly tools: PostgresTools;
  readonly scratch: Scratch;
}

export interface Unpacked {
  /** What was applied on top of the backup. */
  readonly migrations: readonly string[];
  /** What the repairs say they did. */
  readonly repairs: readonly string[];
}

const LOOK_EVERY_MS = 2_000;
const ANALYZE_DEADLINE_MS = 3_600_000;
const MOST_DIFFERENCES = 20;

/** Tells how large the database has become, until the signal is aborted. A failure to look is none. */
const tellSize = async (
  { manifest, scratch }: UnpackOrder,
  report: Report,
  signal: AbortSignal,
): Promise<void> => {
  try {
    const client = await connectTo(maintenanceUrl(scratch.url), signal);
    try {
      for (;;) {
        await pause(LOOK_EVERY_MS, undefined, { signal });
        const [row] = await rowsOf<{ bytes: string }>(client, 'select pg_database_size($1) as bytes', [
          scratch.name,
        ]);
        report.progress(Number(row?.bytes), manifest.database.size_bytes);
      }
    } finally {
      await disconnect(client);
    }
  } catch {
    // It ends like this.
  }
};

const restoreDump = async (
  order: UnpackOrder,
  path: string,
  report: Report,
  signal: AbortSignal,
): Promise<void> => {
  const { tools, scratch, settings } = order;
  const over = new AbortController();
  const telling = tellSize(order, report, AbortSignal.any([signal, over.signal]));
  try {
    await runTool(
      tools.pgRestore,
      [
        `--dbname=${scratch.name}`,
        `--jobs=${settings.jobs}`,
        '--no-owner',
        '--no-privileges',
        '--no-password',
        '--exit-on-error',
        path,
      ],
      { databaseUrl: scratch.url, signal },
    );
  } finally {
    over.abort();
    await telling;
  }
};

/**
 * Begins to see the database as it is now: what is mended from here on is not seen.
 * @returns what compares it with the backup; that throws `contents_differ` with what is not as it was then
 */
const beginComparison = async (
  { manifest, scratch }: UnpackOrder,
  signal: AbortSignal,
): Promise<(signal: AbortSignal) => Promise<void>> => {
  const client = await connectTo(scratch.url, signal);
  try {
    await client.query('begin isolation level repeatable read read only');
    await client.query('select pg_current_snapshot()');
  } catch (error) {
    await disconnect(client);
    signal.throwIfAborted();
    throw databaseFailure(error, scratch.url, 'comparing the tables');
  }
  return either => compare(client, manifest, scratch, either);
};

const compare = async (
  client: pg.Client,
  manifest: Manifest,
  scratch: Scratch,
  signal: AbortSignal,
): Promise<void> => {
  try {
    const found = differences(manifest.inventory, await takeInventory(client, signal));
    if (found.length === 0) return;
    const [shown, more] = [found.slice(0, MOST_DIFFERENCES), found.length - MOST_DIFFERENCES];
    throw new BackupFailure(
      'unusable',
      'contents_differ',
      `What was restored is not what was backed up:\n${shown.map(line => `  ${line}`).join('\n')}${more > 0 ? `\n  and ${more} more` : ''}`,
    );
  } catch (error) {
    signal.throwIfAborted();
    throw databaseFailure(error, scratch.url, 'comparing the tables');
  } finally {
    await disconnect(client);
  }
};

/** Without it the first requests are planned as if all tables were empty. */
const analyze = async ({ scratch }: UnpackOrder, signal: AbortSignal): Promise<void> => {
  const client = await connectTo(scratch.url, signal);
  try {
    await rowsOf(client, 'analyze', [], ANALYZE_DEADLINE_MS);
  } catch (error) {
    signal.throwIfAborted();
    throw databaseFailure(error, scratch.url, 'analysing the tables');
  } finally {
    await disconnect(client);
  }
};

/** The migrator takes no signal. What it still does is ended with the database that it does it to. */
const migrate = async ({ scratch }: UnpackOrder, signal: AbortSignal): Promise<readonly string[]> => {
  // Loaded when it is needed: the mapper is by far the largest part of this program.
  const { migrateUp } = await import('../../migrations/migrator.ts');
  const migrating = migrateUp(scratch.url);
  const stopped = Promise.withResolvers<never>();
  const stop = (): void => stopped.reject(signal.reason);
  signal.addEventListener('abort', stop, { once: true });
  try {
    signal.throwIfAborted();
    return await Promise.race([migrating, stopped.promise]);
  } catch (error) {
    migrating.catch(() => undefined);
    signal.throwIfAborted();
    const { message } = databaseFailure(error, scratch.url, 'migrating');
    throw new BackupFailure(
      'unusable',
      'migration_failed',
      `The restored data cannot be migrated: ${message}`,
      {
        cause: error,
      },
    );
  } finally {
    signal.removeEventListener('abort', stop);
  }
};

/**
 * Makes an empty database into what the backup shows: fetched, restored, compared table by table, migrated to this build,
 * and mended. Whatever fails, nothing but this database has been touched.
 * @throws {BackupFailure} the signal's reason when that is aborted
 */
export const unpack = async (order: UnpackOrder, report: Report, signal: AbortSignal): Promise<Unpacked> => {
  const { store, settings, manifest, scratch } = order;
  {
    await using archive = await fetchArchive(store, settings, manifest, signal, report);
    report.step('restoring', `Restoring into the database ${scratch.name}, beside the present one`);
    await restoreDump(order, archive.path, report, signal);
  }
  report.step(
    'comparing',
    `Comparing ${manifest.inventory.tables.length} tables with the backup, row by row`,
  );
  const compareAll = await beginComparison(order, signal);
  const mendAll = async (either: AbortSignal): Promise<readonly string[]> => {
    report.step('mending', 'Mending what a restore would otherwise bring back');
    const snapshotAt = new Date(manifest.snapshot_at);
    return mend(scratch.url, { backupId: manifest.id, snapshotAt, restoredAt: new Date() }, either);
  };
  const toAdd = migrationsToAdd(manifest);
  if (toAdd.length > 0) {
    await compareAll(signal);
    report.step('migrating', `Applying ${toAdd.join(', ')}`);
    const migrations = await migrate(order, signal);
    const repairs = await mendAll(signal);
    await analyze(order, signal);
    return { migrations, repairs };
  }
  const [, repairs] = await together(signal, [compareAll, mendAll, either => analyze(order, either)]);
  return { migrations: [], repairs };
};
