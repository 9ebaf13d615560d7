import { randomBytes } from 'node:crypto';
import { BackupFailure } from '../../../scripts/backup/failure.ts';
import { UNTOLD, Workplace } from '../../support/backups.ts';
import { BUCKET, openS3Backups, READER, type S3Backups, WRITER } from '../../support/s3-backups.ts';
import type { Aim, Fault } from '../../support/s3-double/faults.ts';
import { S3_OWNER } from '../../support/s3-double.ts';
import { useCredentials } from '../../support/s3-store.ts';

const KEY = 'daymark/daily/20260102T030405Z-0a1b2c3d/archive';
const MEBIBYTE = 1_048_576;
const SMALL = randomBytes(300_000);
/** Two parts. */
const LARGE = randomBytes(6 * MEBIBYTE);
const SIZES = [
  ['one request', SMALL, 'PutObject'],
  ['parts', LARGE, 'UploadPart'],
] as const;

let opened: S3Backups[] = [];
let under: S3Backups;
let workplace: Workplace;

const start = async (...parameters: Parameters<typeof openS3Backups>): Promise<S3Backups> => {
  const store = await openS3Backups(...parameters);
  opened.push(store);
  return store;
};

beforeEach(async () => {
  opened = [];
  workplace = await Workplace.make();
  under = await start();
});
afterEach(async () => {
  for (const store of opened.toReversed()) await store.close();
  await workplace[Symbol.asyncDispose]();
});

const put = async (bytes: Uint8Array, { store } = under): Promise<void> =>
  store.put(KEY, await workplace.fileOf(bytes), UNTOLD);
const read = async ({ store } = under): Promise<Buffer | null> => {
  const found = await store.open(KEY, UNTOLD);
  return found && Buffer.concat(await Array.fromAsync(found.body));
};
const list = async ({ store } = under): Promise<readonly string[]> =>
  (await Array.fromAsync(store.list('daymark/', UNTOLD))).map(({ key }) => key);
const stored = ({ double } = under): Buffer | undefined => double.bucket(BUCKET).find(KEY)?.bytes;
const requestsOf = (operation: string): number =>
  under.double.log.filter(entry => entry.operation === operation).length;
const failureOf = async (work: () => Promise<unknown>): Promise<BackupFailure> => {
  const failure = await work().then(
    () => null,
    (error: unknown) => error,
  );
  if (failure instanceof BackupFailure) return failure;
  throw new Error('No failure of the backup.', { cause: failure });
};

describe.each(SIZES)('a file that is sent in %s', (_way, bytes, operation) => {
  test.each<readonly [string, Fault]>([
    ['500', { kind: 'status', status: 500 }],
    ['503 SlowDown', { kind: 'status', status: 503 }],
    ['a page of HTML of a proxy', { kind: 'status', status: 502, html: '<h1>Bad gateway</h1>' }],
    ['silence', { kind: 'hang' }],
    ['a connection that breaks at once', { kind: 'reset' }],
    ['a connection that breaks in the middle', { kind: 'reset', afterBytes: 100_000 }],
    ['a byte that changes on the way', { kind: 'corruptRequest' }],
    ['an answer that is lost', { kind: 'lostAnswer' }],
    ['work without an answer', { kind: 'silentAnswer' }],
  ])('after %s is sent again from the file and stored once', async (_what, fault) => {
    under.double.fail(fault, { operation });

    await put(bytes);

    expect(stored()?.equals(bytes)).toBe(true);
    expect(requestsOf(operation)).toBe(operation === 'PutObject' ? 2 : 3);
    expect(under.double.bucket(BUCKET).uploads.size).toBe(0);
  });

  test.each<readonly [string, Fault, object]>([
    ['500', { kind: 'status', status: 500 }, { exit: 'unavailable', code: 'store_failed' }],
    ['503 SlowDown', { kind: 'status', status: 503 }, { exit: 'unavailable', code: 'store_failed' }],
    ['silence', { kind: 'hang' }, { exit: 'unavailable', code: 'store_silent' }],
    ['a broken connection', { kind: 'reset' }, { exit: 'unavailable', code: 'store_failed' }],
    [
      'a page of HTML that claims to be right',
      { kind: 'status', status: 200, html: '<h1>Welcome to the hotel</h1>' },
      { exit: 'unavailable', code: 'wrong_answer' },
    ],
    ['a wrong checksum', { kind: 'wrongChecksum' }, { exit: 'unavailable', code: 'wrong_answer' }],
    [
      'that it is full',
      { kind: 'status', status: 507, code: 'InsufficientStorage' },
      { exit: 'full', code: 'store_full' },
    ],
    [
      'AccessDenied',
      { kind: 'status', status: 403, code: 'AccessDenied' },
      { exit: 'unavailable', code: 'access_denied' },
    ],
    [
      'that the credentials have expired',
      { kind: 'status', status: 400, code: 'ExpiredToken' },
      { exit: 'unavailable', code: 'credentials_expired' },
    ],
    [
      'that the clock is wrong',
      { kind: 'status', status: 403, code: 'RequestTimeTooSkewed' },
      { exit: 'unavailable', code: 'clock_skewed' },
    ],
    [
      'another region',
      { kind: 'status', status: 301, code: 'PermanentRedirect' },
      { exit: 'configuration', code: 'wrong_region' },
    ],
  ])('is not said to be stored when the store goes on to answer with %s', async (_what, fault, expected) => {
    under.double.fail(fault, { operation, times: Infinity });

    const failure = await failureOf(() => put(bytes));

    expect(failure).toMatchObject(expected);
    expect(failure.message).toContain(`the bucket ${BUCKET} at ${under.double.url}`);
    expect(failure.message).not.toMatch(/<|see the error \(\)|undefined/);
    if (fault.kind !== 'wrongChecksum') expect(stored()).toBeUndefined();
  });
});

