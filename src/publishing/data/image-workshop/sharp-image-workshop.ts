import { join } from 'node:path';
import { HelperDied, HelperTimedOut } from '../../../shared/data/helper-errors.ts';
import { HelperProcess } from '../../../shared/data/helper-process.ts';
import { Unavailable } from '../../../shared/domain/domain-error.ts';
import { ImageTooManyPixels, NotAnImage } from '../../domain/errors.ts';
import type { ImageWorkshop, PreparedImage } from '../../services/image-workshop.ts';
import { MOST_MEGAPIXELS, type ImageAnswer, type ImageJob, type RewrittenImage } from './image-job.ts';
import { drain, receive } from './receive.ts';
import { NOT_DECODED } from './refused.ts';
import { StagedUploads } from './staged-uploads.ts';
import { asStorageOutage } from './storage-failure.ts';

export interface ImageWorkshopOptions {
  /** Uploads lie here while they are worked on. */
  readonly directory: string;
  /** Told of every decoder that crashed or had to be stopped. */
  readonly onDeath?: (reason: string) => void;
  /** How long one picture may take. */
  readonly deadlineMs?: number;
  /** How many pictures may wait for their turn. */
  readonly mostWaiting?: number;
}

// Twelve megapixels take a second; the largest pictures in the slowest format take ten.
const DEADLINE_MS = 30_000;
const LONGEST_WAIT_MS = 20_000;
const MOST_WAITING = 16;
const PROCESSES = 2;
const IDLE_MS = 10_000;

/**
 * Puts an upload on the disk as it arrives. Decoding happens in a process of its own, since decoders crash and hang:
 * a hostile file ends that process and nothing else, and the memory that a picture took goes back with it.
 */
export class SharpImageWorkshop implements ImageWorkshop {
  readonly #uploads: StagedUploads;
  readonly #helper: HelperProcess<ImageJob, ImageAnswer>;
  #firstTidying: Promise<unknown> | undefined;

  constructor({
    directory,
    onDeath,
    deadlineMs = DEADLINE_MS,
    mostWaiting = MOST_WAITING,
  }: ImageWorkshopOptions) {
    this.#uploads = new StagedUploads(directory);
    this.#helper = new HelperProcess({
      program: new URL('image-program.ts', import.meta.url),
      what: 'The image workshop',
      deadlineMs,
      mostWaiting,
      longestWaitMs: LONGEST_WAIT_MS,
      processes: PROCESSES,
      idleMs: IDLE_MS,
      environment: {
        // Large pictures go over the disk, and freed memory goes back to the system.
        TMPDIR: this.#uploads.directory,
        VIPS_DISC_THRESHOLD: '10m',
        MALLOC_ARENA_MAX: '2',
      },
      ...(onDeath && { onDeath }),
    });
  }

  async prepare(name: string, bytes: AsyncIterable<Uint8Array>): Promise<PreparedImage> {
    const folder = await this.#openFolder(bytes);
    try {
      const upload = join(folder, 'upload');
      await receive(bytes, upload);
      const { format, original, variants } = await this.#rewrite(name, { upload, folder });
      const discard = () => this.#uploads.discard(folder);
      return { format, original, variants, [Symbol.asyncDispose]: discard };
    } catch (error) {
      await this.#uploads.discard(folder);
      throw error;
    }
  }

  /** Refuses who waits, lets the pictures at work be finished, and ends the processes. */
  close(): Promise<void> {
    return this.#helper.close();
  }

  async #openFolder(bytes: AsyncIterable<Uint8Array>): Promise<string> {
    try {
      // An earlier process of this machine may have been killed at its work.
      await (this.#firstTidying ??= this.#uploads.tidy(new Date()));
      return await this.#uploads.open();
    } catch (error) {
      this.#firstTidying = undefined;
      await drain(bytes);
      return asStorageOutage(error);
    }
  }

  async #rewrite(name: string, job: ImageJob): Promise<RewrittenImage> {
    const answer = await this.#helper.run(job).catch((error: unknown) => {
      if (error instanceof HelperDied || error instanceof HelperTimedOut)
        throw new NotAnImage(name, NOT_DECODED);
      throw error;
    });
    switch (answer.kind) {
      case 'rewritten':
        return answer;
      case 'refused':
        throw new NotAnImage(name, answer.reason);
      case 'too-many-pixels':
        throw new ImageTooManyPixels(name, MOST_MEGAPIXELS);
      case 'no-room':
        throw new Unavailable('The storage');
    }
  }
}
