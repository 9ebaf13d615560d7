import type { FileHandle } from 'node:fs/promises';

/** All of the bytes: one call may write less than it was given. */
export const writeWhole = async (file: FileHandle, bytes: Uint8Array): Promise<void> => {
  for (let at = 0; at < bytes.length;) at += (await file.write(bytes, at)).bytesWritten;
};
