import request from 'supertest';
import { Router } from 'express';
import { z } from 'zod';
import { Unavailable, TooManyAttempts } from '../../src/shared/domain/domain-error.ts';
import { problemShape } from '../../src/shared/presentation/docs/problem-shape.ts';
import { route } from '../../src/shared/presentation/route.ts';
import { fakeRoutes, startSurface, type Surface } from '../support/common-surface.ts';

let surface: Surface;
beforeAll(async () => {
  surface = await startSurface();
});
afterAll(() => surface.close());

const aNote = (body: object) => request(surface.url).post('/v1/notes').send(body);

describe('a problem', () => {
  test('says everything that RFC 9457 and the contract ask for', async () => {
    const answer = await aNote({ title: 'taken' }).set('X-Request-Id', 'my-id');

    expect(answer.status).toBe(409);
    expect(answer.headers['content-type']).toBe('application/problem+json');
    expect(answer.headers['cache-control']).toBe('no-store');
    expect(answer.body).toEqual({
      type: 'urn:daymark:problem:title_taken',
      title: 'Title taken',
      status: 409,
      detail: 'That title is taken.',
      code: 'title_taken',
      request_id: 'my-id',
    });
  });

  test('names every refused field at once', async () => {
    const answer = await aNote({ title: '', stars: 9, nested: {}, role: 'admin' });

    expect(answer.status).toBe(422);
    expect(problemShape.safeParse(answer.body).success).toBe(true);
    expect(answer.body.errors).toEqual([
      { pointer: '/title', code: 'too_short', detail: 'Must not be shorter than 1.' },
      { pointer: '/stars', code: 'out_of_range', detail: 'Must not be more than 5.' },
      { pointer: '/nested/inner', code: 'missing', detail: 'This field is required.' },
      { pointer: '/role', code: 'unknown_field', detail: 'This field is not known here.' },
    ]);
  });

  test('of an unknown failure tells the client nothing and the log everything but secrets', async () => {
    const answer = await aNote({ title: 'bug' });

    expect(answer.status).toBe(500);
    expect(answer.body).toEqual({
      type: 'urn:daymark:problem:internal_error',
      title: 'Internal error',
      status: 500,
      code: 'internal_error',
      request_id: answer.headers['x-request-id'],
    });
    const lines = surface.lines.filter(line => line.request_id === answer.headers['x-request-id']);
    expect(lines).toHaveLength(1);
    expect(lines[0]).toMatchObject({
      level: 'error',
      err: { type: 'Error', message: 'secret detail about [mail address]' },
    });
    expect((lines[0]!.err as { stack: string }).stack).toContain('common-surface.ts');
    expect(JSON.stringify(lines)).not.toContain('ada@example.org');
  });

  test('is the same for what is hidden and for what never was', async () => {
    const hidden = await request(surface.url).get('/v1/notes/hidden').set('X-Request-Id', 'same');
    const absent = await request(surface.url).get('/v1/notes/absent').set('X-Request-Id', 'same');

    expect(hidden.status).toBe(404);
    expect(hidden.text).toBe(absent.text);
    const withoutDate = ({ date: _date, ...rest }: Record<string, string>) => rest;
    expect(withoutDate(hidden.headers)).toEqual(withoutDate(absent.headers));
  });

  test('of an outage or of too many attempts says when to come back', async () => {
    const failing = (path: string, error: Error) =>
      route({
        method: 'get',
        path,
        operationId: path,
        tag: 't',
        summary: 's',
        access: 'public',
        answers: {},
        handle: () => Promise.reject(error),
      });
    const other = await startSurface({
      routes: [
        failing('/down', new Unavailable('The database')),
        failing('/often', new TooManyAttempts(7.2)),
      ],
    });

    const down = await request(other.url).get('/down');
    const often = await request(other.url).get('/often');
    await other.close();

    expect([down.status, down.body.code, down.headers['retry-after']]).toEqual([
      503,
      'temporarily_unavailable',
      '1',
    ]);
    expect([often.status, often.body.code, often.headers['retry-after']]).toEqual([
      429,
      'too_many_attempts',
      '8',
    ]);
    expect(other.lines.find(line => line.route === '/down')).toMatchObject({
      level: 'warn',
      code: 'temporarily_unavailable',
    });
  });
});

