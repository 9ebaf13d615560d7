import { awaitWorker, type Served, servedBefore } from '../restoring/await-worker.ts';
import { migrationsToAdd } from '../restoring/build-migrations.ts';
import { chooseBackup, manifestsIn } from '../reading/catalogue.ts';
import { CHOICE_OPTIONS, choiceOf } from '../reading/choice.ts';
import type { Command, OptionValues, Outcome, Surroundings } from '../command.ts';
import { confirm } from '../restoring/confirm.ts';
import { beforeName, restoringName } from '../restoring/database-names.ts';
import { BackupFailure } from '../failure.ts';
import { checkGround, type Ground } from '../restoring/feasibility.ts';
import type { ImageReport } from '../restoring/image-report.ts';
import { rememberBackups } from '../restoring/known-backups.ts';
import { holdLock } from '../postgres/lock.ts';
import type { Manifest } from '../manifest.ts';
import { openStore } from '../store/open-store.ts';
import { planText, presentRows } from '../restoring/plan.ts';
import { prepare } from '../restoring/prepare.ts';
import { recordRun } from '../records.ts';
import type { BackupSettings } from '../settings.ts';
import { databaseNameOf } from '../postgres/server.ts';
import { rowsByTable } from '../making/shrinkage.ts';
import type { BackupStore } from '../store/store.ts';
import { swapDatabases } from '../restoring/swap.ts';
import { undo } from '../restoring/undo.ts';
import { unpack, type Unpacked } from '../restoring/unpack.ts';

interface Restored extends Unpacked {
  readonly manifest: Manifest;
  /** The name of the database that was replaced; null when there was none. */
  readonly kept: string | null;
  readonly startedAt: Date;
  readonly swappedAt: Date;
  readonly served: Served;
}

/** Everything up to the swap, after which the restored data is what people see. */
const replace = async (
  { settings, report, signal: ended }: Surroundings,
  store: BackupStore,
  manifest: Manifest,
  ground: Ground,
): Promise<Restored> => {
  const { databaseUrl } = settings;
  const live = databaseNameOf(databaseUrl);
  const startedAt = new Date();
  await using lock = await holdLock(databaseUrl, ['backup', 'restore']);
  const signal = AbortSignal.any([ended, lock.lost]);
  await using prepared = await prepare(
    { databaseUrl, name: restoringName(live), owner: ground.owner, store, settings, manifest },
    report,
    signal,
  );
  const order = { prepared, manifest, tools: ground.tools, jobs: settings.jobs };
  const unpacked = await unpack(order, report, signal);
  signal.throwIfAborted();
  const { scratch } = prepared;
  report.step('swapping', `Putting it in the place of ${live}`);
  const served = await servedBefore(databaseUrl);
  const swappedAt = new Date();
  const kept = beforeName(live, swappedAt);
  const hadOne = await swapDatabases({ databaseUrl, live, replacement: scratch.name, keepAs: kept }, report);
  scratch.keep();
  return { ...unpacked, manifest, kept: hadOne ? kept : null, startedAt, swappedAt, served };
};

/** The data is restored, so nothing that goes wrong from here on is a failure. */
const lookAfter = async (
  { settings, report, signal }: Surroundings,
  store: BackupStore,
  { manifest, startedAt, swappedAt, served }: Restored,
): Promise<{ isHeard: boolean; images: ImageReport | null }> => {
  const { databaseUrl } = settings;
  report.step('recording', 'The restored database is in use. Recording the restore');
  const others = await manifestsIn(store, settings.prefix, signal)
    .then(({ manifests }) => manifests)
    .catch(() => []);
  await rememberBackups(databaseUrl, others.length > 0 ? others : [manifest], report);
  await recordRun(
    databaseUrl,
    {
      ...{ kind: 'restore', outcome: 'done', backupId: manifest.id, startedAt, finishedAt: swappedAt },
      ...{ failure: null, bytes: manifest.archive.bytes, rows: rowsByTable(manifest.inventory) },
    },
    report,
  );
  report.step('images', 'Holding the stored images against the restored database');
  const { imageReport } = await import('../restoring/image-report.ts');
  const images = await imageReport(settings, report, signal);
  report.step('waiting', 'Waiting for a worker to end old sessions');
  return { isHeard: await awaitWorker(databaseUrl, report, signal, served), images };
};

