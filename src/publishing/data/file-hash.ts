import { createHash } from 'node:crypto';
import { open } from 'node:fs/promises';
import type { LocalFile } from '../services/asset-store.ts';

const PIECE_BYTES = 65_536;

/**
 * Read through one small buffer, so that eight large files at once leave no garbage.
 * @throws when the file is not as large as it should be: somebody else has changed it.
 */
export const sha256Of = async ({ path, bytes }: LocalFile): Promise<Buffer> => {
  const hash = createHash('sha256');
  const piece = Buffer.allocUnsafe(PIECE_BYTES);
  await using file = await open(path, 'r');
  let total = 0;
  for (;;) {
    const { bytesRead } = await file.read(piece, 0, PIECE_BYTES);
    if (bytesRead === 0) break;
    hash.update(piece.subarray(0, bytesRead));
    total += bytesRead;
  }
  if (total !== bytes) throw new Error(`The file has ${total} bytes instead of ${bytes}.`);
  return hash.digest();
};