describe('access', () => {
  const asking = (authorization?: string) => {
    const call = request(surface.url).get('/v1/notes/mine');
    return authorization === undefined ? call : call.set('Authorization', authorization);
  };

  test.each([
    [undefined, 'token_missing', 'Bearer realm="daymark"'],
    ['Basic YTpi', 'token_invalid', 'error="invalid_token"'],
    ['Bearer', 'token_invalid', 'error="invalid_token"'],
    ['Bearer a b', 'token_invalid', 'error="invalid_token"'],
    ['Bearer nonsense', 'token_invalid', 'error="invalid_token"'],
    ['Bearer expired', 'token_expired', 'error="invalid_token"'],
  ])('with %s is refused with 403 %s and a challenge', async (header, code, challenge) => {
    const answer = await asking(header);

    expect(answer.status).toBe(403);
    expect(answer.body.code).toBe(code);
    expect(answer.headers['www-authenticate']).toContain(challenge);
    if (code === 'token_missing') expect(answer.headers['www-authenticate']).not.toContain('error');
  });

  test('with a good token is granted, in any spelling of the scheme', async () => {
    const answer = await asking('bearer member');

    expect(answer.status).toBe(200);
    expect(answer.body).toEqual({ account: 'of-member' });
    expect(answer.headers['cache-control']).toBe('private, no-cache');
  });

  test('for admins is refused to members without a challenge', async () => {
    const member = await request(surface.url).delete('/v1/notes').set('Authorization', 'Bearer member');
    const admin = await request(surface.url).delete('/v1/notes').set('Authorization', 'Bearer admin');

    expect([member.status, member.body.code]).toEqual([403, 'not_permitted']);
    expect(member.headers['www-authenticate']).toBeUndefined();
    expect(admin.status).toBe(204);
  });

  test('is refused before the body is looked at', async () => {
    const answer = await request(surface.url).delete('/v1/notes').type('json').send('{');

    expect(answer.body.code).toBe('token_missing');
  });
});

describe('methods', () => {
  test('an unknown path is 404 whatever the method', async () => {
    const answer = await request(surface.url).post('/v1/nothing').send({});

    expect([answer.status, answer.body.code]).toEqual([404, 'not_found']);
  });

  test('a method that a path does not know is 405 with those it does', async () => {
    const answer = await request(surface.url).put('/v1/notes').send({});

    expect([answer.status, answer.body.code]).toEqual([405, 'method_not_allowed']);
    expect(answer.headers.allow).toBe('POST, GET, DELETE, HEAD, OPTIONS');
  });

  test('OPTIONS tells what there is', async () => {
    const answer = await request(surface.url).options('/v1/notes/x');

    expect(answer.status).toBe(204);
    expect(answer.headers.allow).toBe('GET, HEAD, OPTIONS');
  });

  test('HEAD answers as GET without a body', async () => {
    const get = await request(surface.url).get('/v1/notes/x');
    const head = await request(surface.url).head('/v1/notes/x');

    expect(head.status).toBe(200);
    expect(head.text).toBeUndefined();
    expect(head.headers['content-length']).toBe(get.headers['content-length']);
  });

  test('a trailing slash or other letters are another path', async () => {
    expect((await request(surface.url).get('/v1/notes/')).status).toBe(404);
    expect((await request(surface.url).get('/V1/notes')).status).toBe(404);
  });

  test('a fixed path wins over one with a parameter, whatever their order', async () => {
    const answer = await request(surface.url).get('/v1/notes/mine');

    expect(answer.body.code).toBe('token_missing');
  });
});

