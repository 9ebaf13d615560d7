import { setTimeout as pause } from 'node:timers/promises';
import { until } from '../../e2e/faults/support/until.ts';
import { allOf, LocalFiles, someBytes } from '../../support/local-files.ts';
import { ownTime, within } from '../../support/own-time.ts';
import type { Fault } from '../../support/s3-double/faults.ts';
import { EVERYTHING } from '../../support/s3-double/policy.ts';
import { S3_OWNER } from '../../support/s3-double.ts';
import { openS3Store, type S3Store } from '../../support/s3-store.ts';

const UNAVAILABLE = { kind: 'unavailable', code: 'temporarily_unavailable' };
const KEY = 'images/one.png';
const DEADLINES = { open: 900, idle: 300, put: 700, perMegabyte: 200, remove: 600, list: 600 };

let under: S3Store;
let files: LocalFiles;
let restarts: (() => Promise<void>)[] = [];

const start = async (...parameters: Parameters<typeof openS3Store>): Promise<S3Store> => {
  const opened = await openS3Store(...parameters);
  restarts.push(() => opened.close());
  return opened;
};

beforeEach(async () => {
  restarts = [];
  files = await LocalFiles.make();
  under = await start({ deadlines: DEADLINES });
});
afterEach(async () => {
  for (const close of restarts.toReversed()) await close();
  await files.remove();
});

const bytes = someBytes(300_000);
const put = async (key = KEY, content = bytes) => under.store.put(key, await files.of(content));
const read = async (key = KEY) => allOf(await under.store.open(key));
const remove = () => under.store.remove([KEY]);
const list = () => Array.fromAsync(under.store.list('images/'));
const requestsOf = (operation: string) =>
  under.double.log.filter(entry => entry.operation === operation).length;

/** How long it took until it was refused as unavailable. */
const msUntilUnavailable = (work: () => Promise<unknown>): Promise<number> =>
  ownTime(() => expect(work()).rejects.toMatchObject(UNAVAILABLE));

const LASTING: readonly (readonly [what: string, fault: Fault])[] = [
  ['500', { kind: 'status', status: 500 }],
  ['503 SlowDown', { kind: 'status', status: 503 }],
  ['403', { kind: 'status', status: 403, code: 'AccessDenied' }],
  ['507 for being full', { kind: 'status', status: 507, code: 'InsufficientStorage' }],
  ['a page of HTML from a proxy', { kind: 'status', status: 502, html: '<h1>Bad gateway</h1>' }],
  ['a page of HTML that claims to be right', { kind: 'status', status: 200, html: '<h1>Welcome</h1>' }],
  ['silence', { kind: 'hang' }],
  ['a broken connection', { kind: 'reset' }],
  ['an answer that is lost', { kind: 'lostAnswer' }],
  ['work without an answer', { kind: 'silentAnswer' }],
];

describe.each(LASTING)('a store that answers with %s', (_what, fault) => {
  const isWrongAnswer = fault.kind === 'status' && fault.status === 200;

  test('is unavailable for every call in time, and heals by itself', async () => {
    await put('images/there.png');
    under.double.fail(fault, { times: Infinity });

    const slowest = Math.max(
      await msUntilUnavailable(() => read('images/there.png')),
      await msUntilUnavailable(list),
      await msUntilUnavailable(() => put('images/late.png')),
      // That nothing is left is believed on any answer of 200; otherwise it is found by reconciling.
      isWrongAnswer ? 0 : await msUntilUnavailable(remove),
    );

    expect(slowest).toBeLessThan(1_100);
    under.double.heal();
    await put('images/after.png');
    expect((await read('images/after.png')).equals(bytes)).toBe(true);
    await remove();
    expect((await list()).map(({ key }) => key)).toContain('images/after.png');
  });

  test('is told to the admin once, with what to do, and once when it works again', async () => {
    under.double.fail(fault, { operation: 'GetObject', times: Infinity });

    await msUntilUnavailable(read);
    await msUntilUnavailable(read);
    under.double.heal();
    await under.store.open(KEY);

    expect(under.messages).toEqual([
      expect.stringMatching(/^the image store fails: ./),
      'the image store works again',
    ]);
  });
});

