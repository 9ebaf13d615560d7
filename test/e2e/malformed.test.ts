import { exchange, RawClient, startSurface, type Surface } from '../support/common-surface.ts';

let surface: Surface;
beforeAll(async () => {
  surface = await startSurface();
});
afterAll(() => surface.close());

afterEach(async () => {
  // Whatever a test sent, the process must still serve.
  const healthy = await exchange(surface.port, 'GET /healthz HTTP/1.1\r\nHost: a\r\n\r\n');
  expect(healthy.status).toBe(200);
});

const post = (path: string, body: string | Buffer, headers: Record<string, string> = {}): Buffer => {
  const bytes = Buffer.from(body as string, 'latin1');
  const lines = { Host: 'a', 'Content-Type': 'application/json', 'Content-Length': bytes.length, ...headers };
  const head = Object.entries(lines).map(([name, value]) => `${name}: ${value}\r\n`);
  return Buffer.concat([Buffer.from(`POST ${path} HTTP/1.1\r\n${head.join('')}\r\n`, 'latin1'), bytes]);
};
const get = (target: string, headers = ''): string => `GET ${target} HTTP/1.1\r\nHost: a\r\n${headers}\r\n`;
const nested = (depth: number): string => `{"title":${'['.repeat(depth)}${']'.repeat(depth)}}`;

