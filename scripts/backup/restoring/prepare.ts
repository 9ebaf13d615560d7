import { type FetchedArchive, fetchArchive } from '../reading/fetch-archive.ts';
import type { Manifest } from '../manifest.ts';
import type { Report } from '../report.ts';
import { createScratch, type Scratch, type ScratchOrder } from './scratch.ts';
import type { BackupSettings } from '../settings.ts';
import type { BackupStore } from '../store/store.ts';
import { together } from '../together.ts';

/** What a restore begins with. */
export interface Prepared extends AsyncDisposable {
  readonly scratch: Scratch;
  readonly archive: FetchedArchive;
}

export interface PrepareOrder extends Omit<ScratchOrder, 'like'> {
  readonly store: BackupStore;
  readonly settings: Pick<BackupSettings, 'workDirectory' | 'prefix' | 'ageIdentity'>;
  readonly manifest: Manifest;
}

/**
 * Makes an empty database, and fetches the dump that is to fill it, at once: one waits for Postgres, the other for the
 * store.
 * @throws {BackupFailure} the signal's reason when that is aborted; nothing stays then
 */
export const prepare = async (
  { store, settings, manifest, ...place }: PrepareOrder,
  report: Report,
  signal: AbortSignal,
): Promise<Prepared> => {
  await using begun = new AsyncDisposableStack();
  report.step('preparing', 'Making an empty database');
  const [scratch, archive] = await together(signal, [
    async () => begun.use(await createScratch({ ...place, like: manifest.database }, report)),
    async either => begun.use(await fetchArchive(store, settings, manifest, either, report)),
  ]);
  const both = begun.move();
  return { scratch, archive, [Symbol.asyncDispose]: () => both.disposeAsync() };
};
