import { createHash, type Hash } from 'node:crypto';
import { open, rename, rm } from 'node:fs/promises';
import { pipeline } from 'node:stream/promises';
import { setTimeout as pause } from 'node:timers/promises';
import { createZstdDecompress } from 'node:zlib';
import { BackupFailure } from '../failure.ts';
import { requireSpace } from '../free-space.ts';
import { folderOf, type Manifest } from '../manifest.ts';
import type { Report } from '../report.ts';
import type { BackupSettings } from '../settings.ts';
import type { BackupStore } from '../store/store.ts';
import { removeLeftovers, workFile } from '../work-files.ts';
import { writeWhole } from '../store/write-whole.ts';
import type { Transformation } from '../transformation.ts';

const TRIES = 3;
const PAUSE_MS = 500;
const PIECE_BYTES = 262_144;

/** A file of pg_dump's own format that is exactly the one that was dumped. */
export interface FetchedArchive {
  readonly path: string;
  /** Takes it away again. */
  [Symbol.asyncDispose](): Promise<void>;
}

/**
 * Downloads, verifies, decrypts and unpacks the archive of a backup, in one pass and in constant memory. A connection
 * that breaks is tried again from the beginning; so is a damaged archive, once, as the damage may be of the way.
 * @throws {BackupFailure} `unusable` with the reason. Nothing stays in the work directory then.
 */
export const fetchArchive = async (
  store: BackupStore,
  settings: Pick<BackupSettings, 'workDirectory' | 'prefix' | 'ageIdentity'>,
  manifest: Manifest,
  signal: AbortSignal,
  report: Report,
): Promise<FetchedArchive> => {
  const { id, archive } = manifest;
  const decrypted = archive.encrypted ? await decryption(settings.ageIdentity) : unencrypted;
  await requireSpace(settings.workDirectory, 0);
  await removeLeftovers(settings.workDirectory);
  await requireSpace(settings.workDirectory, archive.dump_bytes);
  report.step('fetching', `Fetching backup ${id} from ${store.place}`);
  const path = workFile(settings.workDirectory, 'fetched', id, '.dump');
  const partial = `${path}.partial`;
  for (let nth = 1; ; nth++)
    try {
      await fetchOnce(store, settings.prefix, manifest, decrypted, partial, signal, report);
      await rename(partial, path);
      return { path, [Symbol.asyncDispose]: () => rm(path, { force: true }) };
    } catch (error) {
      await rm(partial, { force: true });
      if (signal.aborted) throw signal.reason;
      const failure = localFailure(error, settings.workDirectory);
      if (!isWorthATry(failure, nth)) throw failure;
      report.warn('fetch_repeated', `${failure.message} Trying again.`);
      await pause(PAUSE_MS * nth, undefined, { signal }).catch(() => undefined);
      signal.throwIfAborted();
    }
};

/** Takes a while to load, so only those wait for it who want it. */
const decryption = async (identity: string | undefined): Promise<Transformation> => {
  const { decryptWith, readIdentities } = await import('../encryption.ts');
  return decryptWith(await readIdentities(identity));
};

const isWorthATry = ({ code }: BackupFailure, nth: number): boolean =>
  (code === 'store_cut' && nth < TRIES) || (/damaged$/.test(code) && nth === 1);

const fetchOnce = async (
  store: BackupStore,
  prefix: string,
  manifest: Manifest,
  decrypted: Transformation,
  path: string,
  signal: AbortSignal,
  report: Report,
): Promise<void> => {
  const { archive } = manifest;
  const key = `${folderOf(prefix, manifest)}${archive.name}`;
  const found = await store.open(key, signal);
  if (found === null)
    throw new BackupFailure('unusable', 'archive_missing', `${key}: the archive is not there.`);
  if (found.bytes !== archive.bytes) {
    await found.body[Symbol.asyncIterator]().return?.();
    throw damaged(`it has ${found.bytes} bytes instead of ${archive.bytes}`);
  }
  const received = createHash('sha256');
  // What is stored as it was dumped needs no second look.
  const unpacked = archive.encrypted || manifest.format === 1 ? createHash('sha256') : null;
  await using file = await open(path, 'wx', 0o600);
  let bytes = 0;
  const write = async (source: AsyncIterable<Uint8Array>): Promise<void> => {
    for await (const piece of source) {
      unpacked?.update(piece);
      bytes += piece.length;
      if (bytes > archive.dump_bytes) throw damaged('it holds more than it should');
      await writeWhole(file, piece);
    }
  };
  try {
    await pipeline(
      hashed(found.body, received, done => report.progress(done, archive.bytes)),
      decrypted,
      manifest.format === 1 ? createZstdDecompress({ chunkSize: PIECE_BYTES }) : unchanged,
      write,
      { signal },
    );
  } catch (error) {
    throw isOfZstd(error) ? damaged('it cannot be unpacked') : error;
  }
  const sha256 = received.digest('hex');
  if (sha256 !== archive.sha256) throw damaged('its SHA-256 is another one');
  if (bytes !== archive.dump_bytes || (unpacked?.digest('hex') ?? sha256) !== archive.dump_sha256)
    throw damaged('what it holds is not what was dumped');
};

const damaged = (how: string): BackupFailure =>
  new BackupFailure('unusable', 'archive_damaged', `The archive is damaged: ${how}.`);

const hashed = async function* (
  source: AsyncIterable<Uint8Array>,
  hash: Hash,
  onProgress: (bytes: number) => void,
): AsyncGenerator<Uint8Array, void> {
  let bytes = 0;
  for await (const piece of source) {
    hash.update(piece);
    bytes += piece.length;
    onProgress(bytes);
    yield piece;
  }
};

const unchanged: Transformation = async function* (source) {
  yield* source;
};

const AGE = Buffer.from('age-encryption.org/');

/** What says to be in the clear and is not would only be told to be no dump. */
const unencrypted: Transformation = async function* (source) {
  let isFirst = true;
  for await (const piece of source) {
    if (isFirst && Buffer.from(piece).subarray(0, AGE.length).equals(AGE))
      throw new BackupFailure(
        'unusable',
        'encrypted',
        'The archive is encrypted, although it should not be.',
      );
    isFirst = false;
    yield piece;
  }
};

const isOfZstd = (error: unknown): boolean => /^(Z_|ZSTD_)/.test((error as NodeJS.ErrnoException).code ?? '');

/** A full or broken disk of this machine, in words for an admin. */
const localFailure = (error: unknown, directory: string): BackupFailure => {
  if (error instanceof BackupFailure) return error;
  const { code = '', message } = error as NodeJS.ErrnoException;
  return ['ENOSPC', 'EDQUOT', 'EFBIG'].includes(code)
    ? new BackupFailure('full', 'disk_full', `The disk is full: ${directory} (BACKUP_WORK_DIR).`)
    : new BackupFailure('unavailable', 'disk_failed', `${directory} (BACKUP_WORK_DIR) fails: ${message}`, {
        cause: error,
      });
};
