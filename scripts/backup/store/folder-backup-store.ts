import { createHash, randomBytes } from 'node:crypto';
import { type FileHandle, link, open, readdir, rm, stat } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { DeadlinePassed, withinDeadline } from '../../../src/shared/data/deadline.ts';
import { BackupFailure } from '../failure.ts';
import { keyTaken } from './key-taken.ts';
import type { BackupStore, FileToStore, StoredFile } from './store.ts';
import { codeOf, ifAbsent, makeFolder, syncFolder } from './durable-folder.ts';
import { checkedStoreKey, isStoreKey } from './store-key.ts';
import { writeWhole } from './write-whole.ts';

/** A disk that is there does each step in far less; a network drive that is gone never does. */
const DEADLINE_MS = 60_000;
const PIECE_BYTES = 1_048_576;
const INCOMING = '.incoming';
/** What is older was left behind by a process that was killed. */
const LEFTOVER_AFTER_MS = 24 * 60 * 60_000;

/** Backups as files below a folder that nobody else may look into. A copy on the same disk survives no loss of the disk. */
export class FolderBackupStore implements BackupStore {
  readonly place: string;
  readonly #directory: string;
  readonly #deadlineMs: number;

  constructor(directory: string, deadlineMs = DEADLINE_MS) {
    this.place = `the folder ${directory}`;
    this.#directory = directory;
    this.#deadlineMs = deadlineMs;
  }

  async put(
    key: string,
    file: FileToStore,
    signal: AbortSignal,
    onProgress?: (bytes: number) => void,
  ): Promise<void> {
    const path = join(this.#directory, checkedStoreKey(key));
    const incoming = join(this.#directory, INCOMING);
    const partial = join(incoming, `${randomBytes(16).toString('hex')}.partial`);
    try {
      await this.#step(() => makeFolder(incoming));
      await this.#sweep(incoming);
      await this.#copy(file, partial, signal, onProgress);
      signal.throwIfAborted();
      await this.#step(async () => {
        await makeFolder(dirname(path));
        // Unlike a rename this never replaces what is there.
        await link(partial, path).catch((error: unknown) => {
          throw codeOf(error) === 'EEXIST' ? keyTaken(this.place, key) : error;
        });
        await syncFolder(dirname(path));
      });
    } catch (error) {
      throw this.#failureOf(error, signal);
    } finally {
      await this.#step(() => rm(partial, { force: true })).catch(() => undefined);
    }
  }

