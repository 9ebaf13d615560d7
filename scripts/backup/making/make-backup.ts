import { createHash } from 'node:crypto';
import { rm, writeFile } from 'node:fs/promises';
import { type Archive, makeArchive } from './archive.ts';
import { nameBackup } from './backup-id.ts';
import { BackupFailure } from '../failure.ts';
import { requireSpace } from '../free-space.ts';
import { sequencesOf, takeInventory } from '../postgres/inventory.ts';
import { APPLICATION, folderOf, FORMAT, type Inventory, type Manifest, MANIFEST_NAME } from '../manifest.ts';
import { openStore } from '../store/open-store.ts';
import { findTools, type PostgresTools } from '../postgres/postgres-tools.ts';
import { history, type RunRecord } from '../records.ts';
import type { Report } from '../report.ts';
import { sizeInWords } from '../words.ts';
import { databaseFailure } from '../postgres/server.ts';
import type { BackupSettings } from '../settings.ts';
import { warnOfShrinkage } from './shrinkage.ts';
import { openSnapshot, type Snapshot } from './snapshot.ts';
import type { BackupStore } from '../store/store.ts';
import { together } from '../together.ts';
import { removeLeftovers, workFile } from '../work-files.ts';

export interface MadeBackup {
  readonly manifest: Manifest;
  /** Where it is, in words. */
  readonly place: string;
}

/** How many earlier backups say what is usual. */
const EARLIER = 7;
const SPARE = 1.3;
/** What of a database lands in an archive at most; the rest is indexes and what compression saves. */
const SHARE_OF_DATABASE = 1 / 3;
const CLOCK_TOLERANCE_MS = 300_000;

const earlierRuns = async (databaseUrl: string, report: Report): Promise<readonly RunRecord[]> => {
  try {
    return await history(databaseUrl, 'backup', EARLIER, 'done');
  } catch (error) {
    // Without the table there may still be data to save; without the database there is not.
    if (!(error instanceof BackupFailure) || error.code !== 'database_error') throw error;
    report.warn('no_history', `Earlier backups are not known: ${error.message}`);
    return [];
  }
};

const prepare = async (
  { database, at }: Snapshot,
  { workDirectory, ageRecipients }: BackupSettings,
  earlier: readonly RunRecord[],
  report: Report,
): Promise<PostgresTools> => {
  const archive = Math.max(SPARE * (earlier[0]?.bytes ?? 0), SHARE_OF_DATABASE * database.size_bytes);
  // One that is encrypted lies beside the dump that it is made of.
  const needed = ageRecipients.length > 0 ? 2 * archive : archive;
  await requireSpace(workDirectory, 0);
  await removeLeftovers(workDirectory);
  await requireSpace(workDirectory, needed);
  const skewMs = Math.abs(Date.now() - at.getTime());
  if (skewMs > CLOCK_TOLERANCE_MS)
    report.warn(
      'clock_skewed',
      `The clocks of this machine and of the database differ by ${Math.round(skewMs / 1_000)} s. Is NTP at work on both?`,
    );
  return findTools(database.server_version);
};

interface Named {
  readonly id: string;
  readonly kind: Manifest['kind'];
}

const name = (at: Date, earlier: readonly RunRecord[], report: Report): Named => {
  const { isOutOfOrder, ...named } = nameBackup(
    at,
    earlier.flatMap(run => run.backupId ?? []),
  );
  if (isOutOfOrder)
    report.warn(
      'clock_back',
      `The clock of the database stands before the last backup. ${named.id} sorts before older backups, so name it when you restore it.`,
    );
  return named;
};

