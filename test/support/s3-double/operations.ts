import {
  BUCKET_SETTINGS,
  createBucket,
  deleteBucket,
  deleteSetting,
  getBucketLocation,
  getSetting,
  headBucket,
  listBuckets,
  putSetting,
} from './buckets.ts';
import type { Answer, Call } from './exchange.ts';
import { listObjectsV2, listObjectVersions } from './listing.ts';
import {
  abortMultipartUpload,
  completeMultipartUpload,
  createMultipartUpload,
  listMultipartUploads,
  listParts,
  uploadPart,
} from './multipart.ts';
import { deleteObject, deleteObjects, getObject, headObject, putObject } from './objects.ts';
import { S3Error } from './s3-error.ts';

export interface Operation {
  /** As the SDK calls it, such as `PutObject`. */
  readonly name: string;
  /** What a policy has to allow, such as `s3:PutObject`. */
  readonly permission: string;
  readonly run: (call: Call) => Answer;
}

const operation = (name: string, run: Operation['run'], permission = name): Operation => ({
  name,
  permission: `s3:${permission}`,
  run,
});

const GET_OBJECT = operation('GetObject', getObject);
const PUT_OBJECT = operation('PutObject', putObject);

const ON_OBJECT: Readonly<Record<string, Operation>> = {
  GET: GET_OBJECT,
  HEAD: operation('HeadObject', headObject, 'GetObject'),
  PUT: PUT_OBJECT,
  DELETE: operation('DeleteObject', deleteObject),
  'GET uploadId': operation('ListParts', listParts, 'ListMultipartUploadParts'),
  'POST uploads': operation('CreateMultipartUpload', createMultipartUpload, 'PutObject'),
  'PUT uploadId': operation('UploadPart', uploadPart, 'PutObject'),
  'POST uploadId': operation('CompleteMultipartUpload', completeMultipartUpload, 'PutObject'),
  'DELETE uploadId': operation('AbortMultipartUpload', abortMultipartUpload),
};

const ON_BUCKET: Readonly<Record<string, Operation>> = {
  GET: operation('ListObjectsV2', listObjectsV2, 'ListBucket'),
  HEAD: operation('HeadBucket', headBucket, 'ListBucket'),
  PUT: operation('CreateBucket', createBucket),
  DELETE: operation('DeleteBucket', deleteBucket),
  'GET uploads': operation('ListMultipartUploads', listMultipartUploads, 'ListBucketMultipartUploads'),
  'GET versions': operation('ListObjectVersions', listObjectVersions, 'ListBucketVersions'),
  'GET location': operation('GetBucketLocation', getBucketLocation),
  'POST delete': operation('DeleteObjects', deleteObjects, 'DeleteObject'),
  ...Object.fromEntries(
    Object.entries(BUCKET_SETTINGS).flatMap(([name, { action }]) => [
      [`GET ${name}`, operation(`Get${action}`, getSetting(name))],
      [`PUT ${name}`, operation(`Put${action}`, putSetting(name))],
      [`DELETE ${name}`, operation(`Delete${action}`, deleteSetting(name), `Put${action}`)],
    ]),
  ),
};

/** Parts of a query that make another operation of a request. What is not here is no operation that we know. */
const SUBRESOURCES = [
  'uploads',
  'uploadId',
  'versions',
  'location',
  'delete',
  ...Object.keys(BUCKET_SETTINGS),
];
const UNKNOWN_SUBRESOURCES = [
  'acl',
  'attributes',
  'cors',
  'legal-hold',
  'notification',
  'replication',
  'restore',
];
const UNKNOWN_HEADERS = ['x-amz-copy-source', 'x-amz-acl', 'x-amz-server-side-encryption-customer-key'];

/** @throws {S3Error} NotImplemented: what is not known is refused, never taken for something else. */
export const operationOf = (
  method: string,
  { bucketName, key, query, headers }: Pick<Call, 'bucketName' | 'key' | 'query' | 'headers'>,
): Operation => {
  const subresource = SUBRESOURCES.find(name => query.has(name));
  const wanted = subresource === undefined ? method : `${method} ${subresource}`;
  const known =
    bucketName === ''
      ? { GET: operation('ListBuckets', listBuckets, 'ListAllMyBuckets') }
      : key === ''
        ? ON_BUCKET
        : ON_OBJECT;
  const found = known[wanted];
  const isUnknown =
    UNKNOWN_SUBRESOURCES.some(name => query.has(name)) || UNKNOWN_HEADERS.some(name => headers.has(name));
  const isFirstListing = found?.name === 'ListObjectsV2' && query.get('list-type') !== '2';
  if (!found || isUnknown || isFirstListing)
    throw new S3Error('NotImplemented', `${wanted} is not implemented here.`);
  return found;
};
