import { DAMAGED, Refused, SECOND_KIND } from '../refused.ts';
import type { ImageStructure } from './image-structure.ts';

const HEADER_AND_SCREEN = 13;
const IMAGE_DESCRIPTOR = 10;
const IMAGE = 0x2c;
const EXTENSION = 0x21;
const TRAILER = 0x3b;

export const isGif = (file: Buffer): boolean => /^GIF8[79]a$/.test(file.toString('latin1', 0, 6));

/** @throws {Refused} when a block is cut off, or there is no end. */
export const gifStructure = (file: Buffer): ImageStructure => {
  // A script reads the whole head as the name of a variable, and a width of 10799 as the begin of a comment.
  if (file.toString('latin1', 6, 8) === '/*') throw new Refused(SECOND_KIND);
  let at = HEADER_AND_SCREEN + colourTable(file, 10);
  while (at < file.length) {
    const block = file[at];
    if (block === TRAILER) return { format: 'gif', end: at + 1 };
    if (block === EXTENSION) at = behindSubBlocks(file, at + 2);
    // The byte behind the colours says how long the codes of the compressed data are.
    else if (block === IMAGE)
      at = behindSubBlocks(file, at + IMAGE_DESCRIPTOR + colourTable(file, at + 9) + 1);
    else throw new Refused(DAMAGED);
  }
  throw new Refused(DAMAGED);
};

const colourTable = (file: Buffer, flagsAt: number): number => {
  const flags = file[flagsAt] ?? 0;
  return (flags & 0x80) === 0 ? 0 : 3 * 2 ** ((flags & 0x07) + 1);
};

const behindSubBlocks = (file: Buffer, from: number): number => {
  let at = from;
  for (;;) {
    const length = file[at];
    if (length === undefined) throw new Refused(DAMAGED);
    at += 1 + length;
    if (length === 0) return at;
  }
};
