import fc from 'fast-check';
import { z } from 'zod';
import { route, type UploadLimits } from '../../../src/shared/presentation/route.ts';
import { startApp, type TestApp } from '../../support/app.ts';
import { exchange, fakeRoutes, RawClient, startSurface, type Surface } from '../../support/common-surface.ts';
import { aGate, type Gate } from '../../support/gate.ts';
import { filesIn, multipart, type Part } from '../../support/multipart.ts';
import { refusal, signedIn } from '../../support/person.ts';
import { until } from '../faults/support/until.ts';

const MOST_BYTES = 1_000_000;
const LIMITS: UploadLimits = {
  mostFiles: 3,
  mostBytesPerFile: MOST_BYTES,
  deadlineSeconds: 60,
  idleSeconds: 20,
};
const HURRIED = { headersMs: 150, requestMs: 300, keepAliveMs: 95_000, checkEveryMs: 25 };

interface Received {
  readonly name: string;
  readonly bytes: number;
}

interface Manner {
  /** After so many files it loses interest. */
  readonly stopAfter?: number;
  /** What it waits for before it begins, and before it reads a file. */
  readonly gate?: Gate;
  readonly fileGate?: Gate;
}

/** A route that says what it was sent. */
const receiving = (limits: UploadLimits, { stopAfter = Infinity, gate, fileGate }: Manner = {}) =>
  route({
    method: 'post',
    path: '/v1/files',
    operationId: 'sendFiles',
    tag: 'files',
    summary: 'Send files',
    access: 'public',
    upload: limits,
    answers: { 200: { description: 'What arrived.', body: z.object({ files: z.array(z.unknown()) }) } },
    handle: async ({ files }) => {
      const received: Received[] = [];
      await gate?.passed;
      for await (const { name, bytes } of files) {
        await fileGate?.passed;
        let count = 0;
        for await (const chunk of bytes) count += (chunk as Buffer).length;
        received.push({ name, bytes: count });
        if (received.length >= stopAfter) throw Object.assign(new Error('Enough.'), { status: 412 });
      }
      return { status: 200, body: { files: received } };
    },
  });

const opened: Surface[] = [];

const surfaceFor = async (
  limits: Partial<UploadLimits> = {},
  how: Manner = {},
  timeouts?: typeof HURRIED,
): Promise<Surface> => {
  const routes = [receiving({ ...LIMITS, ...limits }, how), ...fakeRoutes];
  const surface = await startSurface({ routes, ...(timeouts ? { timeouts } : {}) });
  opened.push(surface);
  return surface;
};

/** The whole product, for what a surface alone does not decide. */
let whole: TestApp | undefined;
const theApp = async (): Promise<TestApp> => (whole ??= await startApp());

let surface: Surface;
beforeAll(async () => {
  surface = await surfaceFor();
});
afterAll(async () => {
  for (const each of opened) await each.close();
  await whole?.close();
});

const head = (type: string, more: Readonly<Record<string, string | number>>): string => {
  const headers = { Host: 'a', 'Content-Type': type, ...more };
  const lines = Object.entries(headers).map(([name, value]) => `${name}: ${value}\r\n`);
  return `POST /v1/files HTTP/1.1\r\n${lines.join('')}\r\n`;
};

const post = ({ type, body }: { type: string; body: Buffer }, more = {}): Buffer =>
  Buffer.concat([Buffer.from(head(type, { 'Content-Length': body.length, ...more })), body]);

const send = async (
  parts: readonly Part[],
): Promise<{ status: number; code: unknown; files: Received[] }> => {
  const answer = await exchange(surface.port, post(multipart(parts)));
  const files =
    answer.status === 200
      ? (JSON.parse(Buffer.from(answer.body, 'latin1').toString()) as { files: Received[] }).files
      : [];
  return { status: answer.status, code: answer.code, files };
};

const aFile = (bytes: Buffer | string, fileName = 'a.jpg'): Part => ({ fileName, type: 'image/jpeg', bytes });

