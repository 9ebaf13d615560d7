import { randomBytes } from 'node:crypto';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { LocalFile } from '../../src/publishing/services/asset-store.ts';

/** A folder for files that are to be stored. */
export class LocalFiles {
  readonly folder: string;
  #made = 0;

  private constructor(folder: string) {
    this.folder = folder;
  }

  static async make(): Promise<LocalFiles> {
    return new LocalFiles(await mkdtemp(join(tmpdir(), 'daymark-files-')));
  }

  async of(bytes: Uint8Array): Promise<LocalFile> {
    const path = join(this.folder, String(++this.#made));
    await writeFile(path, bytes);
    return { path, bytes: bytes.length, contentType: 'image/png' };
  }

  async remove(): Promise<void> {
    await rm(this.folder, { recursive: true });
  }
}

/** The bytes of chance that a file of this size holds. */
export const someBytes = (size: number): Buffer => randomBytes(size);

export const allOf = async (bytes: AsyncIterable<Uint8Array> | null): Promise<Buffer> => {
  if (bytes === null) throw new Error('There is no such object.');
  return Buffer.concat(await Array.fromAsync(bytes));
};
