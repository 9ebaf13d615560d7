import {
  AbortMultipartUploadCommand,
  ChecksumAlgorithm,
  CompleteMultipartUploadCommand,
  CopyObjectCommand,
  CreateBucketCommand,
  CreateMultipartUploadCommand,
  DeleteBucketCommand,
  DeleteObjectCommand,
  DeleteObjectsCommand,
  GetBucketLifecycleConfigurationCommand,
  GetObjectCommand,
  GetPublicAccessBlockCommand,
  HeadObjectCommand,
  ListMultipartUploadsCommand,
  ListObjectsV2Command,
  ListObjectVersionsCommand,
  ListPartsCommand,
  PutBucketLifecycleConfigurationCommand,
  PutBucketPolicyCommand,
  PutBucketVersioningCommand,
  PutObjectCommand,
  PutPublicAccessBlockCommand,
  S3Client,
  UploadPartCommand,
  type S3ClientConfig,
} from '@aws-sdk/client-s3';
import { Upload } from '@aws-sdk/lib-storage';
import { createHash } from 'node:crypto';
import { request as httpRequest } from 'node:http';
import { Readable } from 'node:stream';
import { decodeChunked } from '../../support/s3-double/aws-chunked.ts';
import { CHECKSUM_NAMES, checksumOf } from '../../support/s3-double/checksums.ts';
import type { Fault } from '../../support/s3-double/faults.ts';
import { encoded, hmac, verifySignature, type SignedRequest } from '../../support/s3-double/sigv4.ts';
import { S3Double, S3_OWNER, type S3User } from '../../support/s3-double.ts';

const Bucket = 'daymark';
const FIVE_MEGABYTES = 5 * 1_024 * 1_024;

let double: S3Double;
let client: S3Client;
let clients: S3Client[] = [];

const ignore = (): void => undefined;

const clientOf = (change: S3ClientConfig = {}): S3Client => {
  const made = new S3Client({
    ...{ endpoint: double.url, region: 'us-east-1', forcePathStyle: true, maxAttempts: 1 },
    credentials: S3_OWNER,
    logger: { trace: ignore, debug: ignore, info: ignore, warn: ignore, error: ignore },
    ...change,
  });
  clients.push(made);
  return made;
};

beforeEach(async () => {
  clients = [];
  double = await S3Double.start();
  client = clientOf();
});
afterEach(async () => {
  for (const each of clients) each.destroy();
  await double.close();
});

const put = (Key: string, Body: string | Buffer = 'hello', more: object = {}) =>
  client.send(new PutObjectCommand({ Bucket, Key, Body, ...more }));
const read = async (Key: string, more: object = {}) => {
  const answer = await client.send(new GetObjectCommand({ Bucket, Key, ...more }));
  return Buffer.from((await answer.Body?.transformToByteArray()) ?? []).toString();
};
const refusal = async (work: Promise<unknown>): Promise<[string, number | undefined]> => {
  const error = await work.then(
    () => ({ name: 'nothing', $metadata: {} }),
    (failure: unknown) => failure as { name: string; $metadata?: { httpStatusCode?: number } },
  );
  return [error.name, (error as { $metadata?: { httpStatusCode?: number } }).$metadata?.httpStatusCode];
};

