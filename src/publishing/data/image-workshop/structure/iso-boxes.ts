/** One part of an ISO base media file (avif, heic, mp4). */
export interface Box {
  readonly type: string;
  /** Where its content begins. */
  readonly start: number;
  /** The first byte behind it. Beyond the end of the file when it is cut off. */
  readonly end: number;
}

const SIZE_AND_TYPE = 8;
const LONG_SIZE = 8;
/** Sizes with a meaning of their own: a longer one follows, or the box goes on to the end of the file. */
const LONG = 1;
const TO_THE_END = 0;

/** The box at `at`, or null when there is none: too few bytes, or a size that cannot be. */
export const boxAt = (file: Buffer, at: number): Box | null => {
  if (at + SIZE_AND_TYPE > file.length) return null;
  const type = file.toString('latin1', at + 4, at + 8);
  const size = file.readUInt32BE(at);
  if (size === TO_THE_END) return { type, start: at + SIZE_AND_TYPE, end: file.length };
  if (size !== LONG) return size < SIZE_AND_TYPE ? null : { type, start: at + SIZE_AND_TYPE, end: at + size };
  const start = at + SIZE_AND_TYPE + LONG_SIZE;
  if (start > file.length) return null;
  const longSize = Number(file.readBigUInt64BE(at + SIZE_AND_TYPE));
  return longSize < start - at ? null : { type, start, end: at + longSize };
};