describe('browsers', () => {
  const ours = 'https://app.example.org';
  const foreign = 'https://evil.example';

  test('from our web origin may read answers, send cookies, and see the headers that matter', async () => {
    const answer = await request(surface.url).get('/v1/notes').set('Origin', ours);

    expect(answer.headers['access-control-allow-origin']).toBe(ours);
    expect(answer.headers['access-control-allow-credentials']).toBe('true');
    expect(answer.headers['access-control-expose-headers']).toBe(
      'X-Total-Count,Link,X-Request-Id,Retry-After,WWW-Authenticate,ETag,Location,' +
        'Accept-Ranges,Content-Range',
    );
    expect(answer.headers.vary).toBe('Origin');
  });

  test('may also read our refusals', async () => {
    const answer = await request(surface.url).get('/v1/notes/mine').set('Origin', ours);

    expect(answer.status).toBe(403);
    expect(answer.headers['access-control-allow-origin']).toBe(ours);
  });

  test('are told by a preflight what they may send, and may remember it', async () => {
    const answer = await request(surface.url)
      .options('/v1/notes')
      .set({ Origin: ours, 'Access-Control-Request-Method': 'DELETE' });

    expect(answer.status).toBe(204);
    expect(answer.headers['access-control-allow-methods']).toContain('DELETE');
    expect(answer.headers['access-control-allow-headers']).toContain('Authorization');
    expect(Number(answer.headers['access-control-max-age'])).toBeGreaterThan(600);
  });

  test('from elsewhere are given no leave', async () => {
    const answer = await request(surface.url).get('/v1/notes').set('Origin', foreign);

    expect(answer.headers['access-control-allow-origin']).toBeUndefined();
  });

  test.each([
    [{ Origin: foreign }],
    [{ Origin: 'null' }],
    [{ Origin: `${ours}.evil.example` }],
    [{ 'Sec-Fetch-Site': 'cross-site' }],
    [{ Origin: foreign, 'Sec-Fetch-Site': 'same-origin' }],
  ])('with %j change nothing', async headers => {
    const answer = await aNote({ title: 'a' }).set(headers);

    expect([answer.status, answer.body.code]).toEqual([403, 'origin_not_allowed']);
  });

  test.each([[{}], [{ Origin: ours }], [{ Origin: ours, 'Sec-Fetch-Site': 'cross-site' }]])(
    'and others with %j may change things',
    async headers => {
      expect((await aNote({ title: 'a' }).set(headers)).status).toBe(201);
    },
  );
});

describe('every answer', () => {
  test.each([
    ['/v1/notes'],
    ['/nothing'],
    ['/docs'],
    ['/openapi.json'],
    ['/metrics'],
    ['/docs/swagger-ui.css'],
  ])('%s carries a request id and security headers, and does not say what it runs on', async path => {
    const { headers } = await request(surface.url).get(path);

    expect(headers['x-request-id']).toMatch(/^[\da-f]{8}-[\da-f]{4}-7/);
    expect(headers['x-content-type-options']).toBe('nosniff');
    expect(headers['content-security-policy']).toContain("default-src 'none'");
    expect(headers['content-security-policy']).not.toMatch(/script-src[^;]*unsafe/);
    expect(headers['strict-transport-security']).toContain('max-age=');
    expect(headers['x-powered-by']).toBeUndefined();
  });

  test.each([
    ['X-Request-Id', 'abc.DEF-1', 'abc.DEF-1'],
    [
      'traceparent',
      '00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01',
      '4bf92f3577b34da6a3ce929d0e0e4736',
    ],
  ])('takes its id over from %s', async (header, value, id) => {
    const answer = await request(surface.url).get('/healthz').set(header, value);

    expect(answer.headers['x-request-id']).toBe(id);
  });

  test.each([['a b'], ['<script>'], ['x'.repeat(129)], ['"'], ['{"level":"fatal"}']])(
    'gets a new id instead of the unsafe %s',
    async id => {
      const answer = await request(surface.url).get('/healthz').set('X-Request-Id', id);

      expect(answer.headers['x-request-id']).toMatch(/^[\da-f]{8}-/);
    },
  );

  test('is one line in the log, without addresses, queries, cookies or tokens', async () => {
    const answer = await request(surface.url)
      .get('/v1/notes/some-name?author=query-value')
      .set({ Authorization: 'Bearer header-value', Cookie: 'a=cookie-value', 'X-Request-Id': 'for-the-log' });

    expect(answer.status).toBe(422);
    const lines = surface.lines.filter(line => line.request_id === 'for-the-log');
    expect(lines).toEqual([
      {
        level: 'info',
        time: expect.any(String),
        method: 'GET',
        route: '/v1/notes/:name',
        status: 422,
        duration_ms: expect.any(Number),
        request_id: 'for-the-log',
        code: 'invalid_fields',
        msg: 'request',
      },
    ]);
  });
});

