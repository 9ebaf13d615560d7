import { writeFileSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { serveJobs } from '../../../shared/data/helper-program.ts';
import type { ImageAnswer, ImageJob } from './image-job.ts';
import { isStorageFailure } from './storage-failure.ts';
import { Refused, TooManyPixels } from './refused.ts';
import { rewriteImage } from './rewrite-image.ts';
import { inspect } from './structure/inspect.ts';

/** The child process of `SharpImageWorkshop`. Whatever a file does to a decoder, it does it in here. */
const answer = async ({ upload, folder }: ImageJob): Promise<ImageAnswer> => {
  try {
    const file = await readFile(upload);
    return await rewriteImage(file, inspect(file), folder);
  } catch (error) {
    if (error instanceof Refused) return { kind: 'refused', reason: error.message };
    if (error instanceof TooManyPixels) return { kind: 'too-many-pixels' };
    if (isStorageFailure(error)) return { kind: 'no-room' };
    throw error;
  }
};

// Where memory runs out, Linux shall end this process and not the server or the database.
try {
  writeFileSync('/proc/self/oom_score_adj', '1000');
} catch {
  // Other systems choose for themselves.
}

serveJobs(answer);