describe('what fails once', () => {
  test.each<readonly [string, Fault]>([
    ['500', { kind: 'status', status: 500 }],
    ['503 SlowDown', { kind: 'status', status: 503 }],
    ['a broken connection', { kind: 'reset' }],
    ['a connection that breaks in the middle of the body', { kind: 'reset', afterBytes: 100_000 }],
    ['a byte that changes on the way', { kind: 'corruptRequest' }],
    ['an answer that is lost', { kind: 'lostAnswer' }],
  ])('%s: putting is tried again with the whole file', async (_what, fault) => {
    under.double.fail(fault, { operation: 'PutObject' });

    await put();

    expect(requestsOf('PutObject')).toBe(2);
    expect(under.double.bucket().get(KEY).bytes.equals(bytes)).toBe(true);
    expect(under.messages).toEqual([]);
  });

  test.each<readonly [string, Fault]>([
    ['500', { kind: 'status', status: 500 }],
    ['503 SlowDown', { kind: 'status', status: 503 }],
    ['a broken connection', { kind: 'reset' }],
    ['an answer that is lost', { kind: 'lostAnswer' }],
  ])('%s: reading, removing and listing are tried again', async (_what, fault) => {
    await put();

    under.double.fail(fault, { operation: 'GetObject' });
    expect((await read()).equals(bytes)).toBe(true);
    under.double.fail(fault, { operation: 'ListObjectsV2' });
    expect(await list()).toHaveLength(1);
    under.double.fail(fault, { operation: 'DeleteObject' });
    await remove();

    expect(await list()).toEqual([]);
  });

  test('the store is asked three times at most', async () => {
    under.double.fail({ kind: 'status', status: 500 }, { times: Infinity });

    await msUntilUnavailable(put);

    expect(requestsOf('PutObject')).toBe(3);
  });

  test.each([403, 507])('%i is not asked again: it would not help', async status => {
    under.double.fail({ kind: 'status', status, code: 'Planned' }, { times: Infinity });

    await msUntilUnavailable(put);

    expect(requestsOf('PutObject')).toBe(1);
  });
});

describe('putting', () => {
  test('a lost answer is a success only when what is there is what was sent', async () => {
    const other = await start({ deadlines: DEADLINES, settings: { endpoint: under.double.url } });
    under.double.fail({ kind: 'status', status: 500 }, { operation: 'PutObject' });
    // Between the first try and the second somebody else takes the key.
    under.double.fail({ kind: 'lostAnswer' }, { operation: 'PutObject', from: 2 });
    const racing = put();
    await other.store.put(KEY, await files.of(someBytes(10))).catch(() => undefined);

    const outcome = await racing.then(
      () => 'stored',
      (error: unknown) => (error as Error).name,
    );

    const isOurs = under.double.bucket().get(KEY).bytes.equals(bytes);
    expect(outcome).toBe(isOurs ? 'stored' : 'AssetKeyTaken');
  });

  test('a key that is taken is no lost answer', async () => {
    await put();
    under.double.fail({ kind: 'status', status: 500 }, { operation: 'PutObject' });

    await expect(put(KEY, someBytes(300_000))).rejects.toMatchObject({ name: 'AssetKeyTaken' });

    expect((await read()).equals(bytes)).toBe(true);
  });

  test.each<readonly [string, Fault]>([
    ['corrupted', { kind: 'corruptRequest' }],
    ['cut', { kind: 'reset', afterBytes: 100_000 }],
    ['acknowledged with another checksum', { kind: 'wrongChecksum' }],
  ])('what is always %s on its way is never acknowledged', async (_what, fault) => {
    under.double.fail(fault, { operation: 'PutObject', times: Infinity });

    await msUntilUnavailable(put);
  });

  test('what arrives corrupted is not kept', async () => {
    under.double.fail({ kind: 'corruptRequest' }, { operation: 'PutObject', times: Infinity });

    await msUntilUnavailable(put);

    expect(under.double.bucket().current).toEqual([]);
  });

  test('a quota that is used up is told as such', async () => {
    under.double.bucket().quotaBytes = 100_000;

    await msUntilUnavailable(put);

    expect(under.messages).toEqual(['the image store fails: it is full']);
    await put('images/small.png', someBytes(10));
    expect(under.messages).toHaveLength(2);
  });

  test('the type and the checksum stay with the object', async () => {
    await put();

    const { headers, checksums } = under.double.bucket().get(KEY);

    expect(headers['content-type']).toBe('image/png');
    expect(Object.keys(checksums)).toEqual(['sha256']);
  });

  test('a file that changed after it was measured is not stored', async () => {
    const file = await files.of(bytes);

    await expect(under.store.put(KEY, { ...file, bytes: 299_999 })).rejects.toThrow('bytes');
    await expect(under.store.put(KEY, { ...file, bytes: 300_001 })).rejects.toThrow('bytes');

    expect(under.double.bucket().current).toEqual([]);
  });
});

