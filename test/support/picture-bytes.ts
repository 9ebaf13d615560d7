import { crc32 } from 'node:zlib';

// Pictures by their bytes, for what reads files part by part. Only the parts are right; there need be no pixels in them.

const text = (content: string): Buffer => Buffer.from(content, 'latin1');

const u16 = (value: number): Buffer => {
  const bytes = Buffer.alloc(2);
  bytes.writeUInt16BE(value);
  return bytes;
};

const u32 = (value: number): Buffer => {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32BE(value);
  return bytes;
};

const u32le = (value: number): Buffer => u32(value).reverse();

export const jpegSegment = (marker: number, content: Uint8Array): Buffer =>
  Buffer.concat([Buffer.from([0xff, marker]), u16(content.length + 2), content]);

const JPEG_START = Buffer.from([0xff, 0xd8]);
const JPEG_END = Buffer.from([0xff, 0xd9]);
const SCAN = Buffer.from([0x12, 0xff, 0x00, 0x34, 0xff, 0xd0, 0x56, 0xff, 0xff, 0x00]);

/** With stuffed bytes and a restart marker in its scan. */
export const jpegBytes = (...segments: readonly Buffer[]): Buffer =>
  Buffer.concat([JPEG_START, jpegSegment(0xe0, text('JFIF\0')), ...segments, jpegScan(), JPEG_END]);

export const jpegScan = (data: Buffer = SCAN): Buffer =>
  Buffer.concat([jpegSegment(0xda, Buffer.from([1, 1, 0, 0, 63, 0])), data]);

export const pngChunk = (type: string, content: Uint8Array = Buffer.alloc(0)): Buffer => {
  const typed = Buffer.concat([text(type), content]);
  return Buffer.concat([u32(content.length), typed, u32(crc32(typed))]);
};

export const PNG_HEAD = Buffer.from([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a]);

export const pngHeader = (width: number, height: number): Buffer =>
  pngChunk('IHDR', Buffer.concat([u32(width), u32(height), Buffer.from([8, 2, 0, 0, 0])]));

export const pngBytes = (...chunks: readonly Buffer[]): Buffer =>
  Buffer.concat([PNG_HEAD, pngHeader(1, 1), ...chunks, pngChunk('IEND')]);

/** Puts a chunk behind the header of a png. */
export const withPngChunk = (png: Buffer, chunk: Buffer): Buffer =>
  Buffer.concat([png.subarray(0, 33), chunk, png.subarray(33)]);

/** Two colours, and frames of one pixel, unless others are given. */
export const gifBytes = ({
  width = 1,
  height = 1,
  frames = [gifFrame()],
}: { width?: number; height?: number; frames?: readonly Buffer[] } = {}): Buffer =>
  Buffer.concat([
    text('GIF89a'),
    u16(width).reverse(),
    u16(height).reverse(),
    Buffer.from([0x80, 0, 0, 0, 0, 0, 255, 255, 255]),
    ...frames,
    Buffer.from([0x3b]),
  ]);

export const gifFrame = (width = 1, height = 1): Buffer =>
  Buffer.concat([
    Buffer.from([0x2c, 0, 0, 0, 0]),
    u16(width).reverse(),
    u16(height).reverse(),
    Buffer.from([0, 2, 2, 0x4c, 1, 0]),
  ]);

export const gifComment = (comment: string): Buffer =>
  Buffer.concat([Buffer.from([0x21, 0xfe, comment.length]), text(comment), Buffer.from([0])]);

export const webpChunk = (type: string, content: Uint8Array): Buffer =>
  Buffer.concat([text(type), u32le(content.length), content, Buffer.alloc(content.length % 2)]);

export const webpBytes = (...chunks: readonly Buffer[]): Buffer => {
  const content = Buffer.concat([text('WEBP'), ...chunks]);
  return Buffer.concat([text('RIFF'), u32le(content.length), content]);
};

export const isoBox = (type: string, content: Uint8Array = Buffer.alloc(0)): Buffer =>
  Buffer.concat([u32(content.length + 8), text(type), content]);

/** A brand, a version, and the brands it is compatible with. */
export const isoHead = (brand: string, ...compatible: readonly string[]): Buffer =>
  isoBox('ftyp', Buffer.concat([text(brand), u32(0), ...compatible.map(text)]));

export const avifBytes = (): Buffer =>
  Buffer.concat([
    isoHead('avif', 'mif1', 'miaf'),
    isoBox('meta', Buffer.alloc(20)),
    isoBox('mdat', Buffer.alloc(9)),
  ]);

export const aShortVideo = (): Buffer =>
  Buffer.concat([
    isoHead('isom', 'mp42'),
    isoBox('moov', Buffer.alloc(30)),
    isoBox('mdat', Buffer.alloc(50, 7)),
  ]);

/** What Samsung's cameras put behind a picture: one block of data and the directory that leads to it. */
export const aSamsungTrailer = (data: Uint8Array = aShortVideo()): Buffer => {
  const name = text('MotionPhoto_Data');
  const block = Buffer.concat([Buffer.from([0, 0, 0x30, 0x0a]), u32le(name.length), name, data]);
  const entry = Buffer.concat([Buffer.from([0, 0, 0x30, 0x0a]), u32le(block.length), u32le(block.length)]);
  const directory = Buffer.concat([text('SEFH'), u32le(106), u32le(1), entry]);
  return Buffer.concat([block, directory, u32le(directory.length), text('SEFT')]);
};

/** One stored file, as an archiver writes it. */
export const aZip = (name = 'a.txt', content = 'hello'): Buffer => {
  // Version, flags, method, time, date, checksum, both lengths, length of the name.
  const facts = Buffer.alloc(26);
  facts.writeUInt16LE(20);
  facts.writeUInt32LE(crc32(content), 10);
  facts.writeUInt32LE(content.length, 14);
  facts.writeUInt32LE(content.length, 18);
  facts.writeUInt16LE(name.length, 22);
  const file = Buffer.concat([text('PK\x03\x04'), facts, text(name), text(content)]);
  const directory = Buffer.concat([
    text('PK\x01\x02'),
    u16(20).reverse(),
    facts,
    Buffer.alloc(14),
    text(name),
  ]);
  const lengths = [u32le(directory.length), u32le(file.length), u16(0)];
  return Buffer.concat([
    file,
    directory,
    text('PK\x05\x06'),
    Buffer.from([0, 0, 0, 0, 1, 0, 1, 0]),
    ...lengths,
  ]);
};