describe('a body', () => {
  test.each<[string, Buffer, number, string]>([
    ['that is no JSON', post('/v1/notes', '{"title":'), 400, 'malformed_json'],
    ['with broken UTF-8', post('/v1/notes', '{"title":"\xff\xfe"}'), 400, 'malformed_utf8'],
    ['with half a UTF-8 character', post('/v1/notes', '{"title":"\xc3'), 400, 'malformed_utf8'],
    ['that is a list', post('/v1/notes', '[]'), 422, 'invalid_fields'],
    ['that is null', post('/v1/notes', 'null'), 422, 'invalid_fields'],
    ['that is a text', post('/v1/notes', '"text"'), 422, 'invalid_fields'],
    ['that is missing', post('/v1/notes', ''), 422, 'invalid_fields'],
    ['with a null byte', post('/v1/notes', '{"title":"a\\u0000b"}'), 422, 'invalid_fields'],
    ['with half a surrogate pair', post('/v1/notes', '{"title":"\\ud800"}'), 422, 'invalid_fields'],
    [
      'that assigns a prototype',
      post('/v1/notes', '{"title":"a","__proto__":{"x":1}}'),
      422,
      'invalid_fields',
    ],
    ['that is nested a little', post('/v1/notes', nested(30)), 422, 'invalid_fields'],
    ['that is nested 49,000 times', post('/v1/notes', nested(49_000)), 422, 'invalid_fields'],
    [
      'of a form',
      post('/v1/notes', 'title=a', { 'Content-Type': 'application/x-www-form-urlencoded' }),
      415,
      'unsupported_media_type',
    ],
    [
      'of plain text',
      post('/v1/notes', '{}', { 'Content-Type': 'text/plain' }),
      415,
      'unsupported_media_type',
    ],
    [
      'in Latin-1',
      post('/v1/notes', '{}', { 'Content-Type': 'application/json; charset=latin1' }),
      415,
      'unsupported_media_type',
    ],
    ['with a broken type', post('/v1/notes', '{}', { 'Content-Type': ';;;' }), 415, 'unsupported_media_type'],
    [
      'that is compressed',
      post('/v1/notes', '{}', { 'Content-Encoding': 'gzip' }),
      415,
      'unsupported_media_type',
    ],
    ['where none belongs', post('/v1/tokens', '{"a":1}'), 422, 'invalid_fields'],
    ['that is a list where none belongs', post('/v1/tokens', '[]'), 422, 'invalid_fields'],
  ])('%s is refused', async (_name, bytes, status, code) => {
    const answer = await exchange(surface.port, bytes);

    expect([answer.status, answer.code]).toEqual([status, code]);
  });

  test.each<[string, Buffer]>([
    [
      'with a charset',
      post('/v1/notes', '{"title":"a"}', { 'Content-Type': 'Application/JSON; charset="UTF-8"' }),
    ],
    ['with a byte order mark', post('/v1/notes', '\xef\xbb\xbf{"title":"a"}')],
    ['with a name twice', post('/v1/notes', '{"title":"b","title":"a"}')],
    [
      'in chunks',
      Buffer.from(
        'POST /v1/notes HTTP/1.1\r\nHost: a\r\nContent-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\n6\r\n{"titl\r\n7\r\ne":"a"}\r\n0\r\n\r\n',
      ),
    ],
  ])('%s is accepted', async (_name, bytes) => {
    const answer = await exchange(surface.port, bytes);

    expect([answer.status, answer.body]).toEqual([201, '{"title":"a"}']);
  });

  test.each([[''], ['{}']])('of %j is accepted where none belongs', async body => {
    expect((await exchange(surface.port, post('/v1/tokens', body))).status).toBe(200);
  });

  test('names the field that holds a null byte', async () => {
    const answer = await exchange(
      surface.port,
      post('/v1/notes', '{"title":"a","nested":{"inner":"\\u0000"}}'),
    );

    expect(JSON.parse(answer.body)).toMatchObject({
      errors: [{ pointer: '/nested/inner', code: 'null_byte' }],
    });
  });

  test('with thousands of unknown fields is answered with a short list', async () => {
    const fields = Object.fromEntries(Array.from({ length: 5_000 }, (_, index) => [`f${index}`, 1]));
    const answer = await exchange(surface.port, post('/v1/notes', JSON.stringify(fields)));

    expect(answer.status).toBe(422);
    expect(answer.body.length).toBeLessThan(10_000);
  });

  test('that is announced as too large is refused before it comes', async () => {
    const head = post('/v1/notes', '', { 'Content-Length': '50000000000' });
    const answer = await exchange(surface.port, head);

    expect([answer.status, answer.code]).toEqual([413, 'body_too_large']);
  });

  test('that turns out too large is refused while it comes', async () => {
    const client = new RawClient(surface.port);
    client.send(
      'POST /v1/notes HTTP/1.1\r\nHost: a\r\nContent-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\n',
    );
    client.send(`1e000\r\n${'x'.repeat(0x1e000)}\r\n`);
    const answer = await client.answer();
    client.close();

    expect(answer.status).toBe(413);
  });

  test('of a megabyte is refused, its sender can read why, and the connection lives on', async () => {
    const client = new RawClient(surface.port);
    client.send(post('/v1/notes', 'x'.repeat(1_000_000)));
    const refused = await client.answer();
    client.send(get('/healthz'));
    const next = await client.answer();
    client.close();

    expect([refused.status, next.status]).toEqual([413, 200]);
  });

  test('without an end is cut off', async () => {
    const client = new RawClient(surface.port);
    client.send(post('/v1/notes', '', { 'Content-Length': '50000000000' }));
    const chunk = Buffer.alloc(500_000);
    const pump = setInterval(() => client.send(chunk), 1);
    await client.closed();
    clearInterval(pump);

    expect((await client.answer()).status).toBe(413);
  });

  test('whose sender hangs up half way is no failure', async () => {
    const client = new RawClient(surface.port);
    const before = surface.lines.length;
    client.send(post('/v1/notes', '{"ti', { 'Content-Length': '100' }));
    const seen = new Promise(resolve => surface.server.once('request', resolve));
    await seen;
    const done = new Promise<void>(resolve => {
      const poll = setInterval(() => {
        if (surface.lines.length === before) return;
        clearInterval(poll);
        resolve();
      }, 5);
    });
    client.close();
    await done;

    expect(surface.lines.at(-1)).toMatchObject({ level: 'info', status: 499, route: '/v1/notes' });
  });
});

