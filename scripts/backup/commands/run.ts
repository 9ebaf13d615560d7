import type { Command, Outcome, Surroundings } from '../command.ts';
import { BackupFailure, EXIT } from '../failure.ts';
import { Heartbeat } from '../making/heartbeat.ts';
import { keptReport } from '../making/kept-report.ts';
import { holdLock } from '../postgres/lock.ts';
import { makeBackup, type MadeBackup } from '../making/make-backup.ts';
import { recordRun } from '../records.ts';
import { sizeInWords } from '../words.ts';
import { redacted } from '../postgres/server.ts';
import { rowsByTable } from '../making/shrinkage.ts';

const asFailure = (error: unknown): BackupFailure =>
  error instanceof BackupFailure
    ? error
    : new BackupFailure('internal', 'internal', error instanceof Error ? error.message : String(error), {
        cause: error,
      });

const outcomeOf = ({ manifest, place }: MadeBackup, seconds: number): Outcome => {
  const { id, kind, archive, inventory, database } = manifest;
  const tables = inventory.tables.length;
  const rows = inventory.tables.reduce((sum, table) => sum + table.rows, 0);
  return {
    text: `Backed up ${database.name} as ${id}: ${tables} tables, ${rows} rows, ${sizeInWords(archive.bytes)} (of ${sizeInWords(database.size_bytes)} in Postgres) in ${seconds.toFixed(1)} s, to ${place}`,
    data: {
      id,
      kind,
      bytes: archive.bytes,
      dump_bytes: archive.dump_bytes,
      rows,
      tables,
      seconds,
      place,
      encrypted: archive.encrypted,
    },
  };
};

/** Makes one backup, tells the watchdog, and remembers how it went, whichever way it went. */
const runBackup = async ({ settings, report: told, signal }: Surroundings): Promise<Outcome> => {
  const { databaseUrl } = settings;
  const report = keptReport(told);
  const heartbeat = new Heartbeat(settings.heartbeatUrl, report);
  const startedAt = new Date();
  const log = (): string => redacted(report.log(), databaseUrl);
  const attempt = { id: null as string | null };
  try {
    await using lock = await holdLock(databaseUrl, ['backup']);
    heartbeat.start();
    const made = await makeBackup(
      settings,
      report,
      AbortSignal.any([signal, lock.lost]),
      id => (attempt.id = id),
    );
    const finishedAt = new Date();
    const { id, archive, inventory } = made.manifest;
    const same = { kind: 'backup', outcome: 'done', backupId: id, failure: null } as const;
    await recordRun(
      databaseUrl,
      { ...same, startedAt, finishedAt, bytes: archive.bytes, rows: rowsByTable(inventory) },
      report,
    );
    const outcome = outcomeOf(made, (finishedAt.getTime() - startedAt.getTime()) / 1_000);
    await heartbeat.end(EXIT.done, `${log()}${outcome.text}\n`);
    return outcome;
  } catch (error) {
    const failure = asFailure(error);
    // Nothing has failed: whoever is at work will tell.
    if (failure.exit === 'busy') throw failure;
    const failed = {
      kind: 'backup',
      outcome: 'failed',
      backupId: attempt.id,
      failure: failure.code,
    } as const;
    await Promise.all([
      recordRun(
        databaseUrl,
        { ...failed, startedAt, finishedAt: new Date(), bytes: null, rows: null },
        report,
      ),
      heartbeat.end(EXIT[failure.exit], `${log()}${redacted(failure.message, databaseUrl)}\n`, {
        isHurried: signal.aborted,
      }),
    ]);
    throw failure;
  }
};

export const run: Command = {
  help: 'Backs up the database, once.',
  options: {},
  run: surroundings => runBackup(surroundings),
};