  async open(
    key: string,
    signal: AbortSignal,
  ): Promise<{ readonly bytes: number; readonly body: AsyncIterable<Uint8Array> } | null> {
    const path = join(this.#directory, checkedStoreKey(key));
    try {
      signal.throwIfAborted();
      const found = await this.#step(() => stat(path).catch(ifAbsent(null)));
      return found?.isFile() ? { bytes: found.size, body: this.#contentOf(path, found.size, signal) } : null;
    } catch (error) {
      throw this.#failureOf(error, signal);
    }
  }

  async *list(prefix: string, signal: AbortSignal): AsyncGenerator<StoredFile, void> {
    const files: StoredFile[] = [];
    try {
      const paths = await this.#step(() =>
        readdir(this.#directory, { recursive: true }).catch(ifAbsent<string[]>([])),
      );
      const keys = paths.filter(path => isStoreKey(path) && path.startsWith(prefix));
      for (const key of keys) {
        signal.throwIfAborted();
        const found = await this.#step(() => stat(join(this.#directory, key)).catch(ifAbsent(null)));
        if (found?.isFile()) files.push({ key, bytes: found.size, storedAt: found.mtime });
      }
    } catch (error) {
      throw this.#failureOf(error, signal);
    }
    yield* files.sort((one, other) => (one.key < other.key ? -1 : 1));
  }

  async close(): Promise<void> {
    // Nothing is kept open.
  }

  /** Read once: what is stored is what was hashed. */
  async #copy(
    file: FileToStore,
    path: string,
    signal: AbortSignal,
    onProgress?: (bytes: number) => void,
  ): Promise<void> {
    await using source = await this.#open(file.path, 'r');
    await using target = await this.#open(path, 'wx');
    const [from, to] = [source.file, target.file];
    const hash = createHash('sha256');
    const piece = Buffer.allocUnsafe(PIECE_BYTES);
    let copied = 0;
    for (;;) {
      signal.throwIfAborted();
      const { bytesRead } = await this.#step(() => from.read(piece, 0, PIECE_BYTES));
      if (bytesRead === 0) break;
      hash.update(piece.subarray(0, bytesRead));
      await this.#step(() => writeWhole(to, piece.subarray(0, bytesRead)));
      copied += bytesRead;
      onProgress?.(copied);
    }
    if (copied !== file.bytes || hash.digest('hex') !== file.sha256)
      throw new BackupFailure('internal', 'file_changed', `${file.path} has changed while it was stored.`);
    await this.#step(() => to.sync());
  }

  /** Opened when somebody reads, so that nothing stays open for who does not. */
  async *#contentOf(path: string, bytes: number, signal: AbortSignal): AsyncGenerator<Uint8Array, void> {
    let received = 0;
    try {
      await using opened = await this.#open(path, 'r');
      for (;;) {
        signal.throwIfAborted();
        const piece = Buffer.allocUnsafe(PIECE_BYTES);
        const { bytesRead } = await this.#step(() => opened.file.read(piece, 0, PIECE_BYTES));
        if (bytesRead === 0) break;
        received += bytesRead;
        yield piece.subarray(0, bytesRead);
      }
    } catch (error) {
      throw this.#failureOf(error, signal);
    }
    if (received !== bytes)
      throw new BackupFailure('unavailable', 'store_cut', `${path} has changed while it was read.`);
  }

  /** Takes away what killed processes have left of files that they were storing. */
  async #sweep(incoming: string): Promise<void> {
    for (const name of await this.#step(() => readdir(incoming))) {
      const found = await this.#step(() => stat(join(incoming, name)).catch(ifAbsent(null)));
      if (found && found.mtimeMs < Date.now() - LEFTOVER_AFTER_MS)
        await this.#step(() => rm(join(incoming, name), { force: true }));
    }
  }

  /** Neither opening nor closing waits for ever; what is opened too late is closed again. */
  async #open(path: string, flags: 'r' | 'wx'): Promise<AsyncDisposable & { readonly file: FileHandle }> {
    const file = await withinDeadline(this.#deadlineMs, async late => {
      const opened = await open(path, flags, 0o600);
      if (late.aborted) await opened.close();
      return opened;
    });
    return { file, [Symbol.asyncDispose]: () => this.#step(() => file.close()).catch(() => undefined) };
  }

  #step<Result>(work: () => Promise<Result>): Promise<Result> {
    return withinDeadline(this.#deadlineMs, work);
  }

  #failureOf(error: unknown, signal: AbortSignal): unknown {
    if (signal.aborted) return signal.reason;
    if (error instanceof BackupFailure) return error;
    if (error instanceof DeadlinePassed)
      return new BackupFailure('unavailable', 'store_silent', `${this.place} does not answer in time.`);
    const { code = '', message } = error as NodeJS.ErrnoException;
    if (['ENOSPC', 'EDQUOT', 'EFBIG'].includes(code))
      return new BackupFailure('full', 'store_full', `${this.place} is full (${code}).`, { cause: error });
    const advice = ADVICE[code] ?? message;
    return new BackupFailure('unavailable', 'store_failed', `${this.place} fails: ${advice}.`, {
      cause: error,
    });
  }
}

const ADVICE: Readonly<Record<string, string>> = {
  EACCES: 'this user may not write or read there',
  EPERM: 'this user may not write there, or the file system knows no hard links',
  ENOTSUP: 'its file system knows no hard links',
  EROFS: 'it is mounted read-only',
  ENOTDIR: 'a file is where a folder should be',
  EEXIST: 'a file is where a folder should be',
  EIO: 'the disk reports an error',
};
