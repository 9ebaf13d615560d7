import { DAMAGED, Refused } from '../refused.ts';
import type { ImageStructure } from './image-structure.ts';

const RIFF_HEADER = 12;
const CHUNK_HEADER = 8;
// What stands in a frame of an animation before the chunks that hold its pixels.
const FRAME_HEADER = 16;

export const isWebp = (file: Buffer): boolean =>
  file.toString('latin1', 0, 4) === 'RIFF' && file.toString('latin1', 8, 12) === 'WEBP';

/** @throws {Refused} when it is longer than the file, or its chunks do not fill it. */
export const webpStructure = (file: Buffer): ImageStructure => {
  const end = CHUNK_HEADER + file.readUInt32LE(4);
  if (end > file.length) throw new Refused(DAMAGED);
  const pixels = [...chunksOf(file, RIFF_HEADER, end)].flatMap(({ type, start, end: frameEnd }) =>
    type === 'ANMF' ? [...chunksOf(file, start + FRAME_HEADER, frameEnd)].map(chunk => chunk.type) : [type],
  );
  // Chunks have an even length; some writers do not count the last byte that makes it so.
  const padding = end % 2 === 1 && file[end] === 0 ? 1 : 0;
  return {
    format: 'webp',
    end: end + padding,
    isLossless: pixels.includes('VP8L') && !pixels.includes('VP8 '),
  };
};

interface Chunk {
  readonly type: string;
  readonly start: number;
  readonly end: number;
}

const chunksOf = function* (file: Buffer, from: number, to: number): Generator<Chunk> {
  let at = from;
  while (at + CHUNK_HEADER <= to) {
    const start = at + CHUNK_HEADER;
    const length = file.readUInt32LE(at + 4);
    if (start + length > to) throw new Refused(DAMAGED);
    yield { type: file.toString('latin1', at, at + 4), start, end: start + length };
    at = start + length + (length % 2);
  }
};
