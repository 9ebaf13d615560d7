import { DAMAGED, Refused } from '../refused.ts';
import type { ImageStructure } from './image-structure.ts';
import { jpegQuality } from './jpeg-quality.ts';

const START_OF_IMAGE = 0xd8;
const END_OF_IMAGE = 0xd9;
const START_OF_SCAN = 0xda;
const QUANTISATION_TABLES = 0xdb;

/** At `at` begins a jpeg: the marker that starts one, and the first byte of the next marker. */
export const isJpeg = (file: Buffer, at = 0): boolean =>
  file[at] === 0xff && file[at + 1] === START_OF_IMAGE && file[at + 2] === 0xff;

/** @throws {Refused} when it has no end. */
export const jpegStructure = (file: Buffer, start = 0): ImageStructure => {
  let quality: number | undefined;
  let at = start + 2;
  for (;;) {
    at = nextMarker(file, at);
    const marker = file[at - 1];
    if (marker === END_OF_IMAGE)
      return { format: 'jpeg', end: at, ...(quality !== undefined && { quality }) };
    if (isAlone(marker)) continue;
    const length = at + 2 <= file.length ? file.readUInt16BE(at) : 0;
    if (length < 2 || at + length > file.length) throw new Refused(DAMAGED);
    if (marker === QUANTISATION_TABLES) quality ??= jpegQuality(file.subarray(at + 2, at + length));
    at += length;
    if (marker === START_OF_SCAN) at = endOfScan(file, at);
  }
};

/** @returns the first byte behind the marker. Bytes before it that belong to nothing are skipped, as decoders do. */
const nextMarker = (file: Buffer, from: number): number => {
  let at = file.indexOf(0xff, from);
  while (at >= 0) {
    while (file[at] === 0xff) at += 1;
    if (at >= file.length) break;
    if (file[at] !== 0) return at + 1;
    at = file.indexOf(0xff, at);
  }
  throw new Refused(DAMAGED);
};

/** @returns the first byte of the marker that ends the compressed data: one that is no stuffed byte and no restart. */
const endOfScan = (file: Buffer, from: number): number => {
  let at = from;
  for (;;) {
    at = file.indexOf(0xff, at);
    const next = at < 0 ? undefined : file[at + 1];
    if (next === undefined) throw new Refused(DAMAGED);
    if (next !== 0 && next !== 0xff && !isRestart(next)) return at;
    at += next === 0xff ? 1 : 2;
  }
};

const isRestart = (marker: number): boolean => marker >= 0xd0 && marker <= 0xd7;

/** Markers without a length and content. */
const isAlone = (marker: number | undefined): boolean =>
  marker !== undefined && (isRestart(marker) || marker === START_OF_IMAGE || marker === 0x01);
