import { mkdir, open } from 'node:fs/promises';
import { dirname } from 'node:path';

/** With all that is missing above it, for its owner alone. */
export const makeFolder = async (path: string): Promise<void> => {
  const first = await mkdir(path, { recursive: true, mode: 0o700 });
  if (first === undefined) return;
  // A folder that was made is only there for good when the one above it says so on the disk.
  for (let above = dirname(path); above.length >= dirname(first).length; above = dirname(above)) {
    await syncFolder(above);
    if (above === dirname(above)) break;
  }
};

/** After this, what was put into the folder is there even when the power fails. */
export const syncFolder = async (path: string): Promise<void> => {
  await using folder = await open(path, 'r');
  await folder.sync();
};

export const codeOf = (error: unknown): unknown => (error as NodeJS.ErrnoException).code;

export const ifAbsent =
  <Fallback>(fallback: Fallback) =>
  (error: unknown): Fallback => {
    if (codeOf(error) === 'ENOENT') return fallback;
    throw error;
  };
