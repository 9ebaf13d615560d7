import { open } from 'node:fs/promises';
import { asStorageOutage } from './storage-failure.ts';

/**
 * Writes what arrives to a new file, no faster than the disk takes it. After a failure to write the rest is read all
 * the same, so that the sender gets to hear of it. Failures to read pass through.
 * @throws {Unavailable} when there is no room.
 */
export const receive = async (bytes: AsyncIterable<Uint8Array>, path: string): Promise<void> => {
  const file = await open(path, 'wx', 0o600).catch(async (error: unknown) => {
    await drain(bytes);
    return asStorageOutage(error);
  });
  const failures: unknown[] = [];
  try {
    for await (const chunk of bytes)
      if (failures.length === 0) await file.writeFile(chunk).catch((error: unknown) => failures.push(error));
  } finally {
    await file.close().catch((error: unknown) => failures.push(error));
  }
  if (failures.length > 0) asStorageOutage(failures[0]);
};

/** Reads to the end and keeps nothing. */
export const drain = async (bytes: AsyncIterable<Uint8Array>): Promise<void> => {
  const reader = bytes[Symbol.asyncIterator]();
  while (!(await reader.next()).done);
};
