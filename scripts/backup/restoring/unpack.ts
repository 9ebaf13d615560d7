import { migrationsToAdd } from './build-migrations.ts';
import { beginComparison } from './comparison.ts';
import type { Manifest } from '../manifest.ts';
import { mend } from './mend.ts';
import { migrateRestored } from './migrate-restored.ts';
import type { PostgresTools } from '../postgres/postgres-tools.ts';
import type { Prepared } from './prepare.ts';
import type { Report } from '../report.ts';
import { restoreSections, type Section } from './restore-sections.ts';
import { analyze, analyzeAfterIndexes } from './statistics.ts';
import { together } from '../together.ts';

export interface UnpackOrder {
  readonly prepared: Pick<Prepared, 'scratch' | 'archive'>;
  readonly manifest: Manifest;
  readonly tools: PostgresTools;
  readonly jobs: number;
}

export interface Unpacked {
  /** What was applied on top of the backup. */
  readonly migrations: readonly string[];
  /** What the repairs say they did. */
  readonly repairs: readonly string[];
}

/**
 * Makes an empty database into what the backup shows: restored, compared table by table, migrated to this build, and
 * mended. Whatever fails, nothing but this database has been touched.
 *
 * What only needs rows is done before there are indexes: a row then changes in a third of the time.
 * @throws {BackupFailure} the signal's reason when that is aborted
 */
export const unpack = async (order: UnpackOrder, report: Report, signal: AbortSignal): Promise<Unpacked> => {
  const { prepared, manifest, tools, jobs } = order;
  const { scratch, archive } = prepared;
  const { inventory, database } = manifest;
  const restore = (sections: readonly Section[], either: AbortSignal): Promise<void> =>
    restoreSections(
      { tools, path: archive.path, sections, scratch, jobs, expectedBytes: database.size_bytes },
      report,
      either,
    );
  const index = (either: AbortSignal): Promise<void> => {
    report.step('indexing', 'Making the indexes');
    return restore(['post-data'], either);
  };
  const mendAll = (either: AbortSignal): Promise<readonly string[]> => {
    report.step('mending', 'Mending what a restore would otherwise bring back');
    const snapshotAt = new Date(manifest.snapshot_at);
    return mend(scratch.url, { backupId: manifest.id, snapshotAt, restoredAt: new Date() }, either);
  };
  const analyzeAll = (either: AbortSignal): Promise<void> => analyze(scratch.url, either);

  report.step('restoring', `Restoring into the database ${scratch.name}, beside the present one`);
  await restore(['pre-data', 'data'], signal);
  report.step('comparing', `Comparing ${inventory.tables.length} tables with the backup, row by row`);
  const compare = await beginComparison(scratch.url, inventory, signal);
  const toAdd = migrationsToAdd(manifest);
  if (toAdd.length === 0) {
    const [, repairs] = await together(signal, [compare, mendAll]);
    // A table is analysed while others get their indexes: the last index of the largest leaves a processor idle.
    await together(signal, [index, analyzeAll]);
    await analyzeAfterIndexes(scratch.url, signal);
    return { migrations: [], repairs };
  }
  // Migrations expect a whole schema, and repairs the one that this build knows.
  await compare(signal);
  await index(signal);
  report.step('migrating', `Applying ${toAdd.join(', ')}`);
  const migrations = await migrateRestored(scratch.url, signal);
  const [repairs] = await together(signal, [mendAll, analyzeAll]);
  return { migrations, repairs };
};