describe('cookies and secrets', () => {
  test('a name that is sent twice is seen twice', async () => {
    const answer = await request(surface.url)
      .post('/v1/tokens')
      .set('Cookie', 'a=1; b=%20x; a=2; __proto__=3; d="q"');

    expect(answer.body.cookies).toEqual(['a=1', 'b= x', 'a=2', 'd=q']);
  });

  test('a cookie is set HttpOnly on the whole site, and a cleared one expires at once', async () => {
    const answer = await request(surface.url).post('/v1/tokens');

    expect(answer.headers['cache-control']).toBe('no-store');
    const [set, cleared] = answer.headers['set-cookie'] as unknown as string[];
    expect(set).toMatch(
      /^device=abc; Max-Age=60; Path=\/; Expires=[^;]+; HttpOnly; Secure; SameSite=Strict$/,
    );
    expect(cleared).toMatch(/^old=; Max-Age=0; Path=\/; Expires=[^;]+; HttpOnly; SameSite=Lax$/);
  });
});

describe('the address of a client', () => {
  const addressSeen = async (trustedProxies: string[], forwardedFor?: string): Promise<unknown> => {
    const other = await startSurface({ configuration: { trustedProxies } });
    const call = request(other.url).post('/v1/tokens');
    const answer = await (forwardedFor === undefined ? call : call.set('X-Forwarded-For', forwardedFor));
    await other.close();
    return answer.body.ip;
  };

  test.each([
    ['nobody is trusted', [], '203.0.113.7', '127.0.0.1'],
    ['one hop is trusted', ['1'], '198.51.100.1, 203.0.113.7', '203.0.113.7'],
    ['two hops are trusted', ['2'], '198.51.100.1, 203.0.113.7', '198.51.100.1'],
    [
      'a range is trusted',
      ['127.0.0.0/8', '203.0.113.0/24'],
      '1.1.1.1, 198.51.100.1, 203.0.113.7',
      '198.51.100.1',
    ],
    ['another range is trusted', ['10.0.0.0/8'], '203.0.113.7', '127.0.0.1'],
    ['the proxy sends junk', ['1'], 'unknown', '127.0.0.1'],
    ['junk stands before an address', ['2'], `'; drop, 203.0.113.7`, '203.0.113.7'],
    ['one address has two spellings', ['1'], '::ffff:203.0.113.7', '203.0.113.7'],
    ['IPv6', ['1'], '2001:DB8:0::1', '2001:db8::1'],
  ])('when %s', async (_case, proxies, header, expected) => {
    expect(await addressSeen(proxies, header)).toBe(expected);
  });
});

describe('a list', () => {
  test('says how much there is and where the other pages are', async () => {
    const answer = await request(surface.url).get('/v1/notes?page=2&author=ada%20l&limit=10');

    const at = (page: number) => `<https://api.example.org/v1/notes?page=${page}&author=ada+l&limit=10>`;
    expect(answer.headers['x-total-count']).toBe('45');
    expect(answer.headers.link).toBe(
      `${at(1)}; rel="first", ${at(1)}; rel="prev", ${at(3)}; rel="next", ${at(5)}; rel="last"`,
    );
  });

  test.each([
    ['page=0', '/page', 'out_of_range'],
    ['limit=101', '/limit', 'out_of_range'],
    ['limit=-1', '/limit', 'out_of_range'],
    ['page=1e1', '/page', 'wrong_type'],
    ['page=', '/page', 'wrong_type'],
    ['page=99999999999999999999', '/page', 'out_of_range'],
    ['colour=red', '/colour', 'unknown_field'],
    ['author=%00', '/author', 'null_byte'],
  ])('refuses ?%s', async (query, pointer, code) => {
    const answer = await request(surface.url).get(`/v1/notes?${query}`);

    expect(answer.status).toBe(422);
    expect(answer.body.errors).toEqual([{ pointer, code, detail: expect.any(String) }]);
  });
});