describe('signatures', () => {
  // The examples that AWS publishes for Signature Version 4 of S3.
  const EXAMPLE = {
    accessKeyId: 'AKIAIOSFODNN7EXAMPLE',
    secretAccessKey: 'wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY',
  };
  const SCOPE = `${EXAMPLE.accessKeyId}/20130524/us-east-1/s3/aws4_request`;
  const EMPTY = 'e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855';
  const verify = (request: SignedRequest, now = new Date('2013-05-24T00:00:00Z')) =>
    verifySignature(request, id => (id === EXAMPLE.accessKeyId ? EXAMPLE : undefined), {
      region: 'us-east-1',
      now,
    });
  const authorization = (signedHeaders: string, signature: string): readonly [string, string] => [
    'authorization',
    `AWS4-HMAC-SHA256 Credential=${SCOPE},SignedHeaders=${signedHeaders},Signature=${signature}`,
  ];
  const getting: SignedRequest = {
    ...{ method: 'GET', rawPath: '/test.txt', query: [] },
    headers: new Map([
      ['host', 'examplebucket.s3.amazonaws.com'],
      ['range', 'bytes=0-9'],
      ['x-amz-content-sha256', EMPTY],
      ['x-amz-date', '20130524T000000Z'],
      authorization(
        'host;range;x-amz-content-sha256;x-amz-date',
        'f0e8bdb87c964420e857bd35b5d6ed310bd44f0170aba48dd91039c6036bdb41',
      ),
    ]),
  };
  const presigned: SignedRequest = {
    ...{
      method: 'GET',
      rawPath: '/test.txt',
      headers: new Map([['host', 'examplebucket.s3.amazonaws.com']]),
    },
    query: [
      ['X-Amz-Algorithm', 'AWS4-HMAC-SHA256'],
      ['X-Amz-Credential', SCOPE],
      ['X-Amz-Date', '20130524T000000Z'],
      ['X-Amz-Expires', '86400'],
      ['X-Amz-SignedHeaders', 'host'],
      ['X-Amz-Signature', 'aeeed9bbccd4d02ee5c0109b86d86835f995330da4c265957d157751f604d404'],
    ],
  };

  test('the published example of a signed request is accepted, and no other', () => {
    expect(verify(getting).signer).toBe(EXAMPLE);
    const headers = new Map(getting.headers).set('range', 'bytes=0-99');
    for (const changed of [
      { method: 'HEAD' },
      { rawPath: '/test2.txt' },
      { query: [['versionId', '1']] as const },
      { headers },
    ])
      expect(() => verify({ ...getting, ...changed })).toThrow('does not match');
  });

  test('the published example of a presigned URL is accepted for its day', () => {
    expect(verify(presigned, new Date('2013-05-24T23:59:00Z')).signer).toBe(EXAMPLE);
    expect(() => verify(presigned, new Date('2013-05-25T00:00:01Z'))).toThrow('expired');
    expect(() => verify({ ...presigned, rawPath: '/other.txt' })).toThrow('does not match');
    expect(() =>
      verify({
        ...presigned,
        query: [...presigned.query.slice(0, 3), ['X-Amz-Expires', '700000'], ...presigned.query.slice(4)],
      }),
    ).toThrow('X-Amz-Expires');
    const headers = new Map(presigned.headers).set('x-amz-acl', 'public-read');
    expect(() => verify({ ...presigned, headers })).toThrow('not signed');
  });

  describe('of pieces', () => {
    const SIGNATURES = [
      'ad80c730a21e5b8d04586a2213dd63b9a0e99e0e2307b0ade35a65485a288648',
      '0055627c9e194cb4542bae2aa5492e3c1575bbb81b612b7d234b86a503ef5497',
      'b6c6ea8a5354eaf15b3cb7646744f4275b71ea724fed81ceb9323e279d449df9',
    ];
    const proof = () =>
      verify({
        ...{ method: 'PUT', rawPath: '/examplebucket/chunkObject.txt', query: [] },
        headers: new Map([
          ['content-encoding', 'aws-chunked'],
          ['content-length', '66824'],
          ['host', 's3.amazonaws.com'],
          ['x-amz-content-sha256', 'STREAMING-AWS4-HMAC-SHA256-PAYLOAD'],
          ['x-amz-date', '20130524T000000Z'],
          ['x-amz-decoded-content-length', '66560'],
          ['x-amz-storage-class', 'REDUCED_REDUNDANCY'],
          authorization(
            'content-encoding;content-length;host;x-amz-content-sha256;x-amz-date;x-amz-decoded-content-length;x-amz-storage-class',
            '4f232c4386841ef735655705268965c44a0e4690baa4adea153f7db9fa80a0a9',
          ),
        ]),
      });
    const body = (signatures: readonly string[], letter = 'a') =>
      Buffer.from(
        [65_536, 1_024, 0]
          .map(
            (size, at) =>
              `${size.toString(16)};chunk-signature=${signatures[at] ?? ''}\r\n${letter.repeat(size)}\r\n`,
          )
          .join(''),
      );

    test('the published example is accepted', () => {
      expect(decodeChunked(body(SIGNATURES), proof()).bytes.equals(Buffer.alloc(66_560, 'a'))).toBe(true);
    });

    test('a piece that was changed, exchanged or cut is refused', () => {
      const [one = '', two = '', end = ''] = SIGNATURES;
      expect(() => decodeChunked(body(SIGNATURES, 'b'), proof())).toThrow('chunk does not match');
      expect(() => decodeChunked(body([two, one, end]), proof())).toThrow('chunk does not match');
      expect(() => decodeChunked(body(SIGNATURES).subarray(0, 66_000), proof())).toThrow('terminated');
    });
  });

  test.each<readonly [string, S3ClientConfig, string, number]>([
    [
      'a wrong secret',
      { credentials: { ...S3_OWNER, secretAccessKey: 'wrong' } },
      'SignatureDoesNotMatch',
      403,
    ],
    [
      'an unknown key',
      { credentials: { ...S3_OWNER, accessKeyId: 'AKIANOBODY' } },
      'InvalidAccessKeyId',
      403,
    ],
    ['another region', { region: 'eu-north-1' }, 'AuthorizationHeaderMalformed', 400],
  ])('%s is refused', async (_what, change, code, status) => {
    client = clientOf(change);

    expect(await refusal(put('one'))).toEqual([code, status]);
    expect(double.bucket().current).toEqual([]);
  });

  test('a clock that is a quarter of an hour off is refused', async () => {
    double.now = () => new Date(Date.now() + 16 * 60_000);
    expect(await refusal(put('one'))).toEqual(['RequestTimeTooSkewed', 403]);
    double.now = () => new Date(Date.now() + 14 * 60_000);
    expect(await refusal(put('one'))).toEqual(['nothing', undefined]);
  });

  test('nobody comes in without one', async () => {
    await put('one');

    const answer = await fetch(`${double.url}/daymark/one`);

    expect([answer.status, await answer.text()]).toEqual([
      403,
      expect.stringContaining('<Code>AccessDenied</Code>'),
    ]);
  });

  test('a presigned URL lets anybody do this one thing', async () => {
    await put('an object/ü');
    const url = presignedUrl('GET', `${double.url}/daymark/${encoded('an object')}/${encoded('ü')}`);

    expect(await (await fetch(url)).text()).toBe('hello');
    expect((await fetch(url, { method: 'DELETE' })).status).toBe(403);
    expect((await fetch(url.replace('object', 'objects'))).status).toBe(403);
  });

  /** With the double's own functions, which the published examples have proven. */
  const presignedUrl = (method: string, plain: string): string => {
    const url = new URL(plain);
    const date = new Date().toISOString().replaceAll(/[-:]|\.\d+/g, '');
    const scope = `${date.slice(0, 8)}/us-east-1/s3/aws4_request`;
    const query = Object.entries({
      ...{ 'X-Amz-Algorithm': 'AWS4-HMAC-SHA256', 'X-Amz-Credential': `${S3_OWNER.accessKeyId}/${scope}` },
      ...{ 'X-Amz-Date': date, 'X-Amz-Expires': '60', 'X-Amz-SignedHeaders': 'host' },
    })
      .map(([name, value]) => `${name}=${encoded(value)}`)
      .join('&');
    const canonical = [method, url.pathname, query, `host:${url.host}`, '', 'host', 'UNSIGNED-PAYLOAD'].join(
      '\n',
    );
    const text = ['AWS4-HMAC-SHA256', date, scope, createHash('sha256').update(canonical).digest('hex')].join(
      '\n',
    );
    const key = scope.split('/').reduce<Buffer | string>(hmac, `AWS4${S3_OWNER.secretAccessKey}`);
    return `${plain}?${query}&X-Amz-Signature=${hmac(key, text).toString('hex')}`;
  };
});

