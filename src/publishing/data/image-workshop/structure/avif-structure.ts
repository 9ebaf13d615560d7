import { DAMAGED, Refused, UNKNOWN_KIND } from '../refused.ts';
import type { ImageStructure } from './image-structure.ts';
import { boxAt, type Box } from './iso-boxes.ts';

const BRAND = 4;
const BRANDS = new Set(['avif', 'avis']);
/** The boxes that stand at the top of a picture or of a sequence of pictures. Whatever else does is not part of it. */
const PARTS = new Set(['ftyp', 'meta', 'mdat', 'moov', 'free', 'skip', 'uuid']);

export const isIsoMedia = (file: Buffer): boolean => file.toString('latin1', 4, 8) === 'ftyp';

/** @throws {Refused} when it is another kind of media (heic, mp4), or a box is cut off or missing. */
export const avifStructure = (file: Buffer): ImageStructure => {
  const first = boxAt(file, 0);
  if (!first || first.end > file.length) throw new Refused(DAMAGED);
  if (!isAvif(file, first)) throw new Refused(UNKNOWN_KIND);
  const found = new Set<string>();
  let end = first.end;
  for (let box = boxAt(file, end); box && PARTS.has(box.type); box = boxAt(file, end)) {
    if (box.end > file.length) throw new Refused(DAMAGED);
    found.add(box.type);
    end = box.end;
  }
  if (!(found.has('meta') || found.has('moov')) || !found.has('mdat')) throw new Refused(DAMAGED);
  return { format: 'avif', end };
};

/** The brand it was written as, then a version, then all that it is compatible with. */
const isAvif = (file: Buffer, { start, end }: Box): boolean => {
  for (let at = start; at + BRAND <= end; at += BRAND)
    if (BRANDS.has(file.toString('latin1', at, at + BRAND)) && at !== start + BRAND) return true;
  return false;
};
