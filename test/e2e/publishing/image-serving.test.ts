import { get as httpGet, type IncomingMessage } from 'node:http';
import request from 'supertest';
import { aGate } from '../../support/gate.ts';
import { aPicture } from '../../support/fakes/publishing-images.ts';
import { startImagesApp, type ImagesApp } from '../../support/images-app.ts';
import { filesIn } from '../../support/multipart.ts';
import { refusal, signedIn, type Answer, type Person } from '../../support/person.ts';
import { connected } from '../../support/template-database.ts';
import { statementsDuring } from '../accounts/statements.ts';
import { until } from '../faults/support/until.ts';

const BYTES = 300_000;

let app: ImagesApp;
let ada: Person;
let image: Answer['body'];
let path: string;

beforeAll(async () => {
  app = await startImagesApp();
});

afterAll(async () => {
  await app.close();
});

beforeEach(async () => {
  ada = await signedIn(app);
  const { type, body } = filesIn(aPicture({ width: 700, bytes: BYTES }));
  const answer = await ada.device.post('/v1/assets/images').set('Content-Type', type).send(body).expect(201);
  image = answer.body.images[0];
  path = new URL(image.url).pathname;
});

afterEach(() => {
  app.store.isDown = false;
  app.store.reading = null;
});

const read = (target = path, headers: Readonly<Record<string, string>> = {}): request.Test =>
  request(app.url).get(target).set(headers).buffer(true).parse(binary);

const binary: Parameters<request.Test['parse']>[0] = (response, done) => {
  const chunks: Buffer[] = [];
  response.on('data', (chunk: Buffer) => chunks.push(chunk));
  response.on('end', () => done(null, Buffer.concat(chunks)));
};

const original = (): Promise<Buffer> => app.store.bytesOf(`images/${path.split('/').at(-1)!}`);

const errorLines = (): readonly Record<string, unknown>[] =>
  app
    .logs()
    .split('\n')
    .filter(line => line !== '')
    .map(line => JSON.parse(line) as Record<string, unknown>)
    .filter(({ level }) => level === 'error' || level === 'fatal' || level === 50 || level === 60);

describe('the file of an image', () => {
  test('comes as it was stored, for everybody and for good', async () => {
    const answer = await read();

    expect(answer.status).toBe(200);
    expect(answer.body.equals(await original())).toBe(true);
    expect(answer.headers).toMatchObject({
      'content-type': 'image/jpeg',
      'content-length': String(BYTES),
      'cache-control': 'public, max-age=31536000, immutable',
      etag: `"${path.split('/').at(-1)!}"`,
      'accept-ranges': 'bytes',
      'x-content-type-options': 'nosniff',
    });
  });

  test('may be shown by pages of other origins and can do nothing as a page, and says so once', async () => {
    const headers = await new Promise<IncomingMessage['headersDistinct']>((resolve, reject) => {
      httpGet(`${app.url}${path}`, response => {
        response.resume();
        resolve(response.headersDistinct);
      }).on('error', reject);
    });

    expect(headers['content-security-policy']).toEqual(["default-src 'none'; sandbox"]);
    expect(headers['cross-origin-resource-policy']).toEqual(['cross-origin']);
    expect(Object.values(headers).filter(values => values!.length > 1)).toEqual([]);
  });

  test('is one statement, and HEAD and 304 leave the store alone', async () => {
    await read();
    const opened = app.store.opened;
    const statements = await statementsDuring(app, async () => {
      expect((await request(app.url).head(path)).headers['content-length']).toBe(String(BYTES));
      expect((await request(app.url).head(path).set('Range', 'bytes=0-1')).status).toBe(200);
      for (const tag of ['*', `"x", W/"${path.split('/').at(-1)!}"`])
        expect((await read(path, { 'If-None-Match': tag, Range: 'bytes=0-1' })).status).toBe(304);
    });

    expect(statements).toHaveLength(4);
    expect(app.store.opened).toBe(opened);
    expect(await statementsDuring(app, () => read().then(() => undefined))).toHaveLength(1);
  });

  test('is there in every size that is smaller', async () => {
    const answers = await Promise.all(
      image.variants.map(({ url }: { url: string }) => read(new URL(url).pathname)),
    );

    expect(answers.map(({ status, type, body }) => [status, type, String(body)])).toEqual([
      [200, 'image/webp', 'smaller 320'],
      [200, 'image/webp', 'smaller 640'],
    ]);
  });

  test('is found under its owner’s name in any case, the old and the new one', async () => {
    const file = path.split('/').at(-1)!;
    const renamed = `new${ada.username}`;
    await ada.device.patch('/v1/accounts/me').send({ username: renamed }).expect(200);
    const statusUnder = async (name: string) => (await read(`/v1/users/${name}/images/${file}`)).status;

    expect(await statusUnder(ada.username)).toBe(200);
    expect(await statusUnder(ada.username.toUpperCase())).toBe(200);
    expect(await statusUnder(renamed)).toBe(200);
    expect(await statusUnder('nobody')).toBe(404);
  });

  test.each<[string, (file: string) => string]>([
    ['another size', file => file.replace('.jpg', '-1280.webp')],
    ['a size as it is not written', file => file.replace('.jpg', '-0320.webp')],
    ['another ending', file => file.replace('.jpg', '.png')],
    ['no ending', file => file.replace('.jpg', '')],
    ['another key', file => `${file.startsWith('a') ? 'b' : 'a'}${file.slice(1)}`],
    ['upper case', file => file.toUpperCase()],
    ['a way out', file => `..%2f..%2f${file}`],
    ['a folder', file => `images%2f${file}`],
    ['something behind it', file => `${file}%20`],
    ['a text like a statement', () => "' or 1=1 --"],
  ])('is not there under %s', async (_what, change) => {
    const answer = await read(`/v1/users/${ada.username}/images/${change(path.split('/').at(-1)!)}`);

    expect([answer.status, JSON.parse(String(answer.body)).code]).toEqual([404, 'image_not_found']);
  });

  test('is not there while its owner is banned', async () => {
    const standing = (to: string) =>
      connected(app.databaseUrl, client =>
        client.query('update accounts set standing = $2 where id = $1', [ada.id, to]),
      );
    await standing('banned');
    const meanwhile = await read();
    await standing('active');

    expect([meanwhile.status, (await read()).status]).toEqual([404, 200]);
  });
});

