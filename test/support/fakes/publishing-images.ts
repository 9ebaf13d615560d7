import { createWriteStream } from 'node:fs';
import { mkdtemp, open, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { NotAnImage } from '../../../src/publishing/domain/errors.ts';
import { IMAGE_FORMATS, type ImageFormat } from '../../../src/publishing/domain/image.ts';
import type {
  AssetStore,
  ByteRange,
  LocalFile,
  StoredObject,
} from '../../../src/publishing/services/asset-store.ts';
import type { ImageWorkshop, PreparedImage } from '../../../src/publishing/services/image-workshop.ts';
import { Unavailable } from '../../../src/shared/domain/domain-error.ts';
import { aGate, type Gate } from '../gate.ts';
import { InMemoryAssetStore } from './in-memory-asset-store.ts';

const broken = (): Unavailable => new Unavailable('The image store');

/** A store in memory that fails where a test wants it to. */
export class FaultyAssetStore implements AssetStore {
  readonly #store = new InMemoryAssetStore();
  isDown = false;
  /** The put that fails, counted from 1 from now on; it may leave its object all the same. */
  failingPut: { number: number; leavesObject: boolean } | null = null;
  /** What a put waits for. */
  putGate: Gate | null = null;
  removesHang = false;
  /** How an object that is read goes wrong after so many bytes. */
  reading: { bytes: number; then: 'breaks' | 'ends' | Gate } | null = null;
  /** How many objects are being read. */
  readers = 0;
  opened = 0;

  async put(key: string, file: LocalFile): Promise<void> {
    await this.putGate?.passed;
    if (this.isDown) throw broken();
    const fails = this.failingPut !== null && --this.failingPut.number === 0;
    if (!fails || this.failingPut?.leavesObject === true) await this.#store.put(key, file);
    if (fails) throw broken();
  }

  async open(key: string, range?: ByteRange): Promise<AsyncIterable<Uint8Array> | null> {
    this.opened++;
    if (this.isDown) throw broken();
    const source = await this.#store.open(key, range);
    return source && this.#watched(source);
  }

  async remove(keys: readonly string[]): Promise<void> {
    if (this.removesHang) await aGate().passed;
    if (this.isDown) throw broken();
    await this.#store.remove(keys);
  }

  list(prefix: string): AsyncIterable<StoredObject> {
    return this.#store.list(prefix);
  }

  async keys(): Promise<readonly string[]> {
    return (await Array.fromAsync(this.list(''))).map(({ key }) => key);
  }

  async bytesOf(key: string): Promise<Buffer> {
    const source = await this.#store.open(key);
    return Buffer.concat(source ? await Array.fromAsync(source) : []);
  }

  async *#watched(source: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array, void> {
    this.readers++;
    try {
      let left = this.reading?.bytes ?? Infinity;
      for await (const piece of source) {
        yield piece.subarray(0, left);
        left -= piece.length;
        if (left > 0 || !this.reading) continue;
        const { then } = this.reading;
        if (then === 'breaks') throw broken();
        if (then === 'ends') return;
        await then.passed;
        throw broken();
      }
    } finally {
      this.readers--;
    }
  }
}

/** A picture as the workshop below understands it: a line that says what it is, and padding. */
export const aPicture = (
  facts: { format?: ImageFormat; width?: number; height?: number; bytes?: number } = {},
): Buffer => {
  const { format = 'jpeg', width = 200, height = 100, bytes = 500 } = facts;
  const picture = Buffer.alloc(bytes, `${format} `);
  picture.write(`PICTURE ${format} ${width}x${height}\n`);
  return picture;
};

const HEADER = /^PICTURE (\w+) (\d+)x(\d+)\n/;

/** Reads the header above and writes smaller versions of a few bytes; everything else is as with the real one. */
export class FakeWorkshop implements ImageWorkshop {
  /** Prepared images that nobody has disposed of. */
  kept = 0;
  /** What the next files wait for when they have been read. */
  gate: Gate | null = null;

  async prepare(name: string, bytes: AsyncIterable<Uint8Array>): Promise<PreparedImage> {
    const folder = await mkdtemp(join(tmpdir(), 'daymark-pictures-'));
    this.kept++;
    const dispose = async (): Promise<void> => {
      this.kept--;
      await rm(folder, { recursive: true });
    };
    try {
      const prepared = await this.#prepare(name, bytes, folder);
      return { ...prepared, [Symbol.asyncDispose]: dispose };
    } catch (error) {
      await dispose();
      throw error;
    }
  }

  async #prepare(
    name: string,
    bytes: AsyncIterable<Uint8Array>,
    folder: string,
  ): Promise<Omit<PreparedImage, typeof Symbol.asyncDispose>> {
    const path = join(folder, 'original');
    await pipeline(Readable.from(bytes), createWriteStream(path));
    await this.gate?.passed;
    await using file = await open(path);
    const { buffer, bytesRead } = await file.read({ buffer: Buffer.alloc(100) });
    const head = buffer.toString('latin1', 0, bytesRead);
    const [, format = '', width = 0, height = 0] = HEADER.exec(head) ?? [];
    const { size } = await file.stat();
    if (!(format in IMAGE_FORMATS)) throw new NotAnImage(name, 'this is no picture.');
    const variants = [320, 640, 1280].filter(each => each < Number(width));
    for (const variant of variants) await writeFile(join(folder, String(variant)), `smaller ${variant}`);
    const heightFor = (variant: number) => Math.round((Number(height) * variant) / Number(width));
    return {
      format: format as ImageFormat,
      original: { path, width: Number(width), height: Number(height), bytes: size },
      variants: variants.map(variant => ({
        path: join(folder, String(variant)),
        ...{ width: variant, height: heightFor(variant), bytes: `smaller ${variant}`.length },
      })),
    };
  }
}