describe('checksums', () => {
  // The check values of the catalogues of CRCs, and of the standards for hashes.
  test.each([
    ['crc32', 'cbf43926'],
    ['crc32c', 'e3069283'],
    ['crc64nvme', 'ae8b14860a799888'],
    ['sha1', 'f7c3bc1d808e04732adf679965ccc34ca7ae3441'],
    ['sha256', '15e2b0d3c33891ebb0f1ef609ec419420c20e320ce94c65fbc8c3312448eb225'],
  ] as const)('%s is computed as everybody does', (name, hex) => {
    expect(Buffer.from(checksumOf(name, Buffer.from('123456789')), 'base64').toString('hex')).toBe(hex);
  });

  test.each(
    Object.values(ChecksumAlgorithm).filter(name => CHECKSUM_NAMES.includes(name.toLowerCase() as never)),
  )('%s is verified and comes back, of a text and of a stream with trailers', async name => {
    await put('text', 'hello', { ChecksumAlgorithm: name });
    await client.send(
      new PutObjectCommand({
        ...{ Bucket, Key: 'stream', ContentLength: 200_000, ChecksumAlgorithm: name },
        Body: Readable.from([Buffer.alloc(100_000, 'x'), Buffer.alloc(100_000, 'y')]),
      }),
    );

    expect(double.bucket().get('stream').bytes.length).toBe(200_000);
    for (const Key of ['text', 'stream']) {
      const { bytes } = double.bucket().get(Key);
      const head = await client.send(new HeadObjectCommand({ Bucket, Key, ChecksumMode: 'ENABLED' }));
      expect(head[`Checksum${name}` as 'ChecksumSHA256']).toBe(
        checksumOf(name.toLowerCase() as 'sha256', bytes),
      );
    }
  });

  test('what does not match is refused, and not kept', async () => {
    const wrong = Buffer.alloc(32).toString('base64');
    expect(await refusal(put('one', 'hello', { ChecksumSHA256: wrong }))).toEqual(['BadDigest', 400]);
    expect(await refusal(put('one', 'hello', { ChecksumSHA256: 'short' }))).toEqual(['InvalidRequest', 400]);
    expect(await refusal(put('one', 'hello', { ContentMD5: Buffer.alloc(16).toString('base64') }))).toEqual([
      'BadDigest',
      400,
    ]);
    expect(await refusal(put('one', 'hello', { ContentMD5: 'short' }))).toEqual(['InvalidDigest', 400]);
    double.fail({ kind: 'corruptRequest' });
    expect(await refusal(put('one'))).toEqual(['XAmzContentSHA256Mismatch', 400]);

    expect(double.bucket().current).toEqual([]);
  });
});

