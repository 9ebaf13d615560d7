import { chooseBackup } from '../reading/catalogue.ts';
import { CHOICE_OPTIONS, choiceOf } from '../reading/choice.ts';
import type { Command, OptionValues, Outcome, Surroundings } from '../command.ts';
import { BackupFailure } from '../failure.ts';
import { fetchArchive } from '../reading/fetch-archive.ts';
import { describe, rowsIn } from './list.ts';
import type { Manifest } from '../manifest.ts';
import { openStore } from '../store/open-store.ts';
import { countRows, pgRestoreFor, readDump } from '../reading/read-dump.ts';
import { recordRun } from '../records.ts';
import type { BackupStore } from '../store/store.ts';
import { ageInWords, sizeInWords } from '../words.ts';

export const verify: Command = {
  help: 'Fetches a backup and reads all of it: size, checksums, encryption, compression and the dump itself.',
  options: {
    ...CHOICE_OPTIONS,
    deep: { type: 'boolean', help: 'also counts the rows of every table in the dump' },
  },
  async run(surroundings, options) {
    const { settings } = surroundings;
    const store = openStore(settings);
    const startedAt = new Date();
    const record = async (manifest: Manifest | null, failure: string | null): Promise<void> => {
      await recordRun(
        settings.databaseUrl,
        {
          ...{
            kind: 'verify',
            outcome: failure === null ? 'done' : 'failed',
            startedAt,
            finishedAt: new Date(),
          },
          ...{ backupId: manifest?.id ?? null, failure, bytes: manifest?.archive.bytes ?? null, rows: null },
        },
        surroundings.report,
      );
    };
    let manifest: Manifest | null = null;
    try {
      const choice = choiceOf(options);
      manifest = await chooseBackup(store, settings.prefix, choice, surroundings.signal);
      await verifyOne(store, manifest, surroundings, options);
      await record(manifest, null);
      return outcomeOf(manifest, options, new Date());
    } catch (error) {
      const code = error instanceof BackupFailure ? error.code : 'internal';
      if (code !== 'wrong_usage') await record(manifest, code);
      throw error;
    } finally {
      await store.close();
    }
  },
};

const verifyOne = async (
  store: BackupStore,
  manifest: Manifest,
  { settings, signal, report }: Surroundings,
  { deep }: OptionValues,
): Promise<void> => {
  await using archive = await fetchArchive(store, settings, manifest, signal, report);
  report.step('reading', 'Reading the dump');
  await readDump(pgRestoreFor(manifest), archive.path, signal);
  if (deep !== true) return;
  report.step('counting', 'Counting the rows');
  const differences = await countRows(archive.path, manifest, signal);
  if (differences.length > 0)
    throw new BackupFailure(
      'unusable',
      'rows_differ',
      `The dump is not what its manifest says:\n${differences.join('\n')}`,
    );
};

const outcomeOf = (manifest: Manifest, { deep }: OptionValues, now: Date): Outcome => {
  const age = ageInWords(new Date(manifest.snapshot_at), now);
  const counted = deep === true ? `, ${rowsIn(manifest)} rows counted` : '';
  return {
    text: `Backup ${manifest.id} (${age}, ${sizeInWords(manifest.archive.bytes)}) is whole and can be read${counted}.`,
    data: { verified: describe(manifest, now), deep: deep === true },
  };
};
