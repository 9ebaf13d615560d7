import request from 'supertest';
import { AssetReconciliation } from '../../../src/publishing/services/asset-reconciliation.ts';
import { startApp, type TestApp } from '../../support/app.ts';
import { filesIn } from '../../support/multipart.ts';
import { within } from '../../support/own-time.ts';
import { PASSWORD, refusal, signedIn, type Answer, type Person } from '../../support/person.ts';
import { aJpeg } from '../../support/pictures.ts';
import type { Fault } from '../../support/s3-double/faults.ts';
import { S3_OWNER, S3Double } from '../../support/s3-double.ts';
import { useCredentials } from '../../support/s3-store.ts';
import { connected } from '../../support/template-database.ts';
import { until } from '../faults/support/until.ts';

/** A silent store has five seconds to take an object, and one to give it back; the machine is shared. */
const UPLOAD_REFUSED_MS = 9_000;
/** A reader and everybody who needs no store is answered within a second. */
const PROMPT_MS = 1_500;

let bucket: S3Double;
let forgetCredentials: () => void;
let app: TestApp;
let ada: Person;
let photo: Buffer;

beforeAll(async () => {
  bucket = await S3Double.start();
  forgetCredentials = useCredentials(S3_OWNER);
  app = await startApp({
    S3_BUCKET: 'daymark',
    S3_ENDPOINT: bucket.url,
    S3_FORCE_PATH_STYLE: 'on',
    AWS_REGION: 'us-east-1',
  });
  // Three objects: itself and what is 320 and 640 wide.
  photo = await aJpeg({ width: 900, height: 600 });
});

beforeEach(async () => {
  ada = await signedIn(app);
});

afterEach(() => {
  bucket.heal();
  bucket.bucket().quotaBytes = Infinity;
});

afterAll(async () => {
  await app.close();
  forgetCredentials();
  await bucket.close();
});

const keys = (): readonly string[] => bucket.bucket().current.map(({ key }) => key);

const upload = async (...files: readonly Buffer[]): Promise<Answer> => {
  const { type, body } = filesIn(...files);
  return await ada.device.post('/v1/assets/images').set('Content-Type', type).send(body);
};

const uploaded = async (...files: readonly Buffer[]): Promise<readonly Answer['body'][]> => {
  const answer = await upload(...files);
  if (answer.status !== 201) throw new Error(`Uploading answered ${answer.status}: ${answer.text}`);
  return answer.body.images;
};

const fetched = async (url: string, headers: Readonly<Record<string, string>> = {}) => {
  const answer = await fetch(app.url + new URL(url).pathname, { headers });
  return { answer, bytes: Buffer.from(await answer.arrayBuffer()) };
};

const rows = (): Promise<number> =>
  connected(app.databaseUrl, async client => {
    const { rows: found } = await client.query<{ count: number }>('select count(*)::int from images');
    return found[0]?.count ?? 0;
  });

const orphans = async (): Promise<readonly string[]> => {
  const reconciliation = app.container.get(AssetReconciliation);
  const findings = await Array.fromAsync(reconciliation.findings({ removeOrphans: true }));
  return findings.map(({ kind, key }) => `${kind} ${key}`);
};

describe('an image in a bucket', () => {
  test('is stored under keys that tell nothing, and read as it was stored', async () => {
    const before = keys();
    const [image] = await uploaded(photo);
    const added = keys().filter(key => !before.includes(key));

    expect(added).toHaveLength(3);
    for (const key of added) expect(key).toMatch(/^images\/[a-z2-7]{26}(-320|-640)?\.(jpg|webp)$/);
    for (const file of [image, ...image.variants]) {
      const { answer, bytes } = await fetched(file.url);
      const key = `images/${file.url.split('/').at(-1)}`;

      expect(answer.status).toBe(200);
      expect(answer.headers.get('content-type')).toBe(file.content_type);
      expect(answer.headers.get('x-content-type-options')).toBe('nosniff');
      expect(bytes.equals(bucket.bucket().get(key).bytes)).toBe(true);
    }
  });

  test('is read in part, and nothing but that part is asked of the store', async () => {
    const [image] = await uploaded(photo);
    const whole = (await fetched(image.url)).bytes;
    const { answer, bytes } = await fetched(image.url, { Range: 'bytes=10-109' });
    const beyond = await fetched(image.url, { Range: `bytes=${whole.length}-` });

    expect([answer.status, answer.headers.get('content-range')]).toEqual([
      206,
      `bytes 10-109/${whole.length}`,
    ]);
    expect(bytes.equals(whole.subarray(10, 110))).toBe(true);
    expect(bucket.log.findLast(({ operation }) => operation === 'GetObject')?.status).toBe(206);
    expect(beyond.answer.status).toBe(416);
  });

  test('that is deleted is gone at once for readers, and from the bucket with its event', async () => {
    const before = keys();
    const [image] = await uploaded(photo);
    await ada.device.delete(`/v1/assets/images/${image.id}`).expect(204);
    const { answer } = await fetched(image.url);
    const meanwhile = keys();
    await app.deliver();

    expect(answer.status).toBe(404);
    expect(meanwhile).toHaveLength(before.length + 3);
    expect(keys()).toEqual(before);
  });

  test('whose deletion the store does not hear of is deleted later', async () => {
    const before = keys();
    const [image] = await uploaded(photo);
    await ada.device.delete(`/v1/assets/images/${image.id}`).expect(204);
    bucket.fail({ kind: 'status', status: 500 }, { operation: 'DeleteObject', times: Infinity });
    await app.deliver();
    const meanwhile = keys();
    bucket.heal();
    await until('the objects are gone', async () => {
      app.clock.advance(60_000);
      await app.deliver();
      return keys().length === before.length;
    });

    expect(meanwhile.length).toBeGreaterThan(before.length);
    expect(keys()).toEqual(before);
  });

  test('goes with the account', async () => {
    const before = keys();
    await uploaded(photo, photo);
    const stored = keys().length;
    await ada.device.delete('/v1/accounts/me').send({ password: PASSWORD }).expect(204);
    await app.deliver();

    expect(stored).toBe(before.length + 6);
    expect(keys()).toEqual(before);
  });
});