describe('reading', () => {
  beforeEach(() => put());

  /** What a reader gets before it fails. */
  const readSome = async (range?: { first: number; last: number }) => {
    let received = 0;
    const failure = await (async () => {
      for await (const piece of (await under.store.open(KEY, range)) ?? []) received += piece.length;
      return null;
    })().catch((error: unknown) => error);
    return { received, failure };
  };

  test.each<readonly [string, Fault]>([
    ['breaks off', { kind: 'truncate' }],
    ['stands still', { kind: 'stall' }],
    ['is corrupted', { kind: 'corruptAnswer' }],
  ])('a body that %s is an error in time, and never looks complete', async (_what, fault) => {
    under.double.fail(fault, { operation: 'GetObject' });

    const { received, failure } = await within(1_500, readSome);

    expect(failure).toMatchObject(UNAVAILABLE);
    expect(received).toBeLessThan(bytes.length);
    expect((await read()).equals(bytes)).toBe(true);
  });

  test.each<readonly [string, Fault]>([
    ['breaks off', { kind: 'truncate' }],
    ['stands still', { kind: 'stall' }],
  ])('a range that %s is one too', async (_what, fault) => {
    under.double.fail(fault, { operation: 'GetObject' });

    const { received, failure } = await readSome({ first: 1_000, last: 250_000 });

    expect(failure).toMatchObject(UNAVAILABLE);
    expect(received).toBeLessThan(249_001);
  });

  test('a body that comes slowly but steadily is read to its end, however long that takes', async () => {
    under.double.fail({ kind: 'drip', bytes: 30_000, everyMs: 150 }, { operation: 'GetObject' });

    expect((await read()).equals(bytes)).toBe(true);
  });

  test('a reader who takes longer than the store may is no silent store', async () => {
    const large = someBytes(5_000_000);
    await put('images/large.png', large);
    const pieces: Uint8Array[] = [];

    for await (const piece of (await under.store.open('images/large.png'))!) {
      if (pieces.length === 2) await pause(DEADLINES.idle * 2);
      pieces.push(piece);
    }

    expect(Buffer.concat(pieces).equals(large)).toBe(true);
  });

  test('bytes that nobody asks for are let go', async () => {
    const opened = await under.store.open(KEY);
    await pause(DEADLINES.idle * 2);

    await expect(allOf(opened)).rejects.toMatchObject(UNAVAILABLE);
  });

  test('a bucket that is gone is no absent object', async () => {
    under.double.buckets.clear();

    await msUntilUnavailable(read);

    expect(under.messages).toEqual(['the image store fails: S3_BUCKET names a bucket that is not there']);
  });
});

describe('connections', () => {
  test.each<readonly [string, () => Promise<unknown>]>([
    ['a put that got no answer', put],
    ['a read that got no answer', read],
    ['a list that got no answer', list],
    ['a removal that got no answer', remove],
  ])('of %s are given up', async (_what, work) => {
    under.double.fail({ kind: 'hang' }, { times: Infinity });

    await msUntilUnavailable(work);

    await until('they are closed', async () => (await under.double.connections()) === 0);
  });

  test('of a reader who leaves early, or never begins, are given up', async () => {
    await put(KEY, someBytes(5_000_000));
    for await (const piece of (await under.store.open(KEY))!) if (piece.length > 0) break;
    await (await under.store.open(KEY))![Symbol.asyncIterator]().return?.();
    await under.store.open(KEY);

    await until('they are closed', async () => (await under.double.connections()) === 0);
  });
});

