import { open, readFile, rm } from 'node:fs/promises';
import { setTimeout as delay } from 'node:timers/promises';
import { isAlive } from './processes.ts';

const tryLock = async (path: string): Promise<boolean> => {
  try {
    const file = await open(path, 'wx');
    await file.writeFile(String(process.pid));
    await file.close();
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
    return false;
  }
};

// A file that is still empty belongs to somebody who is about to write a number into it.
const holderIsGone = async (path: string): Promise<boolean> => {
  const holder = Number(await readFile(path, 'utf8').catch(() => ''));
  return holder > 0 && !isAlive(holder);
};

/** Runs the action while no other process on this machine holds the same lock. */
export const withLockFile = async <Result>(
  path: string,
  action: () => Promise<Result>,
  deadlineMs = 60_000,
): Promise<Result> => {
  const end = Date.now() + deadlineMs;
  while (!(await tryLock(path))) {
    if (await holderIsGone(path)) await rm(path, { force: true });
    else if (Date.now() > end)
      throw new Error(`Another command holds ${path}. If none runs, remove the file.`);
    else await delay(50);
  }
  try {
    return await action();
  } finally {
    await rm(path, { force: true });
  }
};
