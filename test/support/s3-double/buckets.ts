import { bucketOf, type Answer, type Call } from './exchange.ts';
import { parsePolicy } from './policy.ts';
import { S3Error } from './s3-error.ts';
import { Bucket } from './storage.ts';
import { documentOf } from './xml.ts';

const NAME = /^[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]$/;

/** What a bucket can be told, and what S3 answers when it was not. */
export const BUCKET_SETTINGS: Readonly<
  Record<string, { readonly action: string; readonly absent: string | null }>
> = {
  versioning: { action: 'BucketVersioning', absent: null },
  lifecycle: { action: 'LifecycleConfiguration', absent: 'NoSuchLifecycleConfiguration' },
  'object-lock': { action: 'BucketObjectLockConfiguration', absent: 'ObjectLockConfigurationNotFoundError' },
  publicAccessBlock: { action: 'BucketPublicAccessBlock', absent: 'NoSuchPublicAccessBlockConfiguration' },
  policy: { action: 'BucketPolicy', absent: 'NoSuchBucketPolicy' },
  encryption: { action: 'EncryptionConfiguration', absent: 'ServerSideEncryptionConfigurationNotFoundError' },
  ownershipControls: { action: 'BucketOwnershipControls', absent: 'OwnershipControlsNotFoundError' },
  tagging: { action: 'BucketTagging', absent: 'NoSuchTagSet' },
};

export const createBucket = (call: Call): Answer => {
  const { buckets, bucketName, now } = call;
  if (!NAME.test(bucketName)) throw new S3Error('InvalidBucketName', 'The specified bucket is not valid.');
  if (buckets.has(bucketName))
    throw new S3Error(
      'BucketAlreadyOwnedByYou',
      'The bucket you tried to create already exists, and you own it.',
    );
  buckets.set(bucketName, new Bucket(bucketName, now));
  return { status: 200, headers: { location: `/${bucketName}` } };
};

export const deleteBucket = (call: Call): Answer => {
  if (!bucketOf(call).isEmpty)
    throw new S3Error('BucketNotEmpty', 'The bucket you tried to delete is not empty');
  call.buckets.delete(call.bucketName);
  return { status: 204 };
};

export const headBucket = (call: Call): Answer => {
  bucketOf(call);
  return { status: 200, headers: { 'x-amz-bucket-region': call.region } };
};

export const listBuckets = ({ buckets }: Call): Answer => {
  const shown = [...buckets.values()].map(({ name, createdAt }) => ({
    Name: name,
    CreationDate: createdAt.toISOString(),
  }));
  return { status: 200, body: documentOf('ListAllMyBucketsResult', { Buckets: { Bucket: shown } }) };
};

export const getBucketLocation = (call: Call): Answer => {
  bucketOf(call);
  // The first region has no name here, for reasons of history.
  return {
    status: 200,
    body: documentOf('LocationConstraint', call.region === 'us-east-1' ? '' : call.region),
  };
};

export const getSetting =
  (name: string) =>
  (call: Call): Answer => {
    const kept = bucketOf(call).settings.get(name);
    if (kept !== undefined) return { status: 200, body: kept };
    const absent = BUCKET_SETTINGS[name]?.absent;
    if (!absent) return { status: 200, body: documentOf('VersioningConfiguration', '') };
    throw new S3Error('NoSuchConfiguration', `There is no ${name} here.`, {}, { code: absent });
  };

export const putSetting =
  (name: string) =>
  (call: Call): Answer => {
    const text = call.bytes.toString();
    if (name === 'policy') parsePolicy(text);
    else if (!text.trimStart().startsWith('<'))
      throw new S3Error('MalformedXML', 'The XML you provided was not well-formed');
    bucketOf(call).settings.set(name, text);
    return { status: 200 };
  };

export const deleteSetting =
  (name: string) =>
  (call: Call): Answer => {
    bucketOf(call).settings.delete(name);
    return { status: 204 };
  };
