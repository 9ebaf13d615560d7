import { DAMAGED, Refused } from '../refused.ts';
import type { ImageStructure } from './image-structure.ts';

const SIGNATURE = Buffer.from([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a]);
const LENGTH_TYPE_AND_CHECKSUM = 12;

export const isPng = (file: Buffer): boolean => file.subarray(0, SIGNATURE.length).equals(SIGNATURE);

/** @throws {Refused} when a chunk is cut off. */
export const pngStructure = (file: Buffer): ImageStructure => {
  let at = SIGNATURE.length;
  while (at + LENGTH_TYPE_AND_CHECKSUM <= file.length) {
    const type = file.toString('latin1', at + 4, at + 8);
    at += LENGTH_TYPE_AND_CHECKSUM + file.readUInt32BE(at);
    if (at > file.length) break;
    if (type === 'IEND') return { format: 'png', end: at };
  }
  throw new Refused(DAMAGED);
};