const manifestOf = (
  { id, kind }: Named,
  { at, database, migrations }: Snapshot,
  inventory: Inventory,
  archive: Archive,
  { sourceRevision, ageRecipients }: BackupSettings,
  madeBy: string,
): Manifest => ({
  application: APPLICATION,
  format: FORMAT,
  id,
  kind,
  snapshot_at: at.toISOString(),
  finished_at: new Date().toISOString(),
  source_revision: sourceRevision,
  database,
  migrations: [...migrations],
  inventory,
  archive: {
    name: `archive-${archive.sha256}.dump${ageRecipients.length > 0 ? '.age' : ''}`,
    bytes: archive.bytes,
    sha256: archive.sha256,
    dump_bytes: archive.dumpBytes,
    dump_sha256: archive.dumpSha256,
    encrypted: ageRecipients.length > 0,
    made_by: madeBy,
  },
});

const readTables = async (
  { client }: Snapshot,
  databaseUrl: string,
  signal: AbortSignal,
): Promise<Inventory> => {
  try {
    return await takeInventory(client, signal);
  } catch (error) {
    signal.throwIfAborted();
    throw databaseFailure(error, databaseUrl, 'reading the tables');
  }
};

/** The archive first: a manifest is what makes a backup of it. */
const upload = async (
  store: BackupStore,
  manifest: Manifest,
  archivePath: string,
  settings: BackupSettings,
  signal: AbortSignal,
  report: Report,
): Promise<void> => {
  const folder = folderOf(settings.prefix, manifest);
  const { name: archiveName, bytes, sha256 } = manifest.archive;
  report.step('uploading', `Storing ${sizeInWords(bytes)} in ${store.place}`);
  await store.put(`${folder}${archiveName}`, { path: archivePath, bytes, sha256 }, signal, done =>
    report.progress(done, bytes),
  );
  const text = Buffer.from(`${JSON.stringify(manifest, null, 1)}\n`);
  const path = workFile(settings.workDirectory, 'manifest', manifest.id, '.json');
  try {
    await writeFile(path, text, { mode: 0o600 });
    report.step('committing', 'Storing the manifest');
    const digest = createHash('sha256').update(text).digest('hex');
    await store.put(`${folder}${MANIFEST_NAME}`, { path, bytes: text.length, sha256: digest }, signal);
  } finally {
    await rm(path, { force: true });
  }
};

/**
 * One backup from the snapshot to the manifest. It is there when this resolves, and is not when it throws.
 * @param onNamed is told the id as soon as there is one
 */
export const makeBackup = async (
  settings: BackupSettings,
  report: Report,
  signal: AbortSignal,
  onNamed: (id: string) => void,
): Promise<MadeBackup> => {
  const { databaseUrl, lockTimeoutSeconds, workDirectory, ageRecipients: recipients } = settings;
  const earlier = await earlierRuns(databaseUrl, report);
  report.step('snapshot', 'Taking a snapshot of the database');
  const store = openStore(settings);
  let path: string | null = null;
  try {
    let manifest: Manifest;
    {
      await using snapshot = await openSnapshot(databaseUrl, lockTimeoutSeconds, signal);
      const tools = await prepare(snapshot, settings, earlier, report);
      const named = name(snapshot.at, earlier, report);
      onNamed(named.id);
      path = workFile(workDirectory, 'archive', named.id, '.dump');
      const order = { tools, databaseUrl, snapshot: snapshot.name, lockTimeoutSeconds, recipients, path };
      report.step('dumping', `Dumping ${sizeInWords(snapshot.database.size_bytes)} as ${named.id}`);
      // Sequences know no snapshot: read before the dump begins, they stand in it the same or further on.
      const sequences = await sequencesOf(snapshot.client);
      const [tables, archive] = await together(signal, [
        either => readTables(snapshot, databaseUrl, either),
        either => makeArchive(order, either, report),
      ]);
      manifest = manifestOf(named, snapshot, { ...tables, sequences }, archive, settings, tools.version);
    }
    warnOfShrinkage(manifest.archive.bytes, manifest.inventory, earlier, report);
    await upload(store, manifest, path, settings, signal, report);
    return { manifest, place: store.place };
  } catch (error) {
    throw signal.aborted && !(error instanceof BackupFailure) ? signal.reason : error;
  } finally {
    if (path !== null) await rm(path, { force: true });
    await store.close();
  }
};