describe('a request line', () => {
  test.each([
    ['/v1/notes/%ff', 400, 'malformed_path'],
    ['/v1/notes/%', 400, 'malformed_path'],
    ['/v1/notes/%zz', 400, 'malformed_path'],
    ['/v1/nothing/%c3%28', 400, 'malformed_path'],
    ['/v1/notes/\xff\xfe', 400, 'malformed_request'],
    ['/v1/notes/\xc3\xa9', 400, 'malformed_request'],
    ['/v1/notes/a%00b', 422, 'invalid_fields'],
    [`/v1/notes/${'x'.repeat(21)}`, 422, 'invalid_fields'],
    ['/v1/notes?author=%ff', 400, 'malformed_query'],
    ['/v1/notes?author=a&author=b', 400, 'duplicate_parameter'],
    ['/v1/notes/a?b=c', 422, 'invalid_fields'],
    ['//evil.example/%2e%2e', 404, 'not_found'],
    ['/docs/..%2f..%2fpackage.json', 404, 'not_found'],
    ['*', 404, 'not_found'],
  ])('%s is refused', async (target, status, code) => {
    const answer = await exchange(surface.port, get(target));

    expect([answer.status, answer.code]).toEqual([status, code]);
  });

  test('with encoded UTF-8 is understood', async () => {
    const answer = await exchange(surface.port, get('/v1/notes/%C3%A9%2F'));

    expect(Buffer.from(answer.body, 'latin1').toString()).toBe('{"name":"é/"}');
  });

  test.each([
    ['nonsense', 'nonsense\r\n\r\n', 400, 'malformed_request'],
    ['a TLS greeting', Buffer.from('16030100a5010000a1', 'hex'), 400, 'malformed_request'],
    ['an unknown method', 'BREW /v1/notes HTTP/1.1\r\nHost: a\r\n\r\n', 400, 'malformed_request'],
    [
      'a known method that nobody uses',
      'PROPFIND /v1/notes HTTP/1.1\r\nHost: a\r\n\r\n',
      405,
      'method_not_allowed',
    ],
    ['CONNECT', 'CONNECT evil.example:443 HTTP/1.1\r\nHost: a\r\n\r\n', 405, 'method_not_allowed'],
  ])('of %s is answered', async (_name, bytes, status, code) => {
    const answer = await exchange(surface.port, bytes);

    expect([answer.status, answer.code]).toEqual([status, code]);
    expect(answer.head).toMatch(/^x-request-id: /im);
    expect(answer.head).toContain('application/problem+json');
  });
});

describe('headers', () => {
  test.each([
    [
      'two of Authorization',
      get('/healthz', 'Authorization: Bearer a\r\nauthorization: Bearer b\r\n'),
      400,
      'duplicate_header',
    ],
    ['two of Host', get('/healthz', 'Host: b\r\n'), 400, 'duplicate_header'],
    ['no Host', 'GET /healthz HTTP/1.1\r\n\r\n', 400, 'host_missing'],
    [
      'two lengths',
      'POST /v1/notes HTTP/1.1\r\nHost: a\r\nContent-Length: 2\r\nContent-Length: 3\r\n\r\n{}',
      400,
      'malformed_request',
    ],
    [
      'a length and chunks',
      'POST /v1/notes HTTP/1.1\r\nHost: a\r\nContent-Length: 2\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n',
      400,
      'malformed_request',
    ],
    [
      'a negative length',
      'POST /v1/notes HTTP/1.1\r\nHost: a\r\nContent-Length: -1\r\n\r\n',
      400,
      'malformed_request',
    ],
    ['a null byte', get('/healthz', 'X-A: a\0b\r\n'), 400, 'malformed_request'],
    ['a space before the colon', get('/healthz', 'X-A : b\r\n'), 400, 'malformed_request'],
    ['an oversized cookie', get('/healthz', `Cookie: a=${'x'.repeat(20_000)}\r\n`), 431, 'headers_too_large'],
    ['an oversized path', get(`/${'x'.repeat(20_000)}`), 431, 'headers_too_large'],
    ['an expectation', get('/healthz', 'Expect: miracles\r\n'), 417, 'expectation_failed'],
  ])('with %s are refused', async (_name, bytes, status, code) => {
    const answer = await exchange(surface.port, bytes);

    expect([answer.status, answer.code]).toEqual([status, code]);
  });

  test.each([
    ['a wish to upgrade', get('/healthz', 'Connection: Upgrade\r\nUpgrade: websocket\r\n')],
    [
      'a wish to upgrade to HTTP/2',
      get('/healthz', 'Connection: Upgrade, HTTP2-Settings\r\nUpgrade: h2c\r\n'),
    ],
    ['broken cookies', get('/healthz', 'Cookie: ;;==; =; a; b=%ff; \xff=1\r\n')],
    ['HTTP/1.0 and no Host', 'GET /healthz HTTP/1.0\r\n\r\n'],
    ['a broken user agent', get('/healthz', 'User-Agent: \xff\xfe\r\n')],
  ])('with %s do no harm', async (_name, bytes) => {
    expect((await exchange(surface.port, bytes)).status).toBe(200);
  });

  test('with broken cookies are read as far as they can be', async () => {
    const answer = await exchange(surface.port, post('/v1/tokens', '', { Cookie: ';;==; a; b=%ff; c=1' }));

    expect(answer.status).toBe(200);
    expect(JSON.parse(answer.body)).toMatchObject({ cookies: expect.arrayContaining(['b=%ff', 'c=1']) });
  });

  test('that wait for leave to send a body are given it', async () => {
    const client = new RawClient(surface.port);
    client.send(post('/v1/notes', '', { 'Content-Length': '13', Expect: '100-continue' }));
    const leave = await client.answer();
    client.send('{"title":"a"}');
    const answer = await client.answer();
    client.close();

    expect([leave.status, answer.status]).toEqual([100, 201]);
  });
});