describe('an upload', () => {
  test('arrives file by file, whole, with what the client calls them', async () => {
    const { files } = await send([aFile('a'.repeat(MOST_BYTES)), aFile('', 'Größe.png'), aFile('b', '')]);

    expect(files).toEqual([
      { name: 'a.jpg', bytes: MOST_BYTES },
      { name: 'Größe.png', bytes: 0 },
      { name: 'A file without a name', bytes: 1 },
    ]);
  });

  test('may come in chunks of any size, with words around it', async () => {
    const { type, body } = filesIn('a'.repeat(5_000), 'b'.repeat(5_000));
    const whole = Buffer.concat([Buffer.from('before\r\n'), body, Buffer.from('after')]);
    for (const size of [7, 999, 20_000]) {
      const client = new RawClient(surface.port);
      client.send(head(type, { 'Transfer-Encoding': 'chunked' }));
      for (let at = 0; at < whole.length; at += size) {
        const piece = whole.subarray(at, at + size);
        client.send(
          Buffer.concat([Buffer.from(`${piece.length.toString(16)}\r\n`), piece, Buffer.from('\r\n')]),
        );
      }
      client.send('0\r\n\r\n');
      const answer = await client.answer();
      client.close();

      expect([answer.status, JSON.parse(answer.body).files]).toEqual([
        200,
        [
          { name: '1.jpg', bytes: 5_000 },
          { name: '2.jpg', bytes: 5_000 },
        ],
      ]);
    }
  });

  test.each([
    ['x\u0000\u0007\u001b[31m\u202Egpj.exe', 'x[31mgpj.exe'],
    ['../../../etc/passwd', 'passwd'],
    ['😀'.repeat(200), '😀'.repeat(100)],
    ['  \u2028 ', 'A file without a name'],
  ])('of a file called %j shows a harmless name', async (fileName, shown) => {
    const { files } = await send([aFile('a', fileName)]);

    expect(files).toEqual([{ name: shown, bytes: 1 }]);
  });
});

describe('refused is', () => {
  test.each<[string, readonly Part[], number, string]>([
    ['a file that is a byte too large', [aFile('a'.repeat(MOST_BYTES + 1))], 413, 'file_too_large'],
    ['one file too many', ['1', '2', '3', '4'].map(bytes => aFile(bytes)), 413, 'too_many_files'],
    ['a text field', [aFile('1'), { name: 'title', bytes: 'words' }], 422, 'unknown_field'],
    ['a huge text field', [{ name: 'title', bytes: 'x'.repeat(2_000_000) }], 422, 'unknown_field'],
  ])('%s', async (_what, parts, status, code) => {
    const answer = await send(parts);

    expect([answer.status, answer.code]).toEqual([status, code]);
  });

  const { type, body } = filesIn('abc');
  test.each<[string, Buffer | string, number, string]>([
    ['JSON', post({ type: 'application/json', body: Buffer.from('{}') }), 415, 'unsupported_media_type'],
    ['a bare image', post({ type: 'image/png', body }), 415, 'unsupported_media_type'],
    ['another multipart', post({ type: 'multipart/mixed; boundary=x', body }), 415, 'unsupported_media_type'],
    [
      'what only begins alike',
      post({ type: 'multipart/form-database', body }),
      415,
      'unsupported_media_type',
    ],
    [
      'a compressed body',
      post({ type, body }, { 'Content-Encoding': 'gzip' }),
      415,
      'unsupported_media_type',
    ],
    ['no body', head(type, { 'Content-Length': 0 }), 415, 'unsupported_media_type'],
    [
      'no type',
      'POST /v1/files HTTP/1.1\r\nHost: a\r\nContent-Length: 1\r\n\r\na',
      415,
      'unsupported_media_type',
    ],
    ['a body without a boundary', post({ type: 'multipart/form-data', body }), 400, 'malformed_multipart'],
    ['a body with another boundary', post({ type: `${type}x`, body }), 400, 'malformed_multipart'],
    ['a body that stops short', post({ type, body: body.subarray(0, -6) }), 400, 'malformed_multipart'],
    ['a body that stops in a header', post({ type, body: body.subarray(0, 60) }), 400, 'malformed_multipart'],
    ['garbage', post({ type, body: Buffer.alloc(10_000, '\xff') }), 400, 'malformed_multipart'],
    ['more than could be allowed', head(type, { 'Content-Length': 4_000_000 }), 413, 'body_too_large'],
  ])('%s', async (_what, bytes, status, code) => {
    const answer = await exchange(surface.port, bytes);

    expect([answer.status, answer.code]).toEqual([status, code]);
  });

  test('what is more than was said, without end', async () => {
    const client = new RawClient(surface.port);
    client.send(head(type, { 'Transfer-Encoding': 'chunked' }));
    const chunk = Buffer.concat([Buffer.from('10000\r\n'), Buffer.alloc(65_536, 'x'), Buffer.from('\r\n')]);
    const pump = setInterval(() => client.send(chunk), 1);
    const answer = await client.answer();
    await client.closed();
    clearInterval(pump);

    expect([answer.status, JSON.parse(answer.body).code]).toEqual([413, 'body_too_large']);
  });

  test('before leave to send is given, when too much is announced', async () => {
    const client = new RawClient(surface.port);
    client.send(head(type, { 'Content-Length': 50_000_000, Expect: '100-continue' }));
    const answer = await client.answer();
    await client.closed();

    expect([answer.status, JSON.parse(answer.body).code]).toEqual([413, 'body_too_large']);
  });
});