describe('the operational endpoints', () => {
  test('health asks nobody, readiness asks everybody and names who fails', async () => {
    const other = await startSurface({
      readinessChecks: [
        { name: 'postgres', ping: () => Promise.resolve() },
        { name: 'redis', ping: () => Promise.reject(new Error('down')) },
      ],
    });

    const health = await request(other.url).get('/healthz');
    const ready = await request(other.url).get('/readyz');
    await other.close();

    expect([health.status, health.body]).toEqual([200, { status: 'ok' }]);
    expect([ready.status, ready.body.code, ready.body.failing]).toEqual([503, 'not_ready', ['redis']]);
    expect(ready.headers['retry-after']).toBe('1');
  });

  test('readiness fails while draining, and connections are not kept', async () => {
    const other = await startSurface({ isDraining: () => true });

    const ready = await request(other.url).get('/readyz');
    const still = await request(other.url).get('/v1/notes/x');
    await other.close();

    expect([ready.status, ready.body.code]).toEqual([503, 'draining']);
    expect([still.status, still.headers.connection]).toEqual([200, 'close']);
  });

  test('the version names source and runtime', async () => {
    const answer = await request(surface.url).get('/version');

    expect(answer.body).toEqual({
      name: 'daymark',
      version: expect.stringMatching(/^\d+\.\d+\.\d+$/),
      revision: 'abc123',
      node: process.version,
    });
  });

  test('metrics count by the pattern of a route and by nothing a client can make up', async () => {
    await request(surface.url).get('/v1/notes/a-name-that-must-not-be-a-label');
    await request(surface.url).get('/also/not/this');
    const answer = await request(surface.url).get('/metrics');

    expect(answer.status).toBe(200);
    expect(answer.text).toContain(
      'http_request_duration_seconds_count{method="GET",route="/v1/notes/:name",status="200"}',
    );
    expect(answer.text).toContain('route="unmatched",status="404"');
    expect(answer.text).toContain('nodejs_eventloop_lag_seconds');
    expect(answer.text).not.toMatch(/a-name-that|also/);
  });

  test('metrics without a token are for this machine only, and not for those it forwards', async () => {
    const answer = await request(surface.url).get('/metrics').set('X-Forwarded-For', '127.0.0.1');

    expect([answer.status, answer.body.code]).toEqual([403, 'not_permitted']);
  });

  test('metrics with a token are for who has it', async () => {
    const other = await startSurface({ configuration: { metricsToken: 'a-token-of-16-chars' } });
    const withToken = (token: string) =>
      request(other.url).get('/metrics').set('Authorization', `Bearer ${token}`);

    const none = await request(other.url).get('/metrics');
    const wrong = await withToken('another-token-16');
    const right = await withToken('a-token-of-16-chars');
    await other.close();

    expect([none.status, none.body.code]).toEqual([403, 'token_missing']);
    expect([wrong.status, wrong.body.code]).toEqual([403, 'token_invalid']);
    expect(right.status).toBe(200);
  });
});

