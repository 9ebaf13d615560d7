import { newId } from '../../../src/shared/services/new-id.ts';
import type { Manifest } from '../manifest.ts';
import type { Report } from '../report.ts';
import { connectTo, databaseFailure, disconnect, rowsOf } from '../postgres/server.ts';
import { rowsByTable } from '../making/shrinkage.ts';

/**
 * Tells a restored database of the backups that were made since, the one that it came from included. Otherwise the
 * newest backup would seem older than it is, and an alert would say so. That it cannot be told is a warning.
 */
export const rememberBackups = async (
  databaseUrl: string,
  manifests: readonly Manifest[],
  report: Report,
): Promise<void> => {
  try {
    const client = await connectTo(databaseUrl);
    try {
      for (const { id, snapshot_at, finished_at, archive, inventory } of manifests)
        await rowsOf(
          client,
          `insert into backup_runs (id, kind, outcome, backup_id, started_at, finished_at, bytes, rows)
           select $1, 'backup', 'done', $2, $3, $4, $5, $6
           where not exists (select from backup_runs where kind = 'backup' and backup_id = $2)`,
          [newId(), id, snapshot_at, finished_at, archive.bytes, JSON.stringify(rowsByTable(inventory))],
        );
    } finally {
      await disconnect(client);
    }
  } catch (error) {
    const { message } = databaseFailure(error, databaseUrl, 'recording the backups that there are');
    report.warn(
      'backups_not_recorded',
      `The restored database does not know of the newest backups: ${message}`,
    );
  }
};
