import type { Checksums, VerifiedBody } from './body.ts';
import type { ChecksumName } from './checksums.ts';
import { S3Error } from './s3-error.ts';
import type { Bucket, Version } from './storage.ts';

/** A request whose sender and body are proven, and that is allowed. */
export interface Call extends VerifiedBody {
  readonly action: string;
  readonly buckets: Map<string, Bucket>;
  readonly bucketName: string;
  readonly key: string;
  readonly query: ReadonlyMap<string, string>;
  readonly headers: ReadonlyMap<string, string>;
  readonly region: string;
  readonly now: Date;
}

export interface Answer {
  readonly status: number;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: Buffer | string;
}

/** @throws {S3Error} NoSuchBucket */
export const bucketOf = ({ buckets, bucketName }: Pick<Call, 'buckets' | 'bucketName'>): Bucket => {
  const bucket = buckets.get(bucketName);
  if (!bucket)
    throw new S3Error('NoSuchBucket', 'The specified bucket does not exist', { BucketName: bucketName });
  return bucket;
};

/** @throws {S3Error} PreconditionFailed where only a new object is wanted and there is one. */
export const refuseOverwrite = ({ headers, key }: Call, bucket: Bucket): void => {
  const condition = headers.get('if-none-match');
  if (condition === undefined) return;
  if (condition !== '*')
    throw new S3Error(
      'NotImplemented',
      'A header you provided implies functionality that is not implemented',
    );
  const there = bucket.find(key);
  if (there && !there.isDeleteMarker)
    throw new S3Error('PreconditionFailed', 'At least one of the pre-conditions you specified did not hold', {
      Condition: 'If-None-Match',
    });
};

const KEPT =
  /^(content-(type|disposition|language)|cache-control|expires|x-amz-meta-.+|x-amz-object-lock-.+|x-amz-storage-class)$/;

/** What an object keeps of the request that stored it. */
export const keptHeaders = (headers: ReadonlyMap<string, string>): Readonly<Record<string, string>> => {
  // The framing of the request is no encoding of the object.
  const encodings = (headers.get('content-encoding') ?? '').split(',').map(name => name.trim());
  const encoding = encodings.filter(name => name !== '' && name !== 'aws-chunked').join(',');
  return {
    'content-type': 'binary/octet-stream',
    ...(encoding === '' ? {} : { 'content-encoding': encoding }),
    ...Object.fromEntries([...headers].filter(([name]) => KEPT.test(name))),
  };
};

export const checksumHeaders = (
  checksums: Checksums,
  type: Version['checksumType'],
): Record<string, string> => {
  const all = Object.entries(checksums).map(([name, value]) => [`x-amz-checksum-${name}`, value]);
  return all.length === 0 ? {} : { ...Object.fromEntries(all), 'x-amz-checksum-type': type };
};

/** As elements are called: `ChecksumCRC64NVME`. */
export const checksumElements = (checksums: Checksums): Record<string, string> =>
  Object.fromEntries(
    Object.entries(checksums).map(([name, value]) => [elementNameOf(name as ChecksumName), value]),
  );

export const elementNameOf = (name: ChecksumName): string => `Checksum${name.toUpperCase()}`;

export const versionHeaders = ({ versionId }: Version): Record<string, string> =>
  versionId === 'null' ? {} : { 'x-amz-version-id': versionId };
