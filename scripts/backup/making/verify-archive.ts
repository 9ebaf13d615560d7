import { createReadStream } from 'node:fs';
import { pipeline } from 'node:stream/promises';
import type { Archive } from './archive.ts';
import { BackupFailure } from '../failure.ts';
import { Meter } from './meter.ts';

/**
 * Reads a finished archive back: the disk has kept what was written, all of which was proven to be readable.
 * @throws {BackupFailure} `archive_differs`
 */
export const verifyArchive = async (archive: Archive, signal: AbortSignal): Promise<void> => {
  const found = new Meter();
  try {
    await pipeline(
      createReadStream(archive.path),
      async (source: AsyncIterable<Uint8Array>) => {
        for await (const piece of source) found.add(piece);
      },
      { signal },
    );
  } catch (error) {
    signal.throwIfAborted();
    throw differs((error as Error).message);
  }
  if (found.bytes !== archive.bytes || found.sha256() !== archive.sha256)
    throw differs('its SHA-256 is another one');
};

const differs = (how: string): BackupFailure =>
  new BackupFailure(
    'unusable',
    'archive_differs',
    `The archive that was written cannot be read back (${how}). Is the disk of BACKUP_WORK_DIR all right?`,
  );