describe('a file that is sent in parts', () => {
  const MIDDLE: Aim = { operation: 'UploadPart', from: 2, times: Infinity };

  test('of which one cannot be sent is called off, and nothing of it counts', async () => {
    under.double.fail({ kind: 'status', status: 500 }, MIDDLE);

    await failureOf(() => put(LARGE));

    expect(await list()).toEqual([]);
    expect(under.double.bucket(BUCKET).uploads.size).toBe(0);
  });

  test('leaves litter that is no backup where the credentials may not call it off', async () => {
    const writer = await start({ user: WRITER });
    writer.double.fail({ kind: 'status', status: 500 }, MIDDLE);

    await failureOf(() => put(LARGE, writer));

    expect(writer.double.bucket(BUCKET).current).toEqual([]);
    expect(writer.double.bucket(BUCKET).uploads.size).toBe(1);
  });

  test.each<readonly [string, Fault]>([
    ['500', { kind: 'status', status: 500 }],
    ['an answer that is lost', { kind: 'lostAnswer' }],
    ['work without an answer', { kind: 'silentAnswer' }],
  ])('is stored when putting it together is answered first with %s', async (_what, fault) => {
    under.double.fail(fault, { operation: 'CompleteMultipartUpload' });

    await put(LARGE);

    expect(stored()?.equals(LARGE)).toBe(true);
  });

  test.each<readonly [string, Fault]>([
    ['500', { kind: 'status', status: 500 }],
    ['silence', { kind: 'hang' }],
    ['an answer that is lost', { kind: 'lostAnswer' }],
  ])('is stored when beginning is answered first with %s', async (_what, fault) => {
    under.double.fail(fault, { operation: 'CreateMultipartUpload' });

    await put(LARGE);

    expect(stored()?.equals(LARGE)).toBe(true);
  });

  test.each([
    ['while it is sent', 'UploadPart', 1],
    ['when all of it was sent', 'CompleteMultipartUpload', 1],
    ['after putting it together has failed once', 'CompleteMultipartUpload', 2],
  ])('is begun anew when the store forgets the upload %s', async (_when, operation, nth) => {
    if (nth === 2) under.double.fail({ kind: 'status', status: 500 }, { operation });
    let hasForgotten = false;
    under.double.now = () => {
      if (!hasForgotten && requestsOf(operation) >= nth) {
        under.double.bucket(BUCKET).uploads.clear();
        hasForgotten = true;
      }
      return new Date();
    };

    await put(LARGE);

    expect(stored()?.equals(LARGE)).toBe(true);
    expect(requestsOf('CreateMultipartUpload')).toBe(2);
  });

  test('is given up when the store forgets every upload', async () => {
    under.double.now = () => {
      under.double.bucket(BUCKET).uploads.clear();
      return new Date();
    };

    expect(await failureOf(() => put(LARGE))).toMatchObject({ exit: 'unavailable', code: 'upload_lost' });
  });
});

