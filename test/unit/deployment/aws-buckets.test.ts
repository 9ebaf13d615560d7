import { expectToBeFound, LIFECYCLE, bucket } from './aws-planted.ts';
import type { Mistake } from './planted.ts';

const MISTAKES: readonly Mistake[] = [
  [
    'a public bucket',
    bucket('put-public-access-block'),
    '"BlockPublicPolicy": true',
    '"BlockPublicPolicy": false',
    'BlockPublicPolicy',
  ],
  [
    'three of four',
    bucket('put-public-access-block', 'assets'),
    '"RestrictPublicBuckets": true',
    '"BlockPublicAcls": true',
    'RestrictPublicBuckets',
  ],
  [
    'lists of rights',
    bucket('put-bucket-ownership-controls'),
    'BucketOwnerEnforced',
    'ObjectWriter',
    'ObjectOwnership',
  ],
  ['no versions', bucket('put-bucket-versioning'), 'Enabled', 'Suspended', 'VersioningConfiguration.Status'],
  ['no encryption', bucket('put-bucket-encryption', 'assets'), 'AES256', 'none', 'SSEAlgorithm'],
  [
    'no TLS',
    bucket('put-bucket-policy'),
    '"aws:SecureTransport"',
    '"aws:MultiFactorAuthPresent"',
    'lets requests without TLS in',
  ],
  [
    'objects as they come',
    bucket('put-bucket-policy', 'assets'),
    '"StringNotEquals"',
    '"StringEquals"',
    'that are not encrypted as ours are',
  ],
  [
    'backups that can be replaced',
    bucket('put-bucket-policy'),
    '"s3:if-none-match": "true"',
    '"s3:if-match": "true"',
    'lets a backup be replaced',
  ],
  [
    'a bucket for somebody',
    bucket('put-bucket-policy', 'assets'),
    '"Effect": "Deny"',
    '"Effect": "Allow"',
    'may only refuse',
  ],
  ['no lock', bucket('put-object-lock-configuration'), 'GOVERNANCE', 'NONE', 'a backup is not locked'],
  [
    'a bucket without locks',
    bucket('create-bucket'),
    '"ObjectLockEnabledForBucket": true',
    '"ObjectLockEnabledForBucket": false',
    'cannot be locked',
  ],
  [
    'an end before the lock',
    LIFECYCLE,
    '"Days": 35',
    '"Days": 30',
    'are due before their lock of 35 days ends',
  ],
  ['half a year of months', LIFECYCLE, '"Days": 400', '"Days": 180', 'do not cover a year'],
  ['backups for ever', LIFECYCLE, '"daymark/daily/"', '"daily/"', 'daymark/daily/ grows for ever'],
  [
    'a place where nothing is',
    LIFECYCLE,
    '"daymark/probe/"',
    '"daymark/probes/"',
    'nothing is stored below daymark/probes/',
  ],
  [
    'parts for ever',
    LIFECYCLE,
    /"AbortIncompleteMultipartUpload": \{[^}]*\}/,
    '"Expiration": { "Days": 500 }',
    'parts of broken uploads stay for ever',
  ],
];

test.each(MISTAKES)('it is found: %s', expectToBeFound);