describe('a range', () => {
  test.each<[string, string, number, number]>([
    ['the first bytes', 'bytes=0-99', 0, 99],
    ['the middle', 'bytes=100-199', 100, 199],
    ['the rest', 'bytes=299990-', 299_990, 299_999],
    ['the last bytes', 'bytes=-10', 299_990, 299_999],
    ['more than there is', 'bytes=299990-400000', 299_990, 299_999],
    ['more last bytes than there are', 'Bytes=-400000', 0, 299_999],
  ])('of %s is answered alone', async (_what, range, first, last) => {
    const answer = await read(path, { Range: range });

    expect([answer.status, answer.headers['content-range']]).toEqual([
      206,
      `bytes ${first}-${last}/${BYTES}`,
    ]);
    expect(answer.body.equals((await original()).subarray(first, last + 1))).toBe(true);
  });

  test.each(['bytes=0-1,5-6', 'bytes=5-2', 'bytes=a-b', 'bytes=-', 'bytes', 'rows=0-1'])(
    'of %s is answered with everything',
    async range => {
      const answer = await read(path, { Range: range });

      expect([answer.status, answer.body.length]).toEqual([200, BYTES]);
    },
  );

  test.each([`bytes=${BYTES}-`, 'bytes=99999999999999999999-', 'bytes=-0'])(
    'of %s is not there',
    async range => {
      const answer = await request(app.url).get(path).set('Range', range);

      expect(refusal(answer)).toEqual([416, 'range_not_satisfiable']);
      expect(answer.headers['content-range']).toBe(`bytes */${BYTES}`);
    },
  );

  test('counts only for the file that the client has a part of', async () => {
    const part = await read(path, { Range: 'bytes=0-9', 'If-Range': `"${path.split('/').at(-1)!}"` });
    const weak = await read(path, { Range: 'bytes=0-9', 'If-Range': `W/"${path.split('/').at(-1)!}"` });
    const other = await read(path, { Range: 'bytes=0-9', 'If-Range': '"another"' });
    const date = await read(path, { Range: 'bytes=0-9', 'If-Range': 'Wed, 21 Oct 2035 07:28:00 GMT' });

    expect([part, weak, other, date].map(({ status }) => status)).toEqual([206, 200, 200, 200]);
  });
});

describe('when the store', () => {
  test('is down, the answer is a 503', async () => {
    app.store.isDown = true;
    const answer = await request(app.url).get(path);

    expect(refusal(answer)).toEqual([503, 'temporarily_unavailable']);
    expect(answer.headers['retry-after']).toBe('1');
  });

  test('has lost an object, the answer is a 404 and the admin is told once', async () => {
    await app.store.remove([`images/${path.split('/').at(-1)!}`]);
    const before = errorLines().length;
    const answer = await request(app.url).get(path);

    expect(refusal(answer)).toEqual([404, 'image_not_found']);
    expect(errorLines().slice(before)).toMatchObject([
      { image: image.id, msg: 'an object of an image is missing in the store' },
    ]);
  });

  test.each(['breaks', 'ends'] as const)(
    'has begun and then %s, the connection is cut and the admin is told once',
    async then => {
      app.store.reading = { bytes: 65_536, then };
      const before = errorLines().length;
      const failed = await read().then(
        () => 'whole',
        (error: unknown) => (error as NodeJS.ErrnoException).code,
      );
      await until('the line', () => errorLines().length > before);

      expect(failed).toBe('ECONNRESET');
      expect(errorLines().slice(before)).toMatchObject([
        { msg: 'request', route: '/v1/users/:username/images/:file' },
      ]);
      expect((await request(app.url).get('/healthz')).status).toBe(200);
      expect(app.store.readers).toBe(0);
    },
  );
});

test('a client that leaves sets the source free, and is no failure', async () => {
  const gate = aGate();
  app.store.reading = { bytes: 65_536, then: gate };
  const before = errorLines().length;
  const client = httpGet(`${app.url}${path}`, response => response.on('error', () => undefined).resume());
  client.on('error', () => undefined);
  await until('it is being read', () => app.store.readers === 1);

  client.destroy();
  await until('the line', () => /"status":499[^\n]*$/.test(app.logs().trim()));
  gate.open();
  await until('nobody reads', () => app.store.readers === 0);

  expect(errorLines().slice(before)).toEqual([]);
});