describe('the description', () => {
  test('is OpenAPI 3.1 made from the routes, and is not sent again unchanged', async () => {
    const answer = await request(surface.url).get('/openapi.json');
    const again = await request(surface.url).get('/openapi.json').set('If-None-Match', answer.headers.etag!);

    expect(answer.body.openapi).toBe('3.1.0');
    expect(again.status).toBe(304);
    const operations = Object.values<Record<string, { operationId: string }>>(answer.body.paths).flatMap(
      path => Object.values(path).map(operation => operation.operationId),
    );
    expect(operations.sort()).toEqual(
      [...fakeRoutes.map(each => each.operationId), 'getHealth', 'getReadiness', 'getVersion'].sort(),
    );
  });

  test('tells shapes, refusals and who may call', async () => {
    const { body } = await request(surface.url).get('/openapi.json');

    const create = body.paths['/v1/notes'].post;
    const shape = create.requestBody.content['application/json'].schema;
    expect(shape).toMatchObject({ type: 'object', required: ['title'], additionalProperties: false });
    expect(create.security).toEqual([]);
    expect(create.responses['409']).toMatchObject({
      description: '`title_taken`, `changed_meanwhile`',
      content: { 'application/problem+json': { schema: { $ref: '#/components/schemas/Problem' } } },
    });
    expect(Object.keys(create.responses)).toEqual([
      '201',
      '400',
      '403',
      '409',
      '413',
      '415',
      '422',
      '500',
      '503',
    ]);
    expect(body.paths['/v1/notes'].delete.security).toEqual([{ bearer: [] }]);
    expect(body.paths['/v1/tokens'].post.security).toEqual([{ refreshCookie: [] }]);
    expect(body.components.securitySchemes.refreshCookie.name).toBe('__Host-refresh_token');
    const [page] = body.paths['/v1/notes'].get.parameters;
    expect(page).toMatchObject({
      name: 'page',
      in: 'query',
      schema: { type: 'integer', minimum: 1, default: 1 },
    });
    expect(page.required ?? false).toBe(false);
    expect(body.paths['/v1/notes/{name}'].get.parameters[0]).toMatchObject({
      name: 'name',
      in: 'path',
      required: true,
    });
  });

  test('is shown by a page that needs nothing from elsewhere and no inline script', async () => {
    const page = await request(surface.url).get('/docs');
    const links = [...page.text.matchAll(/(?:src|href)="([^"]+)"/g)].map(match => match[1]!);

    expect(page.headers['content-type']).toContain('text/html');
    expect(page.text).not.toMatch(/<script>|https?:|style=/);
    expect(links).toHaveLength(4);
    for (const link of links) {
      const asset = await request(surface.url).get(link);
      expect([link, asset.status]).toEqual([link, 200]);
    }
    expect((await request(surface.url).get('/docs/package.json')).status).toBe(404);
  });
});

describe('answers in tests', () => {
  test('that say more than declared are failures', async () => {
    const strict = await request(surface.url).get('/v1/undeclared');
    const other = await startSurface({ validateAnswers: false });
    const lax = await request(other.url).get('/v1/undeclared');
    await other.close();

    expect(strict.status).toBe(500);
    expect(JSON.stringify(surface.lines)).toContain(
      'undeclared answered 200 with fields that its shape does not name',
    );
    expect(lax.status).toBe(200);
  });
});

describe('routes and pages', () => {
  test('two routes with one name or place are refused at the start', async () => {
    await expect(startSurface({ routes: [fakeRoutes[0]!, fakeRoutes[0]!] })).rejects.toThrow(
      'post /v1/notes',
    );
  });

  test('parameters without a shape are refused at the start', async () => {
    const bare = { ...fakeRoutes.find(each => each.path.includes(':'))!, request: {} };

    await expect(startSurface({ routes: [bare] })).rejects.toThrow('no shape');
  });

  test('pages get the policy of a page and problems like everything else', async () => {
    const pages = Router();
    pages.get('/hello', (_request, response) => void response.type('html').send('<p>hello</p>'));
    pages.get('/broken', () => {
      throw new Error('no');
    });
    const other = await startSurface({ pages: [pages] });

    const hello = await request(other.url).get('/hello');
    const broken = await request(other.url).get('/broken');
    await other.close();

    expect(hello.text).toBe('<p>hello</p>');
    expect(hello.headers['content-security-policy']).toContain("form-action 'self'");
    expect(hello.headers['x-request-id']).toBeDefined();
    expect([broken.status, broken.body.code]).toEqual([500, 'internal_error']);
    expect(broken.headers['content-security-policy']).not.toContain('form-action');
    expect(other.lines.map(line => line.route)).toEqual(['/hello', '/broken']);
  });

  test('a body may be as large as its route says', async () => {
    const large = route({
      method: 'post',
      path: '/large',
      operationId: 'large',
      tag: 't',
      summary: 's',
      access: 'public',
      bodyLimitBytes: 300_000,
      request: { body: z.strictObject({ text: z.string() }) },
      answers: { 200: { description: 'd', body: z.object({ length: z.number() }) } },
      handle: ({ body }) => Promise.resolve({ status: 200, body: { length: body.text.length } }),
    });
    const other = await startSurface({ routes: [large] });

    const fits = await request(other.url)
      .post('/large')
      .send({ text: 'x'.repeat(250_000) });
    const not = await request(other.url)
      .post('/large')
      .send({ text: 'x'.repeat(300_000) });
    await other.close();

    expect(fits.body).toEqual({ length: 250_000 });
    expect([not.status, not.body.code]).toEqual([413, 'body_too_large']);
  });
});