const imagesText = (images: ImageReport | null): string => {
  if (images === null) return 'Images: not looked at.';
  const { missing, orphaned } = images;
  return missing + orphaned === 0
    ? 'Images: all are in the store, and no others.'
    : `Images: ${missing} files are missing from the store, ${orphaned} in it belong to no image. "make reconcile-assets" lists them.`;
};

const undoCommand = (kept: string, live: string): string =>
  `node scripts/backup.ts restore --undo ${kept} --confirm ${live}`;

// A developer's databases are private ones, which `make` knows how to find.
const undoAsTyped = (kept: string, live: string, production: boolean): string =>
  production ? undoCommand(kept, live) : `make restore ARGS='--undo ${kept} --confirm ${live}'`;

const outcomeOf = (
  { databaseUrl, production }: BackupSettings,
  { manifest, kept, migrations, repairs, startedAt, swappedAt }: Restored,
  { isHeard, images }: Awaited<ReturnType<typeof lookAfter>>,
): Outcome => {
  const live = databaseNameOf(databaseUrl);
  const seconds = (swappedAt.getTime() - startedAt.getTime()) / 1_000;
  const rows = manifest.inventory.tables.reduce((sum, table) => sum + table.rows, 0);
  return {
    text: [
      `Restored ${live} from ${manifest.id}, as it was at ${manifest.snapshot_at}: ${rows} rows, all compared with the backup, in ${seconds.toFixed(1)} s.`,
      ...(migrations.length === 0 ? [] : [`Applied: ${migrations.join(', ')}.`]),
      ...repairs,
      isHeard
        ? 'A worker has ended all old sessions.'
        : 'No worker has ended the old sessions yet: that happens as soon as a server runs.',
      imagesText(images),
      ...(kept === null
        ? []
        : [
            `The database before is kept as ${kept}, closed.`,
            `  To go back to it:  ${undoAsTyped(kept, live, production)}`,
            `  To be rid of it:   psql -c 'DROP DATABASE "${kept}"' postgres`,
          ]),
    ].join('\n'),
    data: {
      id: manifest.id,
      snapshot_at: manifest.snapshot_at,
      database: live,
      rows,
      seconds,
      migrations,
      repairs,
      sessions_ended: isHeard,
      images,
      kept,
      undo: kept === null ? null : undoCommand(kept, live),
    },
  };
};

const restoreBackup = async (surroundings: Surroundings, options: OptionValues): Promise<Outcome> => {
  const { settings, report, signal } = surroundings;
  const { databaseUrl } = settings;
  const live = databaseNameOf(databaseUrl);
  const store = openStore(settings);
  try {
    const manifest = await chooseBackup(store, settings.prefix, choiceOf(options), signal);
    const toAdd = migrationsToAdd(manifest);
    const ground = await checkGround(settings, manifest, { willReplace: true }, report, signal);
    const rowsNow = ground.live === null ? null : await presentRows(databaseUrl, signal);
    report.step('plan', planText(databaseUrl, manifest, ground, toAdd, rowsNow, new Date()));
    await confirm(surroundings, live, options.confirm as string | undefined);
    const restored = await replace(surroundings, store, manifest, ground);
    return outcomeOf(settings, restored, await lookAfter(surroundings, store, restored));
  } finally {
    await store.close();
  }
};

export const restore: Command = {
  help: 'Puts a backup in the place of the database, which is kept beside it.',
  options: {
    ...CHOICE_OPTIONS,
    confirm: { type: 'string', value: 'NAME', help: 'the name of the database, instead of typing it' },
    undo: { type: 'string', value: 'NAME', help: 'goes back to a database that a restore has kept' },
  },
  run: (surroundings, options) => {
    const { undo: kept, id, before } = options;
    if (typeof kept !== 'string') return restoreBackup(surroundings, options);
    if (id !== undefined || before !== undefined)
      throw new BackupFailure('usage', 'wrong_usage', '--undo goes with neither --id nor --before.');
    return undo(surroundings, kept, options.confirm as string | undefined);
  },
};