describe('objects', () => {
  test('come back with what they were stored with', async () => {
    await put('one', 'hello', {
      ContentType: 'text/plain',
      Metadata: { colour: 'red' },
      CacheControl: 'no-store',
    });

    const head = await client.send(new HeadObjectCommand({ Bucket, Key: 'one' }));

    expect(head).toMatchObject({
      ...{
        ContentType: 'text/plain',
        ContentLength: 5,
        CacheControl: 'no-store',
        Metadata: { colour: 'red' },
      },
      ETag: '"5d41402abc4b2a76b9719d911017c592"',
    });
    expect(await read('one')).toBe('hello');
  });

  test.each([
    ['bytes=0-1', 'he'],
    ['bytes=3-', 'lo'],
    ['bytes=-2', 'lo'],
    ['bytes=1-99', 'ello'],
    ['bytes=0-0', 'h'],
  ])('of the range %s comes %j', async (Range, piece) => {
    await put('one');

    expect(await read('one', { Range })).toBe(piece);
  });

  test('a range beyond the end, an absent object and an absent bucket are told apart', async () => {
    await put('one');

    expect(await refusal(read('one', { Range: 'bytes=5-' }))).toEqual(['InvalidRange', 416]);
    expect(await refusal(read('two'))).toEqual(['NoSuchKey', 404]);
    expect(await refusal(read('two', { Bucket: 'nowhere' }))).toEqual(['NoSuchBucket', 404]);
  });

  test('with If-None-Match nothing is overwritten, also when many race', async () => {
    const outcomes = await Promise.all(
      Array.from({ length: 5 }, (_none, index) => refusal(put('one', String(index), { IfNoneMatch: '*' }))),
    );

    expect(outcomes.filter(([name]) => name === 'nothing')).toHaveLength(1);
    expect(outcomes.filter(([name, status]) => name === 'PreconditionFailed' && status === 412)).toHaveLength(
      4,
    );
  });

  test('are deleted one by one or many at once; what is not there is no error', async () => {
    for (const key of ['a', 'b&<c>', 'd']) await put(key);

    await client.send(new DeleteObjectCommand({ Bucket, Key: 'a' }));
    await client.send(new DeleteObjectCommand({ Bucket, Key: 'a' }));
    const Objects = [{ Key: 'b&<c>' }, { Key: 'none' }];
    const { Deleted } = await client.send(new DeleteObjectsCommand({ Bucket, Delete: { Objects } }));

    expect(Deleted).toEqual(Objects);
    expect(double.bucket().current.map(({ key }) => key)).toEqual(['d']);
  });

  test('are listed in the order of their bytes, page by page', async () => {
    const keys = ['b', 'a/2', 'a/1', 'ä', 'Z', 'a-', 'c'];
    for (const key of keys) await put(key);
    const listed: string[] = [];
    let token: string | undefined;
    do {
      const list = new ListObjectsV2Command({ Bucket, MaxKeys: 2, ContinuationToken: token });
      const page = await client.send(list);
      expect(page.KeyCount).toBeLessThanOrEqual(2);
      listed.push(...(page.Contents ?? []).map(({ Key = '' }) => Key));
      token = page.NextContinuationToken;
    } while (token !== undefined);
    const below = await client.send(new ListObjectsV2Command({ Bucket, Prefix: 'a', Delimiter: '/' }));

    expect(listed).toEqual(['Z', 'a-', 'a/1', 'a/2', 'b', 'c', 'ä']);
    expect(below.CommonPrefixes).toEqual([{ Prefix: 'a/' }]);
    expect(below.Contents?.map(({ Key }) => Key)).toEqual(['a-']);
    const wrong = new ListObjectsV2Command({ Bucket, ContinuationToken: '!' });
    expect(await refusal(client.send(wrong))).toEqual(['InvalidArgument', 400]);
  });

  test('have versions where that is switched on, and a delete only marks them', async () => {
    await client.send(
      new PutBucketVersioningCommand({ Bucket, VersioningConfiguration: { Status: 'Enabled' } }),
    );
    const { VersionId } = await put('one', 'first');
    await put('one', 'second');
    await client.send(new DeleteObjectCommand({ Bucket, Key: 'one' }));

    expect(await refusal(read('one'))).toEqual(['NoSuchKey', 404]);
    expect(await read('one', { VersionId })).toBe('first');
    const all = await client.send(new ListObjectVersionsCommand({ Bucket }));
    expect([all.Versions?.length, all.DeleteMarkers?.length]).toEqual([2, 1]);
    await client.send(
      new DeleteObjectCommand({ Bucket, Key: 'one', VersionId: all.DeleteMarkers?.[0]?.VersionId }),
    );
    expect(await read('one')).toBe('second');
  });

  test('beyond a quota are refused', async () => {
    double.bucket().quotaBytes = 7;
    await put('one');

    expect(await refusal(put('two'))).toEqual(['QuotaExceeded', 507]);
  });

  test('of a length that nobody says are refused', async () => {
    const sent = new Promise<number | undefined>((resolve, reject) => {
      const request = httpRequest(`${double.url}/daymark/x`, { method: 'PUT' });
      request.on('response', ({ statusCode }) => resolve(statusCode)).on('error', reject);
      request.write('some');
      request.end('thing');
    });

    expect(await sent).toBe(411);
  });

  test('what the double does not know it refuses', async () => {
    await put('one');
    const copy = new CopyObjectCommand({ Bucket, Key: 'two', CopySource: 'daymark/one' });

    expect(await refusal(client.send(copy))).toEqual(['NotImplemented', 501]);
    expect(await refusal(put('three', 'x', { ACL: 'public-read' }))).toEqual(['NotImplemented', 501]);
    expect(await refusal(put('three', 'x', { IfNoneMatch: 'abc' }))).toEqual(['NotImplemented', 501]);
  });
});

