import { mkdir, statfs } from 'node:fs/promises';
import { BackupFailure } from './failure.ts';
import { sizeInWords } from './words.ts';

/**
 * Makes the folder when it is not there, for its owner alone, and looks whether so much fits into it.
 * @throws {BackupFailure} `full`
 */
export const requireSpace = async (directory: string, bytes: number): Promise<void> => {
  try {
    await mkdir(directory, { recursive: true, mode: 0o700 });
  } catch (error) {
    throw new BackupFailure(
      'full',
      'work_directory',
      `${directory} cannot be made: ${(error as Error).message}`,
    );
  }
  const { bavail, bsize } = await statfs(directory);
  const free = bavail * bsize;
  if (free >= bytes) return;
  throw new BackupFailure(
    'full',
    'disk_full',
    `There are ${sizeInWords(free)} free at ${directory}, and ${sizeInWords(bytes)} are needed. Make room, or set BACKUP_WORK_DIR to another disk.`,
  );
};