/** One part with these headers in place of what says that it is a file. */
const partWith = (...headers: readonly string[]) => ({
  type: 'multipart/form-data; boundary=xYzZY',
  body: Buffer.from(`--xYzZY\r\n${headers.map(line => `${line}\r\n`).join('')}\r\nabc\r\n--xYzZY--\r\n`),
});

describe('a part that is no field of a form', () => {
  const parts: readonly [string, ReturnType<typeof partWith>][] = [
    ['without any header', partWith()],
    ['with a type alone', partWith('Content-Type: image/jpeg')],
    ['that is an attachment', partWith('Content-Disposition: attachment; filename="a.jpg"')],
    ['with a broken disposition', partWith('Content-Disposition: ;;=')],
  ];

  test.each(parts)('%s is none of the files', async (_what, { type, body }) => {
    const answer = await exchange(surface.port, post({ type, body }));

    expect([answer.status, JSON.parse(answer.body)]).toEqual([200, { files: [] }]);
  });

  test.each(parts)('%s is no image when it comes alone', async (_what, { type, body }) => {
    const app = await theApp();
    const ada = await signedIn(app);
    const answer = await ada.device.post('/v1/assets/images').set('Content-Type', type).send(body);

    expect(refusal(answer)).toEqual([422, 'no_files']);
  });
});

test('leave to send is given when somebody begins to read', async () => {
  const gate = aGate();
  const waiting = await surfaceFor({}, { gate });
  const { type, body } = filesIn('abc');
  const client = new RawClient(waiting.port);
  const begun = new Promise(resolve => waiting.server.once('request', resolve));
  client.send(head(type, { 'Content-Length': body.length, Expect: '100-continue' }));
  await begun;
  const tooEarly = client.socket.bytesRead;
  gate.open();
  const leave = await client.answer();
  client.send(body);
  const answer = await client.answer();
  client.send('GET /healthz HTTP/1.1\r\nHost: a\r\n\r\n');
  const next = await client.answer();
  client.close();

  expect([tooEarly, leave.status, answer.status, next.status]).toEqual([0, 100, 200, 200]);
});

describe('the refusal reaches a client that is still sending', () => {
  const files = filesIn('a'.repeat(MOST_BYTES), 'b'.repeat(MOST_BYTES), 'c'.repeat(MOST_BYTES));

  test('over a bare socket, and the connection lives on', async () => {
    const picky = await surfaceFor({}, { stopAfter: 1 });
    const client = new RawClient(picky.port);
    client.send(post(files));
    const refused = await client.answer();
    client.send('GET /healthz HTTP/1.1\r\nHost: a\r\n\r\n');
    const next = await client.answer();
    client.close();

    expect([refused.status, next.status]).toEqual([412, 200]);
  });

  test('through fetch', async () => {
    const picky = await surfaceFor({}, { stopAfter: 1 });
    for (const [{ type, body }, status] of [
      [files, 412],
      [filesIn('a'.repeat(2 * MOST_BYTES)), 413],
    ] as const) {
      const headers = { 'Content-Type': type };
      const answer = await fetch(`${picky.url}/v1/files`, {
        method: 'POST',
        headers,
        body: new Uint8Array(body),
      });

      expect(answer.status).toBe(status);
    }
  });
});

test('a client that leaves in the middle is no failure', async () => {
  const client = new RawClient(surface.port);
  const { type, body } = filesIn('a'.repeat(1_000));
  const before = surface.lines.length;
  const begun = new Promise(resolve => surface.server.once('request', resolve));
  client.send(head(type, { 'Content-Length': body.length }));
  client.send(body.subarray(0, 500));
  await begun;
  client.close();
  await until('the line', () => surface.lines.length > before);

  expect(surface.lines.at(-1)).toMatchObject({ level: 'info', status: 499 });
});

