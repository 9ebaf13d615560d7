import { Refused, TRAILING_DATA } from '../refused.ts';
import { boxAt } from './iso-boxes.ts';
import { isJpeg, jpegStructure } from './jpeg-structure.ts';

// Zeros, blanks and line breaks, and the byte that flash memory is filled with.
const PADDING = new Set([0x00, 0x09, 0x0a, 0x0d, 0x20, 0xff]);
const VIDEO_PARTS = new Set(['ftyp', 'moov', 'mdat', 'free', 'skip', 'uuid', 'wide', 'udta', 'meta']);
const SAMSUNG_TAIL = 8;
/** Of the directory; its head is as long. */
const SAMSUNG_ENTRY = 12;

/**
 * Behind the picture may only stand what cameras put there: further pictures of the same shot (CIPA DC-007: previews,
 * gain maps), a short video, Samsung's own directory, and padding between them.
 * @throws {Refused} when anything else follows.
 */
export const refuseTrailingData = (file: Buffer, end: number): void => {
  let from = end;
  for (let at = behindPadding(file, from); at < file.length; at = behindPadding(file, from)) {
    const next = behindJpeg(file, at) ?? behindVideo(file, from, at) ?? behindSamsungTrailer(file, from, at);
    if (next === null) throw new Refused(TRAILING_DATA);
    from = next;
  }
};

const behindPadding = (file: Buffer, from: number): number => {
  let at = from;
  while (at < file.length && PADDING.has(file[at] ?? -1) && !isJpeg(file, at)) at += 1;
  return at;
};

const behindJpeg = (file: Buffer, at: number): number | null =>
  isJpeg(file, at) ? jpegStructure(file, at).end : null;

// The size of its first box begins with zeros, which look like padding.
const behindVideo = (file: Buffer, from: number, at: number): number | null => {
  const start = file.indexOf('ftyp', Math.max(from, at - 4) + 4, 'latin1') - 4;
  if (start < from || start > at) return null;
  let end = start;
  for (let box = boxAt(file, end); box && VIDEO_PARTS.has(box.type); box = boxAt(file, end)) {
    if (box.end > file.length) return null;
    end = box.end;
  }
  return end > at ? end : null;
};

/**
 * Blocks of data, then a directory that begins with `SEFH`, then the directory's length and `SEFT` as the last bytes of
 * the file. The directory says where each block begins, counted back from itself. A block begins with two zeros, which
 * look like padding.
 */
const behindSamsungTrailer = (file: Buffer, from: number, at: number): number | null => {
  const tail = behindContent(file) - SAMSUNG_TAIL;
  if (tail < at || file.toString('latin1', tail + 4, tail + 8) !== 'SEFT') return null;
  const directory = tail - file.readUInt32LE(tail);
  if (directory < from || directory + SAMSUNG_ENTRY > tail) return null;
  if (file.toString('latin1', directory, directory + 4) !== 'SEFH') return null;
  const entriesEnd = directory + SAMSUNG_ENTRY * (1 + file.readUInt32LE(directory + 8));
  if (entriesEnd > tail) return null;
  let begin = directory;
  for (let entry = directory + SAMSUNG_ENTRY; entry < entriesEnd; entry += SAMSUNG_ENTRY)
    begin = Math.min(begin, directory - file.readUInt32LE(entry + 4));
  return begin >= from && begin <= at ? tail + SAMSUNG_TAIL : null;
};

const behindContent = (file: Buffer): number => {
  let end = file.length;
  while (end > 0 && file[end - 1] === 0) end -= 1;
  return end;
};
