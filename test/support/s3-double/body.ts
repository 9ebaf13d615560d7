import { decodeChunked } from './aws-chunked.ts';
import { CHECKSUM_NAMES, checksumOf, md5Of, sha256Hex, type ChecksumName } from './checksums.ts';
import { S3Error } from './s3-error.ts';
import type { Credentials, Proof, SignedRequest } from './sigv4.ts';

export type Checksums = Readonly<Partial<Record<ChecksumName, string>>>;

export interface VerifiedBody {
  readonly bytes: Buffer;
  /** Those that the client sent, and that are right. */
  readonly checksums: Checksums;
}

/** The body without framing, held against everything the client says of it. @throws {S3Error} */
export const verifyBody = (
  { headers }: Pick<SignedRequest, 'headers'>,
  body: Buffer,
  proof: Proof<Credentials>,
): VerifiedBody => {
  const { bytes, said } = unframed(headers, body, proof);
  const md5 = headers.get('content-md5');
  if (md5 !== undefined && Buffer.from(md5, 'base64').length !== 16)
    throw new S3Error('InvalidDigest', 'The Content-MD5 you specified was invalid.');
  if (md5 !== undefined && md5 !== md5Of(bytes, 'base64'))
    throw new S3Error('BadDigest', 'The Content-MD5 you specified did not match what we received.');

  const names = CHECKSUM_NAMES.filter(name => said.has(`x-amz-checksum-${name}`));
  if (names.length > 1) throw new S3Error('InvalidRequest', 'Expecting a single x-amz-checksum- header.');
  const checksums: Partial<Record<ChecksumName, string>> = {};
  for (const name of names) {
    const value = said.get(`x-amz-checksum-${name}`) ?? '';
    const right = checksumOf(name, bytes);
    if (value.length !== right.length)
      throw new S3Error('InvalidRequest', `Value for x-amz-checksum-${name} header is invalid.`);
    if (value !== right)
      throw new S3Error(
        'BadDigest',
        `The ${name.toUpperCase()} you specified did not match the calculated checksum.`,
      );
    checksums[name] = right;
  }
  return { bytes, checksums };
};

const unframed = (
  headers: ReadonlyMap<string, string>,
  body: Buffer,
  proof: Proof<Credentials>,
): { readonly bytes: Buffer; readonly said: ReadonlyMap<string, string> } => {
  if (!proof.payload.startsWith('STREAMING-')) {
    if (proof.payload !== 'UNSIGNED-PAYLOAD' && proof.payload !== sha256Hex(body))
      throw new S3Error(
        'XAmzContentSHA256Mismatch',
        "The provided 'x-amz-content-sha256' does not match what was computed.",
      );
    return { bytes: body, said: headers };
  }
  const length = headers.get('x-amz-decoded-content-length');
  if (length === undefined)
    throw new S3Error('MissingContentLength', 'You must provide x-amz-decoded-content-length.');
  const { bytes, trailers } = decodeChunked(body, proof);
  if (bytes.length !== Number(length))
    throw new S3Error('IncompleteBody', 'You did not provide the number of bytes specified by the header.');
  const announced = (headers.get('x-amz-trailer') ?? '').split(',').filter(name => name !== '');
  if (announced.sort().join() !== [...trailers.keys()].sort().join())
    throw new S3Error('InvalidRequest', 'The trailers are not those that were announced.');
  return { bytes, said: new Map([...headers, ...trailers]) };
};