const FAULTS: readonly (readonly [what: string, fault: Fault])[] = [
  ['with 500', { kind: 'status', status: 500 }],
  ['with 403', { kind: 'status', status: 403, code: 'AccessDenied' }],
  ['that it is full', { kind: 'status', status: 507, code: 'InsufficientStorage' }],
  ['with a page of HTML', { kind: 'status', status: 200, html: '<h1>Welcome</h1>' }],
  ['never', { kind: 'hang' }],
  ['by breaking off', { kind: 'reset' }],
  ['in the middle of the body by breaking off', { kind: 'reset', afterBytes: 5_000 }],
  ['never, but does what it is asked', { kind: 'silentAnswer' }],
];

describe.each(FAULTS)('while the store answers %s', (_what, fault) => {
  test('an upload is a 503 without rows, whatever else was stored is found, and it heals', async () => {
    const [before, rowsBefore] = [keys(), await rows()];
    bucket.fail(fault, { times: Infinity });
    const answer = await within(UPLOAD_REFUSED_MS, () => upload(photo));
    const listed = await within(PROMPT_MS, () => ada.device.get('/v1/assets/images'));
    bucket.heal();

    expect(refusal(answer)).toEqual([503, 'temporarily_unavailable']);
    expect(answer.headers['retry-after']).toBeTruthy();
    expect([listed.status, listed.body.images]).toEqual([200, []]);
    expect(await rows()).toBe(rowsBefore);
    const left = keys().filter(key => !before.includes(key));
    expect(await orphans()).toEqual(left.map(key => `object-without-row ${key}`));
    expect(keys()).toEqual(before);
    await uploaded(photo);
    expect(await rows()).toBe(rowsBefore + 1);
  });
});

test.each<[string, Fault]>([
  ['with 500', { kind: 'status', status: 500 }],
  ['never', { kind: 'hang' }],
  ['by breaking off', { kind: 'reset' }],
])(
  'while the store answers %s, a reader is told so at once, and later gets the image',
  async (_what, fault) => {
    const [image] = await uploaded(photo);
    bucket.fail(fault, { operation: 'GetObject', times: Infinity });
    const answer = await within(PROMPT_MS, () => request(app.url).get(new URL(image.url).pathname));
    bucket.heal();

    expect(refusal(answer)).toEqual([503, 'temporarily_unavailable']);
    expect(answer.headers['cache-control']).not.toContain('immutable');
    expect((await fetched(image.url)).answer.status).toBe(200);
  },
);

test('an image whose bytes end too early never looks whole', async () => {
  const [image] = await uploaded(photo);
  bucket.fail({ kind: 'truncate' }, { operation: 'GetObject' });

  await expect(fetched(image.url)).rejects.toThrow();
  expect((await fetched(image.url)).answer.status).toBe(200);
});

test('one object of many that the store does not take takes the others back', async () => {
  const [before, rowsBefore] = [keys(), await rows()];
  bucket.fail(
    { kind: 'status', status: 403, code: 'AccessDenied' },
    { operation: 'PutObject', from: 6, times: Infinity },
  );
  const answer = await upload(photo, photo, photo);

  expect(refusal(answer)).toEqual([503, 'temporarily_unavailable']);
  expect(keys()).toEqual(before);
  expect(await rows()).toBe(rowsBefore);
});

test('where there is no more room nothing of an upload stays, and there is room for what is smaller', async () => {
  const [before, rowsBefore] = [keys(), await rows()];
  const used = bucket.bucket().versions.reduce((sum, { bytes }) => sum + bytes.length, 0);
  bucket.bucket().quotaBytes = used + photo.length + 1_000;
  const answer = await upload(photo, photo, photo);

  expect(refusal(answer)).toEqual([503, 'temporarily_unavailable']);
  expect(keys()).toEqual(before);
  expect(await rows()).toBe(rowsBefore);
  expect(app.logs()).toContain('the image store fails: it is full');
  await uploaded(await aJpeg({ width: 40, height: 30 }));
});

test('a store that is not there holds up nothing but images', async () => {
  const [image] = await uploaded(photo);
  await bucket.goAway();
  const answers = [
    await within(PROMPT_MS, () => upload(photo)),
    await within(PROMPT_MS, () => request(app.url).get(new URL(image.url).pathname)),
  ];
  const ready = await request(app.url).get('/readyz');
  await bucket.comeBack();

  expect(answers.map(refusal)).toEqual(answers.map(() => [503, 'temporarily_unavailable']));
  expect(ready.status).toBe(200);
  expect((await fetched(image.url)).answer.status).toBe(200);
});

test('the credentials are in no line of the log', () => {
  for (const secret of [S3_OWNER.accessKeyId, S3_OWNER.secretAccessKey])
    expect(app.logs()).not.toContain(secret);
});
