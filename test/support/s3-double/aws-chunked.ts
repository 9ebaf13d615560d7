import { sha256Hex } from './checksums.ts';
import { S3Error } from './s3-error.ts';
import { hmac, isSame, type Credentials, type Proof } from './sigv4.ts';

export interface Decoded {
  readonly bytes: Buffer;
  readonly trailers: ReadonlyMap<string, string>;
}

const EMPTY = sha256Hex('');
const LINE_END = '\r\n';

/**
 * Takes the framing off a body of `STREAMING-...`: pieces with their length, signed each or not, and trailers.
 * @throws {S3Error} for a piece that is cut, or not the one that was signed.
 */
export const decodeChunked = (body: Buffer, proof: Proof<Credentials>): Decoded => {
  const isSigned = proof.payload.startsWith('STREAMING-AWS4-HMAC-SHA256-PAYLOAD');
  const pieces: Buffer[] = [];
  let at = 0;
  let previous = proof.signature;
  const line = (): string => {
    const end = body.indexOf(LINE_END, at);
    if (end < 0) throw new S3Error('IncompleteBody', 'The request body terminated unexpectedly');
    const text = body.toString('latin1', at, end);
    at = end + LINE_END.length;
    return text;
  };

  for (;;) {
    const [, length = '', signature] =
      /^([0-9a-fA-F]+)(?:;chunk-signature=([0-9a-f]{64}))?$/.exec(line()) ?? [];
    if (length === '') throw new S3Error('InvalidRequest', 'The chunk is malformed.');
    const size = parseInt(length, 16);
    const piece = body.subarray(at, at + size);
    if (piece.length !== size)
      throw new S3Error('IncompleteBody', 'The request body terminated unexpectedly');
    if (isSigned) previous = checkChunk(piece, signature, previous, proof);
    if (size === 0) break;
    pieces.push(piece);
    at += size;
    if (line() !== '') throw new S3Error('IncompleteBody', 'A chunk is longer than it says');
  }

  const trailers = new Map<string, string>();
  if (!proof.payload.endsWith('-TRAILER')) return { bytes: Buffer.concat(pieces), trailers };
  while (at < body.length) {
    const text = line();
    if (text === '') break;
    const colon = text.indexOf(':');
    trailers.set(text.slice(0, colon).toLowerCase(), text.slice(colon + 1).trim());
  }
  if (isSigned) checkTrailers(trailers, previous, proof);
  trailers.delete('x-amz-trailer-signature');
  return { bytes: Buffer.concat(pieces), trailers };
};

const checkChunk = (
  piece: Buffer,
  signature: string | undefined,
  previous: string,
  { key, date, scope }: Proof<Credentials>,
): string => {
  const text = ['AWS4-HMAC-SHA256-PAYLOAD', date, scope, previous, EMPTY, sha256Hex(piece)].join('\n');
  return checked(hmac(key, text).toString('hex'), signature);
};

const checkTrailers = (
  trailers: ReadonlyMap<string, string>,
  previous: string,
  { key, date, scope }: Proof<Credentials>,
): void => {
  const lines = [...trailers]
    .filter(([name]) => name !== 'x-amz-trailer-signature')
    .map(([name, value]) => `${name}:${value}\n`)
    .sort();
  const text = ['AWS4-HMAC-SHA256-TRAILER', date, scope, previous, sha256Hex(lines.join(''))].join('\n');
  checked(hmac(key, text).toString('hex'), trailers.get('x-amz-trailer-signature'));
};

const checked = (expected: string, signature: string | undefined): string => {
  if (signature === undefined || !isSame(expected, signature))
    throw new S3Error('SignatureDoesNotMatch', 'The signature of a chunk does not match.');
  return expected;
};