describe('a broken chunk', () => {
  test('in the middle of a body is answered', async () => {
    const answer = await exchange(
      surface.port,
      'POST /v1/notes HTTP/1.1\r\nHost: a\r\nContent-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n',
    );

    expect([answer.status, answer.code]).toEqual([400, 'malformed_request']);
  });
});

describe('a slow sender', () => {
  const HURRIED = { headersMs: 150, requestMs: 300, keepAliveMs: 95_000, checkEveryMs: 25 };

  test.each([
    ['says nothing', ''],
    ['never ends its headers', 'GET /healthz HTTP/1.1\r\nHost: a\r\n'],
    ['never ends its body', post('/v1/notes', '{"title":', { 'Content-Length': '20' })],
  ])('who %s is answered 408', async (_name, bytes) => {
    const other = await startSurface({ timeouts: HURRIED });
    const client = new RawClient(other.port);
    if (bytes.length > 0) client.send(bytes);

    const answer = await client.answer();
    await other.close();

    expect(answer.status).toBe(408);
    expect(JSON.parse(answer.body)).toMatchObject({ code: 'request_timeout', status: 408 });
  });

  test('takes nobody else down: idle connections and new requests are served between 500 slow ones', async () => {
    const other = await startSurface({ timeouts: HURRIED });
    const idle = new RawClient(other.port);
    idle.send(get('/healthz'));
    const first = await idle.answer();
    const slow = Array.from({ length: 500 }, () => new RawClient(other.port));
    for (const client of slow) client.send('GET /healthz HTTP/1.1\r\nHost: a\r\n');

    const meanwhile = await exchange(other.port, get('/healthz'));
    const answers = await Promise.all(slow.map(client => client.answer()));
    // By now the time for headers has passed for the idle connection too; but its clock is not running.
    idle.send(get('/healthz'));
    const second = await idle.answer();
    for (const client of slow) client.close();
    idle.close();
    await other.close();

    expect([first.status, meanwhile.status, second.status]).toEqual([200, 200, 200]);
    expect(new Set(answers.map(answer => answer.status))).toEqual(new Set([408]));
  });

  test('does not outlive the defaults, and idle connections outlive the proxy', () => {
    expect(surface.server.headersTimeout).toBe(10_000);
    expect(surface.server.requestTimeout).toBe(30_000);
    expect(surface.server.keepAliveTimeout).toBe(95_000);
  });
});
