import { createHash } from 'node:crypto';
import { rm, writeFile } from 'node:fs/promises';
import { BackupFailure } from '../failure.ts';
import { requireSpace } from '../free-space.ts';
import type { BackupSettings } from '../settings.ts';
import type { BackupStore } from '../store/store.ts';
import { workFile } from '../work-files.ts';

/**
 * Stores a tiny object, to prove that a backup could be stored now. It is one a day, since nothing is ever deleted here:
 * that today's is there already is proof of the way, the credentials and the right to put.
 * @throws {BackupFailure} that a backup would get.
 */
export const probe = async (
  store: BackupStore,
  { prefix, workDirectory }: Pick<BackupSettings, 'prefix' | 'workDirectory'>,
  signal: AbortSignal,
): Promise<void> => {
  const day = new Date().toISOString().slice(0, 10);
  const text = JSON.stringify({ probed_on: day });
  await requireSpace(workDirectory, text.length);
  const path = workFile(workDirectory, 'manifest', 'probe', '.json');
  try {
    await writeFile(path, text, { mode: 0o600 });
    const sha256 = createHash('sha256').update(text).digest('hex');
    await store.put(`${prefix}probe/${day}`, { path, bytes: text.length, sha256 }, signal);
  } catch (error) {
    if (!(error instanceof BackupFailure) || error.code !== 'key_taken') throw error;
  } finally {
    await rm(path, { force: true });
  }
};
