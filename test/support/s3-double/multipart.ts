import { randomBytes } from 'node:crypto';
import type { Checksums } from './body.ts';
import { CHECKSUM_NAMES, checksumOf, compositeOf, md5Of } from './checksums.ts';
import {
  bucketOf,
  checksumElements,
  checksumHeaders,
  elementNameOf,
  keptHeaders,
  refuseOverwrite,
  type Answer,
  type Call,
} from './exchange.ts';
import { S3Error } from './s3-error.ts';
import type { Part, Upload } from './storage.ts';
import { documentOf, elementsOf, textOf } from './xml.ts';

const LEAST_PART_BYTES = 5 * 1_024 * 1_024;
const MOST_PARTS = 10_000;

export const createMultipartUpload = (call: Call): Answer => {
  const bucket = bucketOf(call);
  const id = randomBytes(16).toString('hex');
  const headers = keptHeaders(call.headers);
  bucket.uploads.set(id, { id, key: call.key, headers, begunAt: call.now, parts: new Map() });
  const body = documentOf('InitiateMultipartUploadResult', {
    Bucket: bucket.name,
    Key: call.key,
    UploadId: id,
  });
  return { status: 200, body };
};

export const uploadPart = (call: Call): Answer => {
  const upload = uploadOf(call);
  const number = Number(call.query.get('partNumber'));
  if (!Number.isInteger(number) || number < 1 || number > MOST_PARTS)
    throw new S3Error('InvalidArgument', 'Part number must be an integer between 1 and 10000, inclusive');
  const etag = md5Of(call.bytes, 'hex');
  upload.parts.set(number, {
    number,
    bytes: call.bytes,
    etag,
    checksums: call.checksums,
    storedAt: call.now,
  });
  return { status: 200, headers: { ...checksumHeaders(call.checksums, 'COMPOSITE'), etag: `"${etag}"` } };
};

export const completeMultipartUpload = (call: Call): Answer => {
  const bucket = bucketOf(call);
  const upload = uploadOf(call);
  const parts = chosenParts(upload, call.bytes.toString());
  refuseOverwrite(call, bucket);
  const bytes = Buffer.concat(parts.map(part => part.bytes));
  const digests = Buffer.concat(parts.map(part => Buffer.from(part.etag, 'hex')));
  const etag = `${md5Of(digests, 'hex')}-${parts.length}`;
  const checksums = togetherOf(parts);
  const checksumType = Object.keys(checksums).length > 0 ? 'COMPOSITE' : 'FULL_OBJECT';
  const whole = checksumType === 'COMPOSITE' ? checksums : { crc64nvme: checksumOf('crc64nvme', bytes) };
  bucket.put({
    ...{ key: upload.key, bytes, etag, checksums: whole, checksumType },
    ...{ headers: upload.headers, storedAt: call.now },
  });
  bucket.uploads.delete(upload.id);
  return {
    status: 200,
    body: documentOf('CompleteMultipartUploadResult', {
      ...{ Bucket: bucket.name, Key: upload.key, ETag: `"${etag}"`, ChecksumType: checksumType },
      ...checksumElements(whole),
    }),
  };
};

export const abortMultipartUpload = (call: Call): Answer => {
  bucketOf(call).uploads.delete(uploadOf(call).id);
  return { status: 204 };
};

export const listMultipartUploads = (call: Call): Answer => {
  const bucket = bucketOf(call);
  const uploads = [...bucket.uploads.values()].filter(({ key }) =>
    key.startsWith(call.query.get('prefix') ?? ''),
  );
  const shown = uploads.map(({ id, key, begunAt }) => ({
    Key: key,
    UploadId: id,
    Initiated: begunAt.toISOString(),
  }));
  const body = documentOf('ListMultipartUploadsResult', {
    Bucket: bucket.name,
    IsTruncated: false,
    Upload: shown,
  });
  return { status: 200, body };
};

export const listParts = (call: Call): Answer => {
  const upload = uploadOf(call);
  const shown = [...upload.parts.values()]
    .sort((one, other) => one.number - other.number)
    .map(({ number, bytes, etag, checksums, storedAt }) => ({
      ...{ PartNumber: number, ETag: `"${etag}"`, Size: bytes.length, LastModified: storedAt.toISOString() },
      ...checksumElements(checksums),
    }));
  const body = documentOf('ListPartsResult', {
    Key: upload.key,
    UploadId: upload.id,
    IsTruncated: false,
    Part: shown,
  });
  return { status: 200, body };
};

const uploadOf = (call: Call): Upload => {
  const upload = bucketOf(call).uploads.get(call.query.get('uploadId') ?? '');
  if (upload?.key === call.key) return upload;
  throw new S3Error('NoSuchUpload', 'The specified upload does not exist.');
};

/** The parts that the client wants, in order and as it knows them. */
const chosenParts = (upload: Upload, xml: string): readonly Part[] => {
  const wanted = elementsOf('Part', xml);
  if (wanted.length === 0) throw new S3Error('MalformedXML', 'The XML you provided was not well-formed');
  const chosen: Part[] = [];
  for (const [index, inside] of wanted.entries()) {
    const part = upload.parts.get(Number(textOf('PartNumber', inside)));
    if (!part || textOf('ETag', inside)?.replaceAll('"', '') !== part.etag || !agreesWith(part, inside))
      throw new S3Error('InvalidPart', 'One or more of the specified parts could not be found.');
    if (part.number <= (chosen.at(-1)?.number ?? 0))
      throw new S3Error('InvalidPartOrder', 'The list of parts was not in ascending order.');
    if (index < wanted.length - 1 && part.bytes.length < LEAST_PART_BYTES)
      throw new S3Error('EntityTooSmall', 'Your proposed upload is smaller than the minimum allowed size');
    chosen.push(part);
  }
  return chosen;
};

const agreesWith = ({ checksums }: Part, inside: string): boolean =>
  CHECKSUM_NAMES.every(name => {
    const said = textOf(elementNameOf(name), inside);
    return said === undefined || said === checksums[name];
  });

const togetherOf = (parts: readonly Part[]): Checksums => {
  const name = CHECKSUM_NAMES.find(each => parts.every(({ checksums }) => checksums[each] !== undefined));
  return name
    ? {
        [name]: compositeOf(
          name,
          parts.map(({ checksums }) => checksums[name] ?? ''),
        ),
      }
    : {};
};
