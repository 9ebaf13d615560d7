import { mkdir, mkdtemp, readdir, rm, stat } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import type { Housekeeping } from '../../../shared/services/housekeeping.ts';

const HOUR_MS = 60 * 60 * 1000;
const OWNER_ONLY = 0o700;

/** The folder in which uploads lie while they are worked on, each in one of its own. Several processes may share it. */
export class StagedUploads implements Housekeeping {
  readonly directory: string;

  constructor(directory: string) {
    this.directory = resolve(directory);
  }

  /** @returns the path of a new folder that nobody else can look into. */
  async open(): Promise<string> {
    await mkdir(this.directory, { recursive: true, mode: OWNER_ONLY });
    return mkdtemp(join(this.directory, 'upload-'));
  }

  /** What cannot be removed now is left to `tidy`. */
  async discard(folder: string): Promise<void> {
    await rm(folder, { recursive: true, force: true }).catch(() => undefined);
  }

  /** Removes what a process that was killed left behind: no upload takes an hour. */
  async tidy(now: Date): Promise<number> {
    const names = await readdir(this.directory).catch((error: unknown) => {
      if ((error as NodeJS.ErrnoException).code === 'ENOENT') return [];
      throw error;
    });
    let gone = 0;
    for (const path of names.map(name => join(this.directory, name))) {
      const changed = await stat(path).catch(() => null);
      if (!changed || now.getTime() - changed.mtimeMs < HOUR_MS) continue;
      await rm(path, { recursive: true, force: true });
      gone += 1;
    }
    return gone;
  }
}
