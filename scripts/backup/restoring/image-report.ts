import pg from 'pg';
import { closeAssetStore, openAssetStore } from '../../../src/publishing/data/open-asset-store.ts';
import { SqlImageCatalogue } from '../../../src/publishing/data/sql-image-catalogue.ts';
import { AssetReconciliation } from '../../../src/publishing/services/asset-reconciliation.ts';
import { withinDeadline } from '../../../src/shared/data/deadline.ts';
import { poolOptions, Sql } from '../../../src/shared/data/postgres.ts';
import { systemClock } from '../../../src/shared/data/system-clock.ts';
import type { Report } from '../report.ts';
import { redacted } from '../postgres/server.ts';
import type { BackupSettings } from '../settings.ts';

export interface ImageReport {
  /** Objects that images of the restored database need, and that the store has lost since. */
  readonly missing: number;
  /** Objects that no image of the restored database knows. */
  readonly orphaned: number;
}

/** A bucket with very many images is left to `make reconcile-assets`. */
const DEADLINE_MS = 60_000;
const SILENT = { error: () => undefined, info: () => undefined };

/**
 * Holds the stored images against the restored database, and changes nothing.
 * @returns null when it cannot be found out, which is a warning: the data is restored all the same
 */
export const imageReport = async (
  { databaseUrl, assets }: Pick<BackupSettings, 'databaseUrl' | 'assets'>,
  report: Report,
  signal: AbortSignal,
): Promise<ImageReport | null> => {
  const { onPoolCreated, ...options } = poolOptions(databaseUrl, 1);
  // Under another name than a server's, for which somebody may wait.
  const pool = new pg.Pool({ ...options, application_name: 'daymark-backup' });
  pool.on('error', () => undefined);
  onPoolCreated(pool);
  const store = openAssetStore({ s3: assets.bucket, assetsDirectory: assets.directory }, SILENT);
  try {
    return await withinDeadline(DEADLINE_MS, async late => {
      const found = { missing: 0, orphaned: 0 };
      const either = AbortSignal.any([signal, late]);
      const reconciliation = new AssetReconciliation(
        store,
        new SqlImageCatalogue(new Sql(pool)),
        systemClock,
      );
      for await (const { kind } of reconciliation.findings()) {
        either.throwIfAborted();
        found[kind === 'row-without-object' ? 'missing' : 'orphaned']++;
      }
      return found;
    });
  } catch (error) {
    if (!signal.aborted)
      report.warn(
        'images_unknown',
        `Images could not be held against the restored database (${redacted((error as Error).message, databaseUrl)}). Run "make reconcile-assets" later.`,
      );
    return null;
  } finally {
    await closeAssetStore(store);
    await pool.end();
  }
};
