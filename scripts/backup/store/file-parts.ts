import { createHash } from 'node:crypto';
import { open } from 'node:fs/promises';
import { BackupFailure } from '../failure.ts';
import type { FileToStore } from './store.ts';

/** A piece of a file, with what it has to be. */
export interface FilePart {
  readonly path: string;
  readonly first: number;
  readonly bytes: number;
  readonly sha256: Buffer;
}

const BUFFER_BYTES = 262_144;
/** S3 takes no more. */
const MOST_PARTS = 10_000;
const MEBIBYTE = 1_048_576;

/** The least size of parts, in whole mebibytes, for a file of this size to fit. */
export const partSize = (bytes: number, least: number): number =>
  Math.max(least, Math.ceil(bytes / MOST_PARTS / MEBIBYTE) * MEBIBYTE);

/**
 * Cuts a file without holding it: each part is read anew when it is sent, as often as needed.
 * @throws {BackupFailure} `file_changed` when the file as a whole is not what was announced.
 */
export const partsOf = async (
  { path, bytes, sha256 }: FileToStore,
  size: number,
  signal: AbortSignal,
): Promise<readonly FilePart[]> => {
  const whole = createHash('sha256');
  const buffer = Buffer.allocUnsafe(BUFFER_BYTES);
  const parts: FilePart[] = [];
  await using file = await open(path, 'r');
  let at = 0;
  do {
    const part = createHash('sha256');
    const first = at;
    const end = Math.min(first + size, bytes);
    while (at < end) {
      signal.throwIfAborted();
      const { bytesRead } = await file.read(buffer, 0, Math.min(BUFFER_BYTES, end - at), at);
      if (bytesRead === 0) throw changed(path);
      const piece = buffer.subarray(0, bytesRead);
      part.update(piece);
      whole.update(piece);
      at += bytesRead;
    }
    parts.push({ path, first, bytes: end - first, sha256: part.digest() });
  } while (at < bytes);
  if ((await file.stat()).size !== bytes || whole.digest('hex') !== sha256) throw changed(path);
  return parts;
};

const changed = (path: string): BackupFailure =>
  new BackupFailure('internal', 'file_changed', `${path} has changed since it was made.`);
