import { readdir, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { isAlive } from '../services/processes.ts';

/** `archive-ID-PID.dump.partial`, `fetched-ID-PID.dump`: who works on it stands in its name. */
const WORK_FILE = /^(?:archive|manifest|fetched)-.*-(\d+)\.(?:dump|json)[a-z.]*$/;

/** Nothing takes this long, so the process that has the number now is another one. */
const SURELY_DEAD_MS = 2 * 86_400_000;

export const workFile = (directory: string, what: string, id: string, ending: string): string =>
  join(directory, `${what}-${id}-${process.pid}${ending}`);

/** Takes away what killed runs have left in the work directory. */
export const removeLeftovers = async (directory: string): Promise<void> => {
  for (const name of await readdir(directory)) {
    const pid = Number(WORK_FILE.exec(name)?.[1]);
    if (!(pid > 0)) continue;
    const path = join(directory, name);
    const isOld = async (): Promise<boolean> => (await stat(path)).mtimeMs < Date.now() - SURELY_DEAD_MS;
    if (!isAlive(pid) || (await isOld().catch(() => false))) await rm(path, { force: true });
  }
};