describe('listing', () => {
  test('a page that fails in the middle fails the list, and never shortens it', async () => {
    for (let index = 0; index < 1_001; index++)
      under.double.bucket().put({
        ...{
          key: `images/${index}`,
          bytes: Buffer.alloc(1),
          etag: '',
          checksums: {},
          checksumType: 'FULL_OBJECT',
        },
        ...{ headers: {}, storedAt: new Date() },
      });
    under.double.fail({ kind: 'hang' }, { operation: 'ListObjectsV2', from: 2 });

    await msUntilUnavailable(list);

    expect(await list()).toHaveLength(1_001);
  });
});

describe('a store that is not reachable', () => {
  test('is unavailable at once, and heals when it comes back', async () => {
    await put();
    await under.double.goAway();

    expect(await msUntilUnavailable(read)).toBeLessThan(1_000);
    expect(await msUntilUnavailable(() => put('images/two.png'))).toBeLessThan(1_000);
    expect(under.messages).toEqual(['the image store fails: S3_ENDPOINT cannot be reached']);

    await under.double.comeBack();
    expect((await read()).equals(bytes)).toBe(true);
  });

  // An address that nothing answers at: connections are neither made nor refused.
  test('and does not even refuse is unavailable within a second', async () => {
    const away = await start({ settings: { endpoint: 'http://192.0.2.1:9' } });

    expect(await msUntilUnavailable(() => away.store.open(KEY))).toBeLessThan(1_000);
  });
});

describe('what is configured wrongly', () => {
  test.each<readonly [string, Parameters<typeof openS3Store>, RegExp]>([
    ['a bucket that is not there', [{ settings: { bucket: 'nowhere' } }], /S3_BUCKET|404/],
    ['another region', [{ settings: { region: 'eu-north-1' } }], /AWS_REGION/],
    ['a wrong secret', [{}, { ...S3_OWNER, secretAccessKey: 'wrong' }], /credentials/],
    ['an unknown key', [{}, { ...S3_OWNER, accessKeyId: 'AKIANOBODY' }], /credentials/],
    ['no credentials', [{}, { accessKeyId: undefined, secretAccessKey: undefined }], /credentials/],
  ])('%s is told to the admin, and 503 to everybody else', async (_what, parameters, message) => {
    const wrong = await start(...parameters);

    await expect(wrong.store.put(KEY, await files.of(bytes))).rejects.toMatchObject(UNAVAILABLE);
    await expect(wrong.store.open(KEY)).rejects.toMatchObject(UNAVAILABLE);

    expect(wrong.messages).toEqual([expect.stringMatching(message)]);
  });

  test('is told as soon as the store is connected to, before anybody needs it', async () => {
    const wrong = await start({ settings: { bucket: 'nowhere' } });

    wrong.store.connect();
    await expect(wrong.store.open(KEY)).rejects.toMatchObject(UNAVAILABLE);

    expect(wrong.messages).toHaveLength(1);
    expect(wrong.double.log.map(({ operation }) => operation)).toContain('HeadBucket');
  });

  test('rights that are missing are named', async () => {
    const reader = { name: 'reader', accessKeyId: 'AKIAREADER', secretAccessKey: 'x'.repeat(40) };
    const limited = await start({}, reader);
    limited.double.addUser({ ...reader, statements: [{ ...EVERYTHING[0]!, actions: ['s3:GetObject'] }] });

    await expect(limited.store.put(KEY, await files.of(bytes))).rejects.toMatchObject(UNAVAILABLE);

    expect(limited.messages).toEqual([expect.stringContaining('s3:PutObject')]);
  });

  test("a clock that is an hour off is put right by the store's own", async () => {
    under.double.now = () => new Date(Date.now() + 3_600_000);

    await put();

    expect((await read()).equals(bytes)).toBe(true);
  });
});
