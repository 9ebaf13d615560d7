import { createHash } from 'node:crypto';
import { crc32 } from 'node:zlib';

const CRC32C_TABLE = Uint32Array.from({ length: 256 }, (_none, byte) => {
  let crc = byte;
  for (let bit = 0; bit < 8; bit++) crc = crc & 1 ? (crc >>> 1) ^ 0x82f63b78 : crc >>> 1;
  return crc >>> 0;
});

const crc32c = (bytes: Uint8Array): Buffer => {
  let crc = 0xffffffff;
  for (const byte of bytes) crc = (CRC32C_TABLE[(crc ^ byte) & 0xff] ?? 0) ^ (crc >>> 8);
  return fourBytes(crc ^ 0xffffffff);
};

// 64 bits as two halves: numbers above 2^53 would be a hundred times slower.
const CRC64_TABLE = Array.from({ length: 256 }, (_none, byte) => {
  let crc = BigInt(byte);
  for (let bit = 0; bit < 8; bit++) crc = crc & 1n ? (crc >> 1n) ^ 0x9a6c9329ac4bc9b5n : crc >> 1n;
  return crc;
});
const CRC64_HIGH = Uint32Array.from(CRC64_TABLE, crc => Number(crc >> 32n));
const CRC64_LOW = Uint32Array.from(CRC64_TABLE, crc => Number(crc & 0xffffffffn));

const crc64nvme = (bytes: Uint8Array): Buffer => {
  let high = 0xffffffff;
  let low = 0xffffffff;
  for (const byte of bytes) {
    const at = (low ^ byte) & 0xff;
    low = (((high << 24) | (low >>> 8)) ^ (CRC64_LOW[at] ?? 0)) >>> 0;
    high = ((high >>> 8) ^ (CRC64_HIGH[at] ?? 0)) >>> 0;
  }
  return Buffer.concat([fourBytes(high ^ 0xffffffff), fourBytes(low ^ 0xffffffff)]);
};

const fourBytes = (number: number): Buffer => {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32BE(number >>> 0);
  return bytes;
};

const hash = (algorithm: string) => (bytes: Uint8Array) => createHash(algorithm).update(bytes).digest();

const DIGESTS = {
  crc32: (bytes: Uint8Array) => fourBytes(crc32(bytes)),
  crc32c,
  crc64nvme,
  sha1: hash('sha1'),
  sha256: hash('sha256'),
} as const;

export type ChecksumName = keyof typeof DIGESTS;

export const CHECKSUM_NAMES = Object.keys(DIGESTS) as readonly ChecksumName[];

/** As S3 writes it: in base64. */
export const checksumOf = (name: ChecksumName, bytes: Uint8Array): string =>
  DIGESTS[name](bytes).toString('base64');

/** A checksum of the checksums of parts, for an object that was put together. */
export const compositeOf = (name: ChecksumName, parts: readonly string[]): string =>
  `${checksumOf(name, Buffer.concat(parts.map(part => Buffer.from(part, 'base64'))))}-${parts.length}`;

export const md5Of = (bytes: Uint8Array, encoding: 'hex' | 'base64'): string =>
  createHash('md5').update(bytes).digest(encoding);

export const sha256Hex = (bytes: Uint8Array | string): string =>
  createHash('sha256').update(bytes).digest('hex');
