import { Refused, SECOND_KIND } from '../refused.ts';

/** Browsers guess what a file is from its first kilobyte, and readers of PDF accept their head anywhere in it. */
const HEAD = 1024;
const MARKUP = /%pdf-|<!doctype|<html|<head|<body|<script|<iframe|<svg|<\?php/i;
/** The end of a zip file is looked for in its last bytes: 22 of the record itself and a comment of up to 65535. */
const ZIP_TAIL = 22 + 65_535;
const ZIP_END = Buffer.from('PK\x05\x06', 'latin1');
const ZIP_FILE = Buffer.from('PK\x03\x04', 'latin1');

/**
 * A picture may be a valid file of another kind at the same time: a page, a document, an archive.
 * @param end where the picture ends.
 * @throws {Refused}
 */
export const refuseSecondKind = (file: Buffer, end: number): void => {
  const isMarkup = MARKUP.test(file.toString('latin1', 0, HEAD)) || MARKUP.test(file.toString('latin1', end));
  if (isMarkup || isZip(file) || file.indexOf(ZIP_FILE, end) >= 0) throw new Refused(SECOND_KIND);
};

// Four bytes alone may stand in compressed pixels by chance, so what follows them has to make sense too.
const isZip = (file: Buffer): boolean => {
  const from = Math.max(0, file.length - ZIP_TAIL);
  return (
    allOf(file, ZIP_END, from).some(at => isZipEnd(file, at)) ||
    allOf(file, ZIP_FILE, from).some(at => isZippedFile(file, at))
  );
};

const allOf = (file: Buffer, pattern: Buffer, from: number): readonly number[] => {
  const found: number[] = [];
  for (let at = file.indexOf(pattern, from); at >= 0; at = file.indexOf(pattern, at + 1)) found.push(at);
  return found;
};

/** Holds one directory on one disk, which is as long as is said and lies before it. */
const isZipEnd = (file: Buffer, at: number): boolean => {
  if (at + 22 > file.length) return false;
  const [disk, entriesHere, entries] = [4, 8, 10].map(offset => file.readUInt16LE(at + offset));
  const directoryLength = file.readUInt32LE(at + 12);
  const isLong = directoryLength === 0xffff_ffff;
  return disk === 0xffff || (disk === 0 && entriesHere === entries && (isLong || directoryLength <= at));
};

/** Needs a version that exists (up to 6.3), is stored or deflated or compressed by one of the later ways, has a name. */
const isZippedFile = (file: Buffer, at: number): boolean => {
  if (at + 30 > file.length) return false;
  const [version = 0, method = 0, name = 0] = [4, 8, 26].map(offset => file.readUInt16LE(at + offset));
  return version <= 63 && (method <= 20 || (method >= 93 && method <= 99)) && name > 0 && name <= 4096;
};
