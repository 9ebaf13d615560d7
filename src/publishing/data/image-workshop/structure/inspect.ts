import { Refused, UNKNOWN_KIND } from '../refused.ts';
import { gifStructure, isGif } from './gif-structure.ts';
import type { ImageStructure } from './image-structure.ts';
import { avifStructure, isIsoMedia } from './avif-structure.ts';
import { isJpeg, jpegStructure } from './jpeg-structure.ts';
import { isPng, pngStructure } from './png-structure.ts';
import { refuseSecondKind } from './second-kind.ts';
import { refuseTrailingData } from './trailing-data.ts';
import { isWebp, webpStructure } from './webp-structure.ts';

interface Kind {
  readonly isOne: (file: Buffer) => boolean;
  readonly structureOf: (file: Buffer) => ImageStructure;
}

const KINDS: readonly Kind[] = [
  { isOne: isJpeg, structureOf: jpegStructure },
  { isOne: isPng, structureOf: pngStructure },
  { isOne: isGif, structureOf: gifStructure },
  { isOne: isWebp, structureOf: webpStructure },
  { isOne: isIsoMedia, structureOf: avifStructure },
];

/**
 * Walks over a file from part to part, as far as its picture goes. Decoders stop there and never look at the rest, so
 * whatever else a file may be for other programs has to be found here.
 * @throws {Refused}
 */
export const inspect = (file: Buffer): ImageStructure => {
  if (file.length === 0) throw new Refused('the file is empty.');
  const kind = KINDS.find(({ isOne }) => isOne(file));
  if (!kind) throw new Refused(UNKNOWN_KIND);
  const structure = kind.structureOf(file);
  refuseTrailingData(file, structure.end);
  refuseSecondKind(file, structure.end);
  return structure;
};
