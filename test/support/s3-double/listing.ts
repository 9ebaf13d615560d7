import { bucketOf, type Answer, type Call } from './exchange.ts';
import { S3Error } from './s3-error.ts';
import { encoded } from './sigv4.ts';
import { documentOf } from './xml.ts';

const MOST = 1_000;

export const listObjectsV2 = (call: Call): Answer => {
  const bucket = bucketOf(call);
  const { query } = call;
  const prefix = query.get('prefix') ?? '';
  const delimiter = query.get('delimiter') ?? '';
  const token = query.get('continuation-token');
  const after = token === undefined ? (query.get('start-after') ?? '') : keyIn(token);
  const most = mostOf(query.get('max-keys'));
  const shown = (key: string): string => (query.get('encoding-type') === 'url' ? encoded(key) : key);

  const contents: object[] = [];
  const common = new Set<string>();
  let last = '';
  let isTruncated = false;
  for (const version of bucket.current) {
    const { key } = version;
    const end = delimiter === '' ? -1 : key.indexOf(delimiter, prefix.length);
    const group = end < 0 ? null : key.slice(0, end + delimiter.length);
    if (!key.startsWith(prefix) || !isAfter(key, after) || (group !== null && !isAfter(group, after)))
      continue;
    if (group !== null && common.has(group)) continue;
    if (contents.length + common.size === most) {
      isTruncated = most > 0;
      break;
    }
    last = group ?? key;
    if (group !== null) common.add(group);
    else
      contents.push({
        ...{ Key: shown(key), LastModified: version.storedAt.toISOString(), ETag: `"${version.etag}"` },
        ...{ Size: version.bytes.length, StorageClass: 'STANDARD' },
      });
  }
  return {
    status: 200,
    body: documentOf('ListBucketResult', {
      ...{ Name: bucket.name, Prefix: shown(prefix), KeyCount: contents.length + common.size, MaxKeys: most },
      ...{
        Delimiter: delimiter || undefined,
        StartAfter: query.get('start-after'),
        IsTruncated: isTruncated,
      },
      ContinuationToken: token,
      NextContinuationToken: isTruncated ? Buffer.from(last).toString('base64url') : undefined,
      Contents: contents as { [name: string]: string }[],
      CommonPrefixes: [...common].map(Prefix => ({ Prefix: shown(Prefix) })),
    }),
  };
};

export const listObjectVersions = (call: Call): Answer => {
  const bucket = bucketOf(call);
  const prefix = call.query.get('prefix') ?? '';
  const meant = bucket.versions.filter(({ key }) => key.startsWith(prefix));
  const shown = (isDeleteMarker: boolean) =>
    meant
      .filter(version => version.isDeleteMarker === isDeleteMarker)
      .map(version => ({
        ...{ Key: version.key, VersionId: version.versionId, IsLatest: version === bucket.find(version.key) },
        LastModified: version.storedAt.toISOString(),
        ...(isDeleteMarker ? {} : { ETag: `"${version.etag}"`, Size: version.bytes.length }),
      }));
  return {
    status: 200,
    body: documentOf('ListVersionsResult', {
      ...{ Name: bucket.name, Prefix: prefix, IsTruncated: false },
      ...{ Version: shown(false), DeleteMarker: shown(true) },
    }),
  };
};

// By bytes, as the keys are sorted.
const isAfter = (key: string, other: string): boolean =>
  Buffer.compare(Buffer.from(key), Buffer.from(other)) > 0;

const keyIn = (token: string): string => {
  const key = Buffer.from(token, 'base64url').toString();
  if (token === '' || Buffer.from(key).toString('base64url') !== token)
    throw new S3Error('InvalidArgument', 'The continuation token provided is incorrect');
  return key;
};

const mostOf = (text: string | undefined): number => {
  const most = Number(text ?? MOST);
  if (!Number.isInteger(most) || most < 0)
    throw new S3Error('InvalidArgument', 'Provided max-keys not an integer');
  return Math.min(most, MOST);
};