describe('objects in parts', () => {
  test.each(['CRC32', 'CRC64NVME', 'SHA256'] as const)(
    'are put together by the uploader of the SDK, with %s',
    async name => {
      const bytes = Buffer.alloc(2 * FIVE_MEGABYTES + 123, 'part');

      await new Upload({
        client,
        params: { Bucket, Key: 'large', Body: Readable.from([bytes]), ChecksumAlgorithm: name },
      }).done();

      expect(double.bucket().get('large').bytes.equals(bytes)).toBe(true);
      expect(double.bucket().get('large').etag).toMatch(/-3$/);
      expect(double.bucket().uploads.size).toBe(0);
    },
  );

  const begin = async () => {
    const { UploadId } = await client.send(new CreateMultipartUploadCommand({ Bucket, Key: 'large' }));
    return { Bucket, Key: 'large', UploadId };
  };
  const part = async (upload: object, PartNumber: number, Body: Buffer | string) => {
    const named = { ...upload, PartNumber, Body } as ConstructorParameters<typeof UploadPartCommand>[0];
    const { ETag } = await client.send(new UploadPartCommand(named));
    return { ETag, PartNumber };
  };
  const complete = (upload: object, Parts: object[], more: object = {}) =>
    client.send(
      new CompleteMultipartUploadCommand({ ...upload, ...more, MultipartUpload: { Parts } } as never),
    );

  test('are refused when a part is missing, wrong, too small or out of order', async () => {
    const upload = await begin();
    const large = await part(upload, 1, Buffer.alloc(FIVE_MEGABYTES));
    const small = await part(upload, 2, 'small');
    const last = await part(upload, 3, 'last');

    expect(await refusal(complete(upload, [large, { ...small, ETag: '"wrong"' }]))).toEqual([
      'InvalidPart',
      400,
    ]);
    expect(await refusal(complete(upload, [large, { ...small, PartNumber: 9 }]))).toEqual([
      'InvalidPart',
      400,
    ]);
    expect(await refusal(complete(upload, [large, small, last]))).toEqual(['EntityTooSmall', 400]);
    expect(await refusal(complete(upload, [small, large]))).toEqual(['EntityTooSmall', 400]);
    expect(await refusal(complete({ ...upload, UploadId: 'none' }, [large]))).toEqual(['NoSuchUpload', 404]);
    expect(double.bucket().current).toEqual([]);
    await complete(upload, [large, last]);
    expect(double.bucket().get('large').bytes.length).toBe(FIVE_MEGABYTES + 4);
  });

  test('are listed while they are under way, and gone when given up', async () => {
    const upload = await begin();
    await part(upload, 1, 'some');

    const { Uploads } = await client.send(new ListMultipartUploadsCommand({ Bucket }));
    const { Parts } = await client.send(new ListPartsCommand(upload));
    expect([Uploads?.[0]?.UploadId, Parts?.[0]?.Size]).toEqual([upload.UploadId, 4]);
    await client.send(new AbortMultipartUploadCommand(upload));

    expect(await refusal(part(upload, 2, 'more'))).toEqual(['NoSuchUpload', 404]);
  });

  test('do not overwrite with If-None-Match', async () => {
    const upload = await begin();
    const only = await part(upload, 1, 'some');
    await put('large');

    expect(await refusal(complete(upload, [only], { IfNoneMatch: '*' }))).toEqual([
      'PreconditionFailed',
      412,
    ]);
  });
});

