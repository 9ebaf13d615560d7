import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  SharpImageWorkshop,
  type ImageWorkshopOptions,
} from '../../src/publishing/data/image-workshop/sharp-image-workshop.ts';
import type { PreparedImage } from '../../src/publishing/services/image-workshop.ts';
import { DomainError } from '../../src/shared/domain/domain-error.ts';
import { inChunks } from './pictures.ts';

/** What became of a picture: its files with their bytes, read before the workshop threw them away. */
export interface Outcome {
  readonly prepared: PreparedImage;
  readonly original: Buffer;
  readonly variants: readonly Buffer[];
}

/** A real workshop with real child processes, in a folder of its own. */
export class WorkshopUnderTest implements AsyncDisposable {
  readonly directory: string;
  readonly workshop: SharpImageWorkshop;
  readonly deaths: string[] = [];
  readonly #parent: string;

  private constructor(parent: string, options: Partial<ImageWorkshopOptions>) {
    this.#parent = parent;
    this.directory = join(parent, 'uploads');
    this.workshop = new SharpImageWorkshop({
      directory: this.directory,
      onDeath: reason => this.deaths.push(reason),
      ...options,
    });
  }

  static async open(options: Partial<ImageWorkshopOptions> = {}): Promise<WorkshopUnderTest> {
    return new WorkshopUnderTest(await mkdtemp(join(tmpdir(), 'workshop-')), options);
  }

  /** @returns its files, after the folder they lay in is gone. */
  async process(file: Uint8Array, name = 'photo'): Promise<Outcome> {
    await using prepared = await this.workshop.prepare(name, inChunks(file));
    const [original = Buffer.alloc(0), ...variants] = await Promise.all(
      [prepared.original, ...prepared.variants].map(({ path }) => readFile(path)),
    );
    return { prepared, original, variants };
  }

  /** @returns the code and the sentence of what it throws, or null when it takes the file. */
  async refusal(file: Uint8Array, name = 'file'): Promise<string | null> {
    try {
      await this.process(file, name);
      return null;
    } catch (error) {
      if (error instanceof DomainError) return `${error.code} ${error.message}`;
      throw error;
    }
  }

  /** What lies in its folder. */
  leftovers(): Promise<string[]> {
    return readdir(this.directory);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.workshop.close();
    await rm(this.#parent, { recursive: true, force: true });
  }
}