describe.each(SIZES)('credentials that may only write, and %s', (way, bytes, operation) => {
  const last = way === 'parts' ? 'CompleteMultipartUpload' : operation;
  let writer: S3Backups;
  beforeEach(async () => (writer = await start({ user: WRITER })));

  test('are enough to store a backup', async () => {
    await put(bytes, writer);

    expect(stored(writer)?.equals(bytes)).toBe(true);
    expect(writer.double.log.every(({ status }) => status === 200)).toBe(true);
  });

  test('are enough when the answer is lost: the key is the proof', async () => {
    writer.double.fail({ kind: 'lostAnswer' }, { operation: last });

    await put(bytes, writer);

    expect(stored(writer)?.equals(bytes)).toBe(true);
  });

  test('do not take a key that was there before for stored', async () => {
    await put(randomBytes(10), writer);

    expect(await failureOf(() => put(bytes, writer))).toMatchObject({ code: 'key_taken' });
  });

  test('may not list or read, which is no missing bucket and no missing backup', async () => {
    await put(bytes, writer);

    for (const work of [() => list(writer), () => read(writer)])
      expect(await failureOf(work)).toMatchObject({
        code: 'access_denied',
        message: expect.stringMatching(/s3:GetObject and s3:ListBucket/) as string,
      });
  });
});

describe('a lost answer where something else turns out to be stored', () => {
  test.each(SIZES)('is a failure, never a success (%s)', async (way, bytes, operation) => {
    const last = way === 'parts' ? 'CompleteMultipartUpload' : operation;
    const other = await workplace.fileOf(randomBytes(20));
    // The first try does not reach the store, and before the second one somebody else takes the key.
    under.double.fail({ kind: 'hang' }, { operation: last });
    const putting = failureOf(() => put(bytes));
    while (!under.double.log.some(entry => entry.operation === last))
      await new Promise(resolve => setImmediate(resolve));
    const theirs = await start({ settings: { endpoint: under.double.url } });
    await theirs.store.put(KEY, other, UNTOLD);

    expect(await putting).toMatchObject({ code: 'key_taken' });
    expect(stored()?.length).toBe(20);
  });
});

describe('reading', () => {
  beforeEach(() => put(SMALL));

  test('needs no more than to get and to list', async () => {
    const restore = useCredentials(READER);
    const reader = await start({ user: READER, settings: { endpoint: under.double.url } });

    expect((await read(reader))?.equals(SMALL)).toBe(true);
    expect(await list(reader)).toEqual([KEY]);
    expect(await failureOf(() => put(LARGE, reader))).toMatchObject({ code: 'access_denied' });
    restore();
  });

  test.each<readonly [string, Fault]>([
    ['500', { kind: 'status', status: 500 }],
    ['503 SlowDown', { kind: 'status', status: 503 }],
    ['silence', { kind: 'hang' }],
    ['a broken connection', { kind: 'reset' }],
    ['an answer that is lost', { kind: 'lostAnswer' }],
  ])('is tried again after %s', async (_what, fault) => {
    under.double.fail(fault, { operation: 'GetObject' });
    under.double.fail(fault, { operation: 'ListObjectsV2' });

    expect((await read())?.equals(SMALL)).toBe(true);
    expect(await list()).toEqual([KEY]);
  });

  test.each<readonly [string, Fault, object]>([
    ['that ends in the middle', { kind: 'truncate' }, { exit: 'unavailable', code: 'store_cut' }],
    ['that stands still', { kind: 'stall' }, { exit: 'unavailable', code: 'store_cut' }],
    [
      'that drips so slowly that it would never end',
      { kind: 'drip', bytes: 10, everyMs: 20 },
      { exit: 'unavailable', code: 'store_cut' },
    ],
    ['of which a byte is changed', { kind: 'corruptAnswer' }, { exit: 'unusable', code: 'object_damaged' }],
  ])('fails for an object %s', async (_what, fault, expected) => {
    under.double.fail(fault, { operation: 'GetObject', times: Infinity });

    expect(await failureOf(read)).toMatchObject(expected);
  });

  test.each<readonly [string, Fault, string]>([
    ['500', { kind: 'status', status: 500 }, 'store_failed'],
    ['silence', { kind: 'hang' }, 'store_silent'],
    ['AccessDenied', { kind: 'status', status: 403, code: 'AccessDenied' }, 'access_denied'],
    ['404 of a proxy', { kind: 'status', status: 404, html: '<h1>Not found</h1>' }, 'store_failed'],
    ['HTML that claims to be right', { kind: 'status', status: 200, html: '<p>Welcome</p>' }, ''],
  ])('never takes %s for an empty store', async (_what, fault, code) => {
    under.double.fail(fault, { times: Infinity });

    for (const work of [list, read]) {
      const failure = await failureOf(work);
      expect(failure.exit).toMatch(/unavailable|unusable/);
      expect(failure.message).not.toContain('<');
      if (code !== '') expect(failure.code).toBe(code);
    }
  });

  test('lists more than a thousand, each once', async () => {
    const bucket = under.double.bucket(BUCKET);
    const template = bucket.get(KEY);
    const keys = Array.from({ length: 1_234 }, (_none, index) => `daymark/m/${(index * 7_919) % 10_000}`);
    for (const key of keys) bucket.put({ ...template, key });

    expect(await list()).toEqual([KEY, ...keys].sort());
  });
});

