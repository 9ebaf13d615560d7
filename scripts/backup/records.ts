import { withinDeadline } from '../../src/shared/data/deadline.ts';
import { newId } from '../../src/shared/services/new-id.ts';
import { connectTo, databaseFailure, disconnect, rowsOf } from './postgres/server.ts';
import type { Report } from './report.ts';

export type RunKind = 'backup' | 'verify' | 'drill' | 'restore';

/** One run of a command, as `backup_runs` keeps it. */
export interface RunRecord {
  readonly kind: RunKind;
  readonly outcome: 'done' | 'failed';
  readonly backupId: string | null;
  readonly startedAt: Date;
  readonly finishedAt: Date;
  /** The code of the failure. */
  readonly failure: string | null;
  /** Of the archive. */
  readonly bytes: number | null;
  /** Rows by `schema.table`. */
  readonly rows: Readonly<Record<string, number>> | null;
}

// A run that is being stopped has only seconds left.
const DEADLINE_MS = 4_000;

/** Remembers a run. That it cannot be remembered is a warning: the backup itself is not worse for it. */
export const recordRun = async (databaseUrl: string, record: RunRecord, report: Report): Promise<void> => {
  try {
    await withinDeadline(DEADLINE_MS, async signal => {
      const client = await connectTo(databaseUrl, signal);
      try {
        await client.query(
          `insert into backup_runs (id, kind, outcome, backup_id, started_at, finished_at, failure, bytes, rows)
           values ($1, $2, $3, $4, $5, $6, $7, $8, $9)`,
          [
            newId(),
            record.kind,
            record.outcome,
            record.backupId,
            record.startedAt,
            record.finishedAt,
            record.failure,
            record.bytes,
            record.rows === null ? null : JSON.stringify(record.rows),
          ],
        );
      } finally {
        await disconnect(client);
      }
    });
  } catch (error) {
    const { message } = databaseFailure(error, databaseUrl, 'recording the run');
    report.warn('not_recorded', `This run could not be recorded in the database: ${message}`);
  }
};

interface Row {
  readonly kind: RunKind;
  readonly outcome: 'done' | 'failed';
  readonly backup_id: string | null;
  readonly started_at: Date;
  readonly finished_at: Date;
  readonly failure: string | null;
  readonly bytes: string | null;
  readonly rows: Record<string, number> | null;
}

/**
 * The latest runs of a kind, newest first; only those of one outcome when it is given.
 * @throws {BackupFailure} `unavailable`
 */
export const history = async (
  databaseUrl: string,
  kind: RunKind,
  limit: number,
  outcome: RunRecord['outcome'] | null = null,
): Promise<readonly RunRecord[]> => {
  const client = await connectTo(databaseUrl);
  try {
    const rows = await rowsOf<Row>(
      client,
      `select kind, outcome, backup_id, started_at, finished_at, failure, bytes, rows from backup_runs
       where kind = $1 and ($2::text is null or outcome = $2) order by finished_at desc, id desc limit $3`,
      [kind, outcome, limit],
    );
    return rows.map(recordOf);
  } catch (error) {
    throw databaseFailure(error, databaseUrl, 'reading the history of backups');
  } finally {
    await disconnect(client);
  }
};

const recordOf = ({ backup_id, started_at, finished_at, bytes, ...same }: Row): RunRecord => ({
  ...same,
  backupId: backup_id,
  startedAt: started_at,
  finishedAt: finished_at,
  bytes: bytes === null ? null : Number(bytes),
});
