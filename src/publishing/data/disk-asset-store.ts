import { randomBytes } from 'node:crypto';
import { constants } from 'node:fs';
import { chmod, copyFile, link, mkdir, open, readdir, rm, stat } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import type { Housekeeping } from '../../shared/services/housekeeping.ts';
import type { AssetStore, ByteRange, LocalFile, StoredObject } from '../services/asset-store.ts';
import { AssetKeyTaken } from './asset-key-taken.ts';
import { checkedKey, isKey } from './asset-key.ts';
import { withinDeadline } from '../../shared/data/deadline.ts';
import { FlowingBytes } from '../../shared/data/flowing-bytes.ts';
import { StoreOutage, unavailable, type StoreLog } from './store-outage.ts';

const DEADLINE_MS = 10_000;
const IDLE_MS = 5_000;
/** What is older was left behind by a process that was killed. */
const LEFTOVER_AFTER_MS = 60 * 60_000;
const INCOMING = '.incoming';
const SHARD_CHARACTERS = 2;

/**
 * Objects as files. `images/kf3x.jpg` is `images/6b66/kf3x.jpg`: a folder for each beginning of a name, so that none
 * grows too large to read at once. Its name is the beginning in hex, which sorts as the names do and is safe where the
 * file system does not tell `k` from `K`.
 */
export class DiskAssetStore implements AssetStore, Housekeeping {
  readonly #directory: string;
  readonly #outage: StoreOutage;

  constructor(directory: string, log: StoreLog) {
    this.#directory = directory;
    this.#outage = new StoreOutage(log, adviceFor);
  }

  async put(key: string, file: LocalFile): Promise<void> {
    const path = this.#pathOf(key);
    await this.#attempt(async () => {
      await this.#makeFolder(join(this.#directory, INCOMING));
      const partial = join(this.#directory, INCOMING, `${randomBytes(16).toString('hex')}.partial`);
      try {
        await copyDurably(file, partial);
        await this.#makeFolder(dirname(path));
        // Unlike a rename this never replaces what is there.
        await link(partial, path);
        await syncFolder(dirname(path));
      } finally {
        await rm(partial, { force: true });
      }
    });
  }

  async open(key: string, range?: ByteRange): Promise<AsyncIterable<Uint8Array> | null> {
    const path = this.#pathOf(key);
    return this.#attempt(async () => {
      const file = await open(path, 'r').catch(ifAbsent(null));
      if (file === null) return null;
      const { size } = await file.stat();
      const { first, last } = range ?? { first: 0, last: size - 1 };
      // No stream reads to a byte before the first.
      const source = file.createReadStream(last < first ? {} : { start: first, end: last });
      return new FlowingBytes(source, { bytes: last - first + 1, idleMs: IDLE_MS, failure: unavailable });
    });
  }

  async remove(keys: readonly string[]): Promise<void> {
    const paths = keys.map(key => this.#pathOf(key));
    await this.#attempt(async () => {
      for (const path of paths) await rm(path, { force: true });
    });
  }

  async *list(prefix: string): AsyncGenerator<StoredObject, void> {
    const folders = await this.#namesIn('', /^[a-z]+$/);
    for (const folder of folders)
      for (const shard of await this.#namesIn(folder, /^([0-9a-f]{2})+$/)) {
        const beginning = `${folder}/${Buffer.from(shard, 'hex').toString('latin1')}`;
        if (!beginning.startsWith(prefix) && !prefix.startsWith(beginning)) continue;
        for (const name of await this.#namesIn(join(folder, shard), /^[^.]/)) {
          const key = `${folder}/${name}`;
          const object = isKey(key) && key.startsWith(prefix) ? await this.#look(key) : null;
          if (object) yield object;
        }
      }
  }

  /** Sweeps up what killed processes have left of objects that they were storing. */
  async tidy(now: Date): Promise<number> {
    let gone = 0;
    for (const name of await this.#namesIn(INCOMING, /\.partial$/)) {
      const path = join(this.#directory, INCOMING, name);
      const found = await stat(path).catch(ifAbsent(null));
      if (found === null || found.mtimeMs > now.getTime() - LEFTOVER_AFTER_MS) continue;
      await rm(path, { force: true });
      gone++;
    }
    return gone;
  }

  #pathOf(key: string): string {
    const [folder = '', name = ''] = checkedKey(key).split('/');
    const shard = Buffer.from(name.slice(0, SHARD_CHARACTERS), 'latin1').toString('hex');
    return join(this.#directory, folder, shard, name);
  }

  async #makeFolder(path: string): Promise<void> {
    const first = await mkdir(path, { recursive: true, mode: 0o700 });
    if (first === undefined) return;
    // A folder that was made is only there for good when the one above it says so on the disk.
    for (let above = dirname(path); above.length >= dirname(first).length; above = dirname(above)) {
      await syncFolder(above);
      if (above === dirname(above)) break;
    }
  }

  /** In order, by code unit. */
  async #namesIn(folder: string, isMeant: RegExp): Promise<readonly string[]> {
    const names = await this.#attempt(() => readdir(join(this.#directory, folder)).catch(ifAbsent([])));
    return names.filter(name => isMeant.test(name)).sort();
  }

  async #look(key: string): Promise<StoredObject | null> {
    const found = await this.#attempt(() => stat(this.#pathOf(key)).catch(ifAbsent(null)));
    return found && { key, bytes: found.size, storedAt: found.mtime };
  }

  async #attempt<Result>(work: () => Promise<Result>): Promise<Result> {
    try {
      const result = await withinDeadline(DEADLINE_MS, work);
      this.#outage.worked();
      return result;
    } catch (error) {
      if (codeOf(error) === 'EEXIST') throw new AssetKeyTaken();
      throw this.#outage.failed(error);
    }
  }
}

const copyDurably = async (file: LocalFile, path: string): Promise<void> => {
  await copyFile(file.path, path, constants.COPYFILE_EXCL | constants.COPYFILE_FICLONE);
  await chmod(path, 0o600);
  const copy = await open(path, 'r+');
  try {
    const { size } = await copy.stat();
    if (size !== file.bytes) throw new Error(`The file has ${size} bytes instead of ${file.bytes}.`);
    await copy.sync();
  } finally {
    await copy.close();
  }
};

const syncFolder = async (path: string): Promise<void> => {
  const folder = await open(path, 'r');
  try {
    await folder.sync();
  } finally {
    await folder.close();
  }
};

const codeOf = (error: unknown): unknown => (error as NodeJS.ErrnoException).code;

const ifAbsent =
  <Fallback>(fallback: Fallback) =>
  (error: unknown): Fallback => {
    if (codeOf(error) === 'ENOENT') return fallback;
    throw error;
  };

const ADVICE: Readonly<Record<string, string>> = {
  ENOSPC: 'the disk under DATA_DIR is full',
  EDQUOT: 'the disk quota of this user is used up',
  EFBIG: 'a file would become larger than this user may write',
  EACCES: 'this user may not write below DATA_DIR',
  EPERM: 'this user may not write below DATA_DIR',
  EROFS: 'DATA_DIR is mounted read-only',
  // What node says of a folder that it cannot make where nothing may be written.
  ENOENT: 'DATA_DIR is not there or cannot be written to',
};

const adviceFor = (error: unknown): string => {
  const code = codeOf(error);
  return (typeof code === 'string' ? ADVICE[code] : undefined) ?? 'look at the disk under DATA_DIR';
};
