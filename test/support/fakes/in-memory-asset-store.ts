import { readFile } from 'node:fs/promises';
import { AssetKeyTaken } from '../../../src/publishing/data/asset-key-taken.ts';
import { checkedKey } from '../../../src/publishing/data/asset-key.ts';
import { Unavailable } from '../../../src/shared/domain/domain-error.ts';
import type {
  AssetStore,
  ByteRange,
  LocalFile,
  StoredObject,
} from '../../../src/publishing/services/asset-store.ts';

const PIECE_BYTES = 64 * 1_024;

export class InMemoryAssetStore implements AssetStore {
  readonly #objects = new Map<string, { readonly bytes: Buffer; readonly storedAt: Date }>();
  readonly #now: () => Date;

  constructor(now = () => new Date()) {
    this.#now = now;
  }

  async put(key: string, file: LocalFile): Promise<void> {
    checkedKey(key);
    const bytes = await readFile(file.path);
    if (this.#objects.has(key)) throw new AssetKeyTaken();
    this.#objects.set(key, { bytes, storedAt: this.#now() });
  }

  open(key: string, range?: ByteRange): Promise<AsyncIterable<Uint8Array> | null> {
    const object = this.#objects.get(checkedKey(key));
    if (!object) return Promise.resolve(null);
    if (!range) return Promise.resolve(inPieces(object.bytes));
    if (range.last >= object.bytes.length) return Promise.reject(new Unavailable('The image store'));
    return Promise.resolve(inPieces(object.bytes.subarray(range.first, range.last + 1)));
  }

  remove(keys: readonly string[]): Promise<void> {
    for (const key of keys) this.#objects.delete(checkedKey(key));
    return Promise.resolve();
  }

  async *list(prefix: string): AsyncGenerator<StoredObject, void> {
    for (const key of [...this.#objects.keys()].sort()) {
      // Others have their turn, as they have with a store that is far away.
      await Promise.resolve();
      const object = this.#objects.get(key);
      if (object && key.startsWith(prefix))
        yield { key, bytes: object.bytes.length, storedAt: object.storedAt };
    }
  }
}

async function* inPieces(bytes: Buffer): AsyncGenerator<Uint8Array, void> {
  for (let at = 0; at < bytes.length; at += PIECE_BYTES) {
    await Promise.resolve();
    yield bytes.subarray(at, at + PIECE_BYTES);
  }
}