describe('a slow upload', () => {
  const { type, body } = filesIn('a'.repeat(1_000));
  const drip = (client: RawClient, everyMs: number): NodeJS.Timeout => {
    let at = 0;
    return setInterval(() => client.send(body.subarray(at, ++at)), everyMs);
  };

  test('may take longer than the server allows other requests', async () => {
    const patient = await surfaceFor({}, {}, HURRIED);
    const [client, other] = [new RawClient(patient.port), new RawClient(patient.port)];
    const begun = new Promise(resolve => patient.server.once('request', resolve));
    client.send(post({ type, body: body.subarray(0, 200) }, { 'Content-Length': body.length }));
    await begun;
    other.send(
      'POST /v1/notes HTTP/1.1\r\nHost: a\r\nContent-Type: application/json\r\nContent-Length: 9\r\n\r\n{',
    );
    const cutOff = await other.answer();
    client.send(body.subarray(200));
    const answer = await client.answer();
    for (const each of [client, other]) each.close();

    expect([cutOff.status, answer.status]).toEqual([408, 200]);
  });

  test('of which no byte comes for a while is answered 408 and cut off', async () => {
    const strict = await surfaceFor({ idleSeconds: 0.2 }, {}, HURRIED);
    const client = new RawClient(strict.port);
    client.send(post({ type, body: body.subarray(0, 200) }, { 'Content-Length': body.length }));
    const answer = await client.answer();
    await client.closed();

    expect([answer.status, JSON.parse(answer.body).code]).toEqual([408, 'request_timeout']);
  });

  test('that drips on for ever is answered 408 and cut off', async () => {
    const strict = await surfaceFor({ deadlineSeconds: 0.5, idleSeconds: 0.4 }, {}, HURRIED);
    const client = new RawClient(strict.port);
    client.send(head(type, { 'Content-Length': body.length }));
    const pump = drip(client, 20);
    const answer = await client.answer();
    await client.closed();
    clearInterval(pump);

    expect([answer.status, JSON.parse(answer.body).code]).toEqual([408, 'request_timeout']);
  });

  test('is not told that it is slow while nobody reads', async () => {
    const fileGate = aGate();
    const strict = await surfaceFor({ idleSeconds: 0.1 }, { fileGate });
    const pending = exchange(strict.port, post(filesIn('a'.repeat(MOST_BYTES))));
    const idle = new RawClient((await surfaceFor({ idleSeconds: 0.4 })).port);
    idle.send(head(type, { 'Content-Length': body.length }));
    const late = await idle.answer();
    fileGate.open();

    expect([late.status, (await pending).status]).toEqual([408, 200]);
  });

  test('does not leave its pace to the next request on the connection', async () => {
    const patient = await surfaceFor({}, {}, HURRIED);
    const client = new RawClient(patient.port);
    client.send(post({ type, body }));
    const first = await client.answer();
    client.send('POST /v1/other HTTP/1.1\r\nHost: a\r\nContent-Type: application/json\r\nContent-');
    const second = await client.answer();
    client.close();

    expect([first.status, second.status]).toEqual([200, 408]);
  });
});

test('whatever is broken about a body, it is answered and the next request is served', async () => {
  const { type, body } = multipart([aFile('a'.repeat(300)), aFile('b'.repeat(300))], 'xYzZY');
  const snippets = [
    '\r\n--xYzZY',
    '\r\n--xYzZY--',
    '\r\n\r\n',
    '--',
    '\r\n',
    'Content-Disposition: form-data; name="a"',
    '\0',
  ];
  const broken = fc.record({
    at: fc.nat(body.length),
    cut: fc.nat(80),
    put: fc.array(fc.constantFrom(...snippets), { maxLength: 3 }),
    end: fc.oneof(fc.constant(body.length), fc.nat(body.length)),
  });

  await fc.assert(
    fc.asyncProperty(broken, async ({ at, cut, put, end }) => {
      const mutated = Buffer.concat([
        body.subarray(0, at),
        Buffer.from(put.join('')),
        body.subarray(at + cut, end),
      ]);
      const answer = await exchange(surface.port, post({ type, body: mutated }));
      expect([200, 400, 413, 415, 422]).toContain(answer.status);
    }),
    { numRuns: 300 },
  );
  expect((await exchange(surface.port, 'GET /healthz HTTP/1.1\r\nHost: a\r\n\r\n')).status).toBe(200);
  expect(surface.lines.filter(({ level }) => level === 'error')).toEqual([]);
});