describe('buckets', () => {
  test('are made and removed when they are empty', async () => {
    await client.send(new CreateBucketCommand({ Bucket: 'other' }));
    expect(await refusal(client.send(new CreateBucketCommand({ Bucket: 'other' })))).toEqual([
      'BucketAlreadyOwnedByYou',
      409,
    ]);
    await put('one', 'x', { Bucket: 'other' });
    expect(await refusal(client.send(new DeleteBucketCommand({ Bucket: 'other' })))).toEqual([
      'BucketNotEmpty',
      409,
    ]);
    await client.send(new DeleteObjectCommand({ Bucket: 'other', Key: 'one' }));
    await client.send(new DeleteBucketCommand({ Bucket: 'other' }));

    expect([...double.buckets.keys()]).toEqual([Bucket]);
  });

  test('keep what they are told, and say when they were told nothing', async () => {
    const Rules = [
      { ID: 'old', Status: 'Enabled' as const, Filter: { Prefix: 'daily/' }, Expiration: { Days: 35 } },
    ];
    const access = {
      BlockPublicAcls: true,
      IgnorePublicAcls: true,
      BlockPublicPolicy: true,
      RestrictPublicBuckets: true,
    };
    const lifecycle = new GetBucketLifecycleConfigurationCommand({ Bucket });
    expect(await refusal(client.send(lifecycle))).toEqual(['NoSuchLifecycleConfiguration', 404]);

    await client.send(
      new PutBucketLifecycleConfigurationCommand({ Bucket, LifecycleConfiguration: { Rules } }),
    );
    await client.send(new PutPublicAccessBlockCommand({ Bucket, PublicAccessBlockConfiguration: access }));

    expect((await client.send(lifecycle)).Rules).toEqual(Rules);
    expect(
      (await client.send(new GetPublicAccessBlockCommand({ Bucket }))).PublicAccessBlockConfiguration,
    ).toEqual(access);
  });
});

