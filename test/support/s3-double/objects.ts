import { CHECKSUM_NAMES, checksumOf, md5Of } from './checksums.ts';
import {
  bucketOf,
  checksumHeaders,
  keptHeaders,
  refuseOverwrite,
  versionHeaders,
  type Answer,
  type Call,
} from './exchange.ts';
import { S3Error } from './s3-error.ts';
import type { Version } from './storage.ts';
import { documentOf, elementsOf, textOf, type Content } from './xml.ts';

const MOST_DELETED = 1_000;

export const putObject = (call: Call): Answer => {
  const bucket = bucketOf(call);
  refuseOverwrite(call, bucket);
  // S3 computes one itself where the client sends none.
  const own =
    Object.keys(call.checksums).length > 0
      ? call.checksums
      : { crc64nvme: checksumOf('crc64nvme', call.bytes) };
  const version = bucket.put({
    ...{ key: call.key, bytes: call.bytes, etag: md5Of(call.bytes, 'hex'), checksums: own },
    ...{ checksumType: 'FULL_OBJECT', headers: keptHeaders(call.headers), storedAt: call.now },
  });
  const headers = {
    ...checksumHeaders(own, 'FULL_OBJECT'),
    ...versionHeaders(version),
    etag: `"${version.etag}"`,
  };
  return { status: 200, headers };
};

export const getObject = (call: Call): Answer => {
  const version = bucketOf(call).get(call.key, call.query.get('versionId'));
  const range = call.headers.get('range');
  const piece = range === undefined ? null : pieceOf(version.bytes.length, range);
  const headers = headersOf(version, call, piece === null);
  if (piece === null) return { status: 200, headers, body: version.bytes };
  const { first, last } = piece;
  return {
    status: 206,
    headers: { ...headers, 'content-range': `bytes ${first}-${last}/${version.bytes.length}` },
    body: version.bytes.subarray(first, last + 1),
  };
};

export const headObject = (call: Call): Answer => {
  const version = bucketOf(call).get(call.key, call.query.get('versionId'));
  const headers = { ...headersOf(version, call, true), 'content-length': String(version.bytes.length) };
  return { status: 200, headers };
};

export const deleteObject = (call: Call): Answer => {
  const gone = bucketOf(call).delete(call.key, call.query.get('versionId'), call.now);
  const marker = gone?.isDeleteMarker ? { 'x-amz-delete-marker': 'true' } : {};
  return { status: 204, headers: gone ? { ...marker, ...versionHeaders(gone) } : {} };
};

export const deleteObjects = (call: Call): Answer => {
  const bucket = bucketOf(call);
  const isChecked = call.headers.has('content-md5') || CHECKSUM_NAMES.some(name => name in call.checksums);
  if (!isChecked)
    throw new S3Error('InvalidRequest', 'Missing required header for this request: Content-MD5');
  const xml = call.bytes.toString();
  const objects = elementsOf('Object', xml);
  if (objects.length === 0 || objects.length > MOST_DELETED)
    throw new S3Error('MalformedXML', 'The XML you provided was not well-formed');
  const isQuiet = textOf('Quiet', xml) === 'true';
  const deleted: Content[] = [];
  for (const object of objects) {
    const key = textOf('Key', object) ?? '';
    bucket.delete(key, textOf('VersionId', object), call.now);
    if (!isQuiet) deleted.push({ Key: key, VersionId: textOf('VersionId', object) });
  }
  return { status: 200, body: documentOf('DeleteResult', { Deleted: deleted }) };
};

const headersOf = (version: Version, { headers }: Call, isWhole: boolean): Record<string, string> => ({
  ...version.headers,
  ...versionHeaders(version),
  ...(isWhole && headers.get('x-amz-checksum-mode') === 'ENABLED'
    ? checksumHeaders(version.checksums, version.checksumType)
    : {}),
  etag: `"${version.etag}"`,
  'accept-ranges': 'bytes',
  'last-modified': version.storedAt.toUTCString(),
});

/** One range only, as S3 serves it; null for what it does not understand and passes over. */
const pieceOf = (length: number, range: string): { first: number; last: number } | null => {
  const [, from, to] = /^bytes=(\d*)-(\d*)$/.exec(range) ?? [];
  if (from === undefined || to === undefined || (from === '' && to === '')) return null;
  const first = from === '' ? Math.max(0, length - Number(to)) : Number(from);
  const last = from === '' || to === '' ? length - 1 : Math.min(Number(to), length - 1);
  if (first >= length || first > last)
    throw new S3Error('InvalidRange', 'The requested range is not satisfiable', {
      ActualObjectSize: String(length),
    });
  return { first, last };
};