describe('settings that are wrong are told as what they are', () => {
  test.each<readonly [string, Parameters<typeof openS3Backups>[0], object]>([
    [
      'a bucket that is not there',
      { settings: { bucket: 'nowhere' } },
      { exit: 'configuration', code: 'bucket_missing' },
    ],
    [
      'the wrong region',
      { settings: { region: 'eu-west-3' } },
      { exit: 'configuration', code: 'wrong_region' },
    ],
    [
      'a bucket in the name of a host that does not know it',
      { settings: { endpoint: 'http://s3.invalid', forcePathStyle: false } },
      { exit: 'unavailable', code: 'store_unreachable' },
    ],
    [
      'nobody at the endpoint',
      { settings: { endpoint: 'http://127.0.0.1:9' } },
      { exit: 'unavailable', code: 'store_unreachable' },
    ],
    [
      'an unknown key id',
      { user: { ...S3_OWNER, accessKeyId: 'AKIANOBODYKNOWSTHIS0' } },
      { code: 'wrong_credentials' },
    ],
    [
      'a wrong secret',
      { user: { ...S3_OWNER, secretAccessKey: 'not-the-secret-of-the-double' } },
      { code: 'wrong_credentials' },
    ],
    [
      'no credentials',
      { user: { accessKeyId: undefined, secretAccessKey: undefined } },
      { exit: 'configuration', code: 'no_credentials' },
    ],
  ])('%s', async (_what, change, expected) => {
    const wrong = await start(change);

    for (const work of [
      () => put(SMALL, wrong),
      () => put(LARGE, wrong),
      () => list(wrong),
      () => read(wrong),
    ]) {
      const failure = await failureOf(work);
      expect(failure).toMatchObject(expected);
      expect(failure.message).not.toContain('not-the-secret');
    }
  });

  test('the name of a bucket in the host, at a store that wants it in the path', async () => {
    const wrong = await start({ settings: { endpoint: under.double.url.replace('127.0.0.1', 'localhost') } });
    under.double.buckets.delete(BUCKET);

    expect((await failureOf(() => put(SMALL, wrong))).message).toMatch(/BACKUP_S3_FORCE_PATH_STYLE/);
  });

  test('a clock that is off by an hour is corrected by the time of the store', async () => {
    under.double.now = () => new Date(Date.now() + 3_600_000);

    await put(SMALL);

    expect((await read())?.equals(SMALL)).toBe(true);
  });

  test('a full bucket', async () => {
    under.double.bucket(BUCKET).quotaBytes = 1_000_000;

    expect(await failureOf(() => put(LARGE))).toMatchObject({ exit: 'full', code: 'store_full' });
    await put(SMALL);

    expect(await list()).toEqual([KEY]);
  });
});