describe('rights', () => {
  const writer: S3User = {
    ...{ name: 'writer', accessKeyId: 'AKIAWRITER', secretAccessKey: 'w'.repeat(40) },
    statements: [{ effect: 'Allow', actions: ['s3:PutObject'], resources: ['daymark/daily/*'] }],
  };

  test('who may only write cannot read, list, delete, or write elsewhere', async () => {
    double.addUser(writer);
    client = clientOf({ credentials: writer });

    await put('daily/one');
    await new Upload({
      client,
      params: { Bucket, Key: 'daily/two', Body: Buffer.alloc(FIVE_MEGABYTES + 1) },
    }).done();

    const denied = ['AccessDenied', 403];
    expect(await refusal(put('monthly/one'))).toEqual(denied);
    expect(await refusal(read('daily/one'))).toEqual(denied);
    expect(await refusal(client.send(new DeleteObjectCommand({ Bucket, Key: 'daily/one' })))).toEqual(denied);
    expect(await refusal(client.send(new ListObjectsV2Command({ Bucket })))).toEqual(denied);
    expect((await refusal(client.send(new HeadObjectCommand({ Bucket, Key: 'daily/one' }))))[1]).toBe(403);
  });

  test('a policy of the bucket allows and denies', async () => {
    double.addUser({ ...writer, statements: [] });
    const Policy = JSON.stringify({
      Statement: [
        {
          Effect: 'Allow',
          Principal: { AWS: 'arn:aws:iam::1:user/writer' },
          Action: 's3:*',
          Resource: 'arn:aws:s3:::daymark/*',
        },
        { Effect: 'Deny', Principal: '*', Action: ['s3:DeleteObject'], Resource: ['arn:aws:s3:::daymark/*'] },
      ],
    });
    await client.send(new PutBucketPolicyCommand({ Bucket, Policy }));
    client = clientOf({ credentials: writer });

    await put('one');

    expect(await read('one')).toBe('hello');
    expect(await refusal(client.send(new DeleteObjectCommand({ Bucket, Key: 'one' })))).toEqual([
      'AccessDenied',
      403,
    ]);
    const unknown = JSON.stringify({
      Statement: [
        { Effect: 'Allow', Principal: '*', Action: 's3:*', Resource: 'arn:aws:s3:::daymark', Condition: {} },
      ],
    });
    expect(await refusal(clientOf().send(new PutBucketPolicyCommand({ Bucket, Policy: unknown })))).toEqual([
      'MalformedPolicy',
      400,
    ]);
  });
});

describe('planned faults', () => {
  test('hit the requests they are meant for, as often as they are meant to', async () => {
    const fault: Fault = { kind: 'status', status: 503 };
    double.fail(fault, { operation: 'PutObject', prefix: 'b', from: 2, times: 2 });

    const outcomes = [];
    for (const key of ['b1', 'a1', 'b2', 'b3', 'b4']) outcomes.push((await refusal(put(key)))[0]);

    expect(outcomes).toEqual(['nothing', 'nothing', 'SlowDown', 'SlowDown', 'nothing']);
    expect(double.log.map(({ status }) => status)).toEqual([200, 200, 503, 503, 200]);
  });

  test('a lost answer comes after the work, a reset in place of it', async () => {
    double.fail({ kind: 'lostAnswer' }, { prefix: 'lost' });
    double.fail({ kind: 'reset' }, { prefix: 'reset' });

    await expect(put('lost')).rejects.toThrow();
    await expect(put('reset')).rejects.toThrow();

    expect(double.bucket().current.map(({ key }) => key)).toEqual(['lost']);
  });

  test('a body that ends early is an incomplete answer', async () => {
    await put('one', Buffer.alloc(100_000));
    double.fail({ kind: 'truncate' });

    await expect(read('one')).rejects.toThrow();
  });

  test('a checksum in an answer can be made wrong, and a client that looks will see', async () => {
    await put('one', 'hello', { ChecksumAlgorithm: 'SHA256' });
    double.fail({ kind: 'corruptAnswer' });

    await expect(read('one', { ChecksumMode: 'ENABLED' })).rejects.toThrow(/[Cc]hecksum/);
    expect(await read('one', { ChecksumMode: 'ENABLED' })).toBe('hello');
  });

  test('what hangs is let go when the double is closed', async () => {
    double.fail({ kind: 'hang' });
    const hanging = new Promise(resolve =>
      httpRequest(`${double.url}/daymark/x`).on('close', resolve).on('error', ignore).end(),
    );

    await double.close();

    await hanging;
  });
});
