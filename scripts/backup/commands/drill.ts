import { migrationsToAdd } from '../restoring/build-migrations.ts';
import { chooseBackup } from '../reading/catalogue.ts';
import { CHOICE_OPTIONS, choiceOf } from '../reading/choice.ts';
import type { Command, OptionValues, Outcome, Surroundings } from '../command.ts';
import { drillName } from '../restoring/database-names.ts';
import { BackupFailure } from '../failure.ts';
import { checkGround } from '../restoring/feasibility.ts';
import { holdLock } from '../postgres/lock.ts';
import type { Manifest } from '../manifest.ts';
import { openStore } from '../store/open-store.ts';
import { prepare } from '../restoring/prepare.ts';
import { recordRun } from '../records.ts';
import { databaseNameOf } from '../postgres/server.ts';
import { rowsByTable } from '../making/shrinkage.ts';
import type { BackupStore } from '../store/store.ts';
import { unpack, type Unpacked } from '../restoring/unpack.ts';

/** A restore that stops short of the swap. It may run beside a backup, but needs the room that a restore needs. */
const rehearse = async (
  { settings, report, signal: ended }: Surroundings,
  store: BackupStore,
  manifest: Manifest,
): Promise<Unpacked> => {
  const { databaseUrl } = settings;
  migrationsToAdd(manifest);
  await using lock = await holdLock(databaseUrl, ['restore']);
  const signal = AbortSignal.any([ended, lock.lost]);
  const { tools } = await checkGround(settings, manifest, { willReplace: false }, report, signal);
  const name = drillName(databaseNameOf(databaseUrl));
  await using prepared = await prepare(
    { databaseUrl, name, owner: null, store, settings, manifest },
    report,
    signal,
  );
  return await unpack({ prepared, manifest, tools, jobs: settings.jobs }, report, signal);
};

const outcomeOf = (
  { id, snapshot_at, inventory }: Manifest,
  { migrations }: Unpacked,
  at: Date,
  seconds: number,
): Outcome => {
  const rows = inventory.tables.reduce((sum, table) => sum + table.rows, 0);
  return {
    text: `Restore of ${id} proven at ${at.toISOString()}: ${rows} rows, all compared with the backup; took ${seconds.toFixed(1)} s.`,
    data: {
      id,
      snapshot_at,
      proven_at: at.toISOString(),
      rows,
      tables: inventory.tables.length,
      migrations,
      seconds,
    },
  };
};

const runDrill = async (surroundings: Surroundings, options: OptionValues): Promise<Outcome> => {
  const { settings, report, signal } = surroundings;
  const choice = choiceOf(options);
  const store = openStore(settings);
  const startedAt = new Date();
  let manifest: Manifest | null = null;
  const record = (finishedAt: Date, failure: string | null): Promise<void> =>
    recordRun(
      settings.databaseUrl,
      {
        ...{ kind: 'drill', outcome: failure === null ? 'done' : 'failed', failure, startedAt, finishedAt },
        ...{ backupId: manifest?.id ?? null, bytes: manifest?.archive.bytes ?? null },
        rows: failure === null && manifest !== null ? rowsByTable(manifest.inventory) : null,
      },
      report,
    );
  try {
    manifest = await chooseBackup(store, settings.prefix, choice, signal);
    const unpacked = await rehearse(surroundings, store, manifest);
    const finishedAt = new Date();
    await record(finishedAt, null);
    return outcomeOf(manifest, unpacked, finishedAt, (finishedAt.getTime() - startedAt.getTime()) / 1_000);
  } catch (error) {
    const { exit, code } = error instanceof BackupFailure ? error : { exit: 'internal', code: 'internal' };
    if (exit !== 'busy') await record(new Date(), code);
    throw error;
  } finally {
    await store.close();
  }
};

export const drill: Command = {
  help: 'Restores the newest backup beside the database, compares it, and drops it again: the proof that it works.',
  options: CHOICE_OPTIONS,
  run: runDrill,
};
