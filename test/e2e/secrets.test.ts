import { generateKeyPairSync, randomBytes } from 'node:crypto';
import { Counter } from 'prom-client';
import { createClient } from 'redis';
import sharp from 'sharp';
import { LOGGER, METRICS } from '../../src/tokens.ts';
import { startApp } from '../support/app.ts';
import { createDatabase, type TestDatabase } from '../support/database.ts';
import { startRedisServer, type FaultyRedis } from '../support/redis-server.ts';
import { filesIn } from '../support/multipart.ts';
import { startServer, type ServerProcess } from '../support/server-process.ts';
import { connected } from '../support/template-database.ts';
import { MailServer } from './faults/support/mail-server.ts';
import { runProgram, type Program } from './faults/support/program.ts';
import { everyKey, everyRow, secretsIn } from './faults/support/secret-search.ts';
import { until } from './faults/support/until.ts';

const LONG = 90_000;

interface Operation {
  readonly method: string;
  readonly path: string;
  /** The statuses it has answered so far. */
  readonly answered: Set<number>;
}

interface Sent {
  readonly json?: unknown;
  readonly body?: string | Buffer;
  readonly type?: string;
  readonly cookie?: string;
  readonly authorization?: string;
}

type Json = ReturnType<typeof JSON.parse>;

interface Got {
  readonly status: number;
  readonly body: Json;
}

/** A password that looks different in every encoding. Nobody has used it before. */
const aPassword = (what: string): string => `Größe & ${what}/?+ ${randomBytes(9).toString('base64')}`;

const signingKey = generateKeyPairSync('ec', {
  namedCurve: 'P-256',
  privateKeyEncoding: { type: 'pkcs8', format: 'pem' },
  publicKeyEncoding: { type: 'spki', format: 'pem' },
}).privateKey;

const SERVER_SECRETS = {
  SESSION_SECRET: randomBytes(32).toString('hex'),
  PASSWORD_PEPPER: `1:${randomBytes(32).toString('hex')}`,
  SIGNING_KEYS: signingKey,
  METRICS_TOKEN: randomBytes(24).toString('base64url'),
};

/** Everything that must never be seen, by a name to report it by. */
const secrets = new Map<string, string>();
const addresses = new Map<string, string>();
/** What was found in the four places at any time. */
const seen = { logs: '', postgres: '', redis: '', metrics: '' };

let database: TestDatabase;
let redis: FaultyRedis;
let mails: MailServer;
let servers: readonly ServerProcess[] = [];
let worker: Program;
let environment: Readonly<Record<string, string>>;
let operations: readonly Operation[] = [];

const keepSecret = (name: string, secret: string): string => {
  secrets.set(name, secret);
  return secret;
};

const keepToken = (name: string, token: string): void => {
  keepSecret(name, token);
  // The proof inside a token is what makes it worth something.
  const proof = token.split('.').at(-1) ?? '';
  if (proof !== token) keepSecret(`proof of ${name}`, proof);
};

beforeAll(async () => {
  database = await createDatabase();
  redis = await startRedisServer();
  mails = new MailServer();
  environment = {
    ...SERVER_SECRETS,
    NODE_ENV: 'test',
    DATABASE_URL: database.url,
    REDIS_URL: redis.url,
    SMTP_URL: `smtp://127.0.0.1:${await mails.listen()}`,
    LOG_LEVEL: 'trace',
    WORKER: 'off',
  };
  servers = await Promise.all([startServer(environment), startServer(environment)]);
  worker = runProgram(['src/worker.ts'], { ...environment, DATA_DIR: '.local/test-worker' });
  await worker.says('"msg":"working"');

  keepSecret('SESSION_SECRET', SERVER_SECRETS.SESSION_SECRET);
  keepSecret('PASSWORD_PEPPER', SERVER_SECRETS.PASSWORD_PEPPER.slice(2));
  keepSecret('METRICS_TOKEN', SERVER_SECRETS.METRICS_TOKEN);
  for (const [index, line] of signingKey.split('\n').slice(1, -2).entries())
    // The first line of every such key begins alike.
    keepSecret(`SIGNING_KEYS line ${index}`, index === 0 ? line.slice(-24) : line);
}, LONG);

afterAll(async () => {
  await worker.stop();
  for (const server of servers) await server.stop();
  await mails.close();
  await redis.stop();
  await database.drop();
});

const lookEverywhere = async (): Promise<void> => {
  seen.postgres += await everyRow(database.url);
  seen.redis += await everyKey(redis.url);
  for (const { url } of servers) {
    const answer = await fetch(`${url}/metrics`, {
      headers: { Authorization: `Bearer ${SERVER_SECRETS.METRICS_TOKEN}` },
    });
    seen.metrics += await answer.text();
  }
};

let asked = 0;

/** One request, to one server after the other. Keeps every token and cookie of the answer as a secret. */
const send = async (method: string, target: string, sent: Sent = {}): Promise<Got> => {
  const { json, body = json === undefined ? undefined : JSON.stringify(json), type, cookie } = sent;
  const number = asked++;
  const response = await fetch(`${servers[number % 2]!.url}${target}`, {
    method,
    headers: {
      ...(body === undefined ? {} : { 'Content-Type': type ?? 'application/json' }),
      ...(cookie === undefined ? {} : { Cookie: cookie }),
      ...(sent.authorization === undefined ? {} : { Authorization: sent.authorization }),
    },
    body: method === 'GET' || method === 'HEAD' ? null : bytesOf(body),
  });
  const text = await response.text();
  const isJson = response.headers.get('content-type')?.includes('json') === true;
  const answer: Json = isJson && text !== '' ? JSON.parse(text) : {};
  if (typeof answer.access_token === 'string') keepToken(`access token ${number}`, answer.access_token);
  for (const [index, line] of response.headers.getSetCookie().entries()) {
    const value = /^[^=]+=([^;]+)/.exec(line)?.[1];
    if (value !== undefined) keepToken(`cookie ${number}.${index}`, value);
  }
  for (const operation of operations)
    if (operation.method === method && matches(operation.path, target))
      operation.answered.add(response.status);
  return { status: response.status, body: answer };
};

const bytesOf = (body: string | Buffer | undefined): string | Uint8Array<ArrayBuffer> | null =>
  Buffer.isBuffer(body) ? new Uint8Array(body) : (body ?? null);

const matches = (pattern: string, target: string): boolean =>
  new RegExp(`^${pattern.replaceAll(/\{[^}]+\}/g, '[^/]+')}$`).test(target.split('?')[0]!);

/** Somebody with a mailbox and the browsers they use. */
class Somebody {
  readonly username = `p${randomBytes(6).toString('hex')}`;
  email: string;
  password: string;

  constructor(what: string) {
    this.email = `${this.username}@example.org`;
    this.password = keepSecret(`password of ${what}`, aPassword(what));
    this.mayNotBeLogged();
  }

  mayNotBeLogged(): void {
    addresses.set(this.email, this.email);
  }

  get registration(): object {
    return { email: this.email, password: this.password, username: this.username };
  }

  logIn(password = this.password): Promise<Got> {
    return send('POST', '/v1/accounts/login', { json: { email: this.email, password } });
  }

  /** The secret of the newest mail whose link leads to a page. */
  async linkTo(page: string, address = this.email, beyond = 0): Promise<string> {
    const token = await until(`a mail to ${page}`, () => {
      const tokens = mails
        .mailsTo(address)
        .map(({ text }) => new RegExp(`/${page}#token=([\\w-]+)`).exec(text)?.[1])
        .filter(found => found !== undefined);
      return tokens.length > beyond && tokens.at(-1);
    });
    return keepSecret(`mail token ${secrets.size}`, token);
  }
}

const bearer = (token: string): Sent => ({ authorization: `Bearer ${token}` });
const newest = (kind: 'access token' | 'cookie', startsWith = ''): string =>
  [...secrets].findLast(([name, value]) => name.startsWith(kind) && value.startsWith(startsWith))![1];

/** Logs in and gives back the tokens of that session. */
const session = async (somebody: Somebody): Promise<{ access: string; refresh: string }> => {
  expect((await somebody.logIn()).status).toBe(200);
  return { access: newest('access token'), refresh: newest('cookie', 'v1.') };
};

const refresh = (token: string): Promise<Got> =>
  send('POST', '/v1/accounts/token', { cookie: `refresh_token=${token}` });

const knowEveryOperation = async (): Promise<void> => {
  const { body } = await send('GET', '/openapi.json');
  operations = Object.entries(body.paths as Record<string, object>).flatMap(([path, methods]) =>
    Object.keys(methods)
      .filter(method => /^(get|post|put|patch|delete)$/.test(method))
      .map(method => ({ method: method.toUpperCase(), path, answered: new Set<number>() })),
  );
};

const openAccount = async (what: string): Promise<Somebody> => {
  const somebody = new Somebody(what);
  expect((await send('POST', '/v1/accounts/register', { json: somebody.registration })).status).toBe(202);
  const token = await somebody.linkTo('verify');
  const { password } = somebody;
  expect((await send('POST', '/v1/accounts/verify', { json: { token, password } })).status).toBe(201);
  return somebody;
};

const registerAndVerify = async (): Promise<Somebody> => {
  const somebody = new Somebody('a newcomer');
  const short = keepSecret('a short password', `Kü/${randomBytes(5).toString('base64')}`);
  await send('POST', '/v1/accounts/register', { json: { ...somebody.registration, password: short } });
  await send('POST', '/v1/accounts/register', { json: somebody.registration });
  await lookEverywhere();
  const token = await somebody.linkTo('verify');
  const wrong = keepSecret('a wrong password at verify', aPassword('wrong at verify'));
  await send('POST', '/v1/accounts/verify', { json: { token, password: wrong } });
  await send('POST', '/v1/accounts/verify/resend', { json: { email: somebody.email } });
  const again = await somebody.linkTo('verify', somebody.email, 1);
  await send('POST', '/v1/accounts/verify', { json: { token, password: somebody.password } });
  const opened = { token: again, password: somebody.password };
  expect((await send('POST', '/v1/accounts/verify', { json: opened })).status).toBe(201);
  expect((await send('POST', '/v1/accounts/verify', { json: opened })).status).toBe(200);
  return somebody;
};

const useSessions = async (somebody: Somebody): Promise<void> => {
  await somebody.logIn(keepSecret('a wrong password at login', aPassword('wrong at login')));
  const [one, two, three] = [await session(somebody), await session(somebody), await session(somebody)];
  expect((await refresh(one.refresh)).status).toBe(200);
  const second = newest('cookie', 'v1.');
  expect((await refresh(second)).status).toBe(200);
  expect((await refresh(one.refresh)).body.code).toBe('refresh_reused');
  const list = await send('GET', '/v1/accounts/sessions', bearer(two.access));
  const id = list.body.sessions.find((each: { current: boolean }) => !each.current).id as string;
  expect((await send('DELETE', `/v1/accounts/sessions/${id}`, bearer(two.access))).status).toBe(204);
  expect((await send('DELETE', '/v1/accounts/sessions', bearer(two.access))).status).toBe(204);
  await send('GET', '/v1/accounts/me', bearer(three.access));
  const both = { ...bearer(two.access), cookie: `refresh_token=${two.refresh}` };
  expect((await send('POST', '/v1/accounts/logout', both)).status).toBe(200);
};

const useAccount = async (somebody: Somebody): Promise<void> => {
  const { access } = await session(somebody);
  const [old, wanted] = [somebody.password, keepSecret('a new password', aPassword('new'))];
  const wrong = keepSecret('a wrong current password', aPassword('wrong current'));
  for (const current of [wrong, old])
    await send('PUT', '/v1/accounts/password', {
      ...bearer(access),
      json: { current_password: current, new_password: wanted },
    });
  await send('POST', '/v1/accounts/password/forgot', { json: { email: somebody.email } });
  const token = await somebody.linkTo('reset-password');
  somebody.password = keepSecret('a reset password', aPassword('reset'));
  const reset = { token, password: somebody.password };
  expect((await send('POST', '/v1/accounts/password/reset', { json: reset })).status).toBe(204);
  await send('POST', '/v1/accounts/password/reset', { json: reset });

  const now = await session(somebody);
  const patch = { ...bearer(now.access), json: { bio: 'Rock pools.', location: 'The shore' } };
  expect((await send('PATCH', '/v1/accounts/me', patch)).status).toBe(200);
  for (const path of ['/v1/accounts/me', '/v1/accounts/me/export', '/v1/accounts/me/activity'])
    expect((await send('GET', path, bearer(now.access))).status).toBe(200);
  expect((await send('GET', `/v1/users/${somebody.username}`)).status).toBe(200);
};

const publishSomething = async (somebody: Somebody): Promise<void> => {
  const { access } = await session(somebody);
  const json = { title: 'Rock pools', body: 'They are **deep**.', tags: ['shore'] };
  const written = await send('POST', '/v1/articles', { ...bearer(access), json });
  const path = `/v1/articles/${written.body.article.slug}`;
  const change = { ...bearer(access), json: { meta_description: 'About rock pools.' } };
  expect((await send('PATCH', path, change)).status).toBe(200);
  for (const verb of ['publish', 'unpublish', 'publish'])
    expect((await send('POST', `${path}/${verb}`, bearer(access))).status).toBe(200);
  const of = `/v1/users/${somebody.username}`;
  for (const read of [
    ...[path, '/v1/articles?q=rock&tag=shore', '/v1/tags', '/v1/accounts/me/articles', `${of}/articles`],
    ...['atom', 'json', 'rss'].map(format => `${of}/feed.${format}`),
  ])
    expect((await send('GET', read, bearer(access))).status).toBe(200);
  expect((await send('DELETE', path, bearer(access))).status).toBe(204);
};

const showPictures = async (somebody: Somebody): Promise<void> => {
  const { access } = await session(somebody);
  const picture = await sharp({ create: { width: 400, height: 300, channels: 3, background: 'teal' } })
    .png()
    .toBuffer();
  const { type, body } = filesIn(picture, picture);
  const uploaded = await send('POST', '/v1/assets/images', { ...bearer(access), body, type });
  expect(uploaded.status).toBe(201);
  const [{ id, url }, other] = uploaded.body.images;
  expect((await send('GET', '/v1/assets/images', bearer(access))).status).toBe(200);
  expect((await send('GET', new URL(url as string).pathname)).status).toBe(200);
  const address = new URL(other.url as string).pathname;
  for (const each of [`/v1/assets/images/${id}`, address])
    expect((await send('DELETE', each, bearer(access))).status).toBe(204);
};

const moveAddress = async (somebody: Somebody): Promise<void> => {
  const { access } = await session(somebody);
  const [before, after] = [somebody.email, `new-${somebody.email}`];
  addresses.set(after, after);
  const change = { ...bearer(access), json: { email: after, password: somebody.password } };
  expect((await send('POST', '/v1/accounts/email', change)).status).toBe(202);
  await lookEverywhere();
  const confirm = await somebody.linkTo('confirm-email', after);
  const undo = await somebody.linkTo('undo-email', before);
  for (const token of [confirm, confirm])
    await send('POST', '/v1/accounts/email/confirm', { json: { token } });
  expect((await send('POST', '/v1/accounts/email/undo', { json: { token: undo } })).status).toBe(204);
};

const greet = async (admin: Somebody, guest: Somebody): Promise<void> => {
  const [{ access }, { access: theirs }] = [await session(admin), await session(guest)];
  for (const place of ['/v1', `/v1/users/${admin.username}`]) {
    const path = `${place}/greetings`;
    expect((await send('POST', path, { json: { name: 'Nobody' } })).status).toBe(201);
    const json = { name: 'Guest', message: 'Good morning.' };
    const { body } = await send('POST', path, { ...bearer(theirs), json });
    for (const read of [path, `${path}/count`]) expect((await send('GET', read)).status).toBe(200);
    const one = `${path}/${body.greeting.id}`;
    expect((await send('PATCH', one, { ...bearer(access), json: { hidden: true } })).status).toBe(200);
    expect((await send('DELETE', one, bearer(access))).status).toBe(204);
    const closed = { ...bearer(access), json: { open: false } };
    expect((await send('PATCH', `${place}/guestbook`, closed)).status).toBe(200);
  }
};

const administer = async (admin: Somebody, other: Somebody): Promise<void> => {
  const grant = runProgram(['scripts/admin.ts', 'grant-admin', admin.email], environment);
  expect(await grant.ended).toBe(0);
  seen.logs += grant.output();
  const { access } = await session(admin);
  const list = await send('GET', `/v1/admin/accounts?q=${other.username}`, bearer(access));
  const id = list.body.accounts[0].account.id as string;
  for (const [method, action] of [
    ['POST', 'ban'],
    ['POST', 'unban'],
    ['DELETE', 'sessions'],
    ['POST', 'password-reset'],
  ] as const)
    expect((await send(method, `/v1/admin/accounts/${id}/${action}`, bearer(access))).status).toBe(204);
  await other.linkTo('reset-password');
};

/** Secrets where they do not belong, at every operation. */
const misuseEverything = async (somebody: Somebody): Promise<void> => {
  const { access, refresh: cookie } = await session(somebody);
  const { email, password } = somebody;
  const query = new URLSearchParams({ password, token: access, email, refresh_token: cookie }).toString();
  const basic = Buffer.from(`${email}:${password}`).toString('base64');
  for (const { method, path } of operations) {
    const misplaced = path.replaceAll(/\{[^}]+\}/g, encodeURIComponent(password));
    const plain = path.replaceAll(/\{[^}]+\}/g, access);
    for (const [target, sent] of [
      [`${plain}?${query}`, { json: { password, token: access } }],
      [misplaced, bearer(access)],
      [plain, { body: `{"password":"${password}","token":"${access}"`, ...bearer(access) }],
      [plain, { json: { password: [password], token: { is: access }, email: password }, ...bearer(access) }],
      [plain, { body: query, type: 'application/x-www-form-urlencoded', ...bearer(access) }],
      [plain, { json: { email, password, [password]: access, username: password } }],
      [plain, { authorization: `Basic ${basic}`, json: {} }],
      [plain, { authorization: `Bearer ${cookie}`, cookie: `refresh_token=${access}` }],
      [plain, { authorization: password.replaceAll(/[^\x20-\x7e]/g, '') }],
      [plain, { cookie: `refresh_token=${cookie}; refresh_token=${cookie}x` }],
      [plain, { cookie: `refresh_token=${encodeURIComponent(password)}` }],
    ] as const satisfies readonly (readonly [string, Sent])[])
      expect((await send(method, target, sent)).status).toBeLessThan(500);
  }
  for (const target of [
    `/${access}`,
    `/v1/accounts/verify/${cookie}`,
    `/verify?token=${access}`,
    `/%zz${cookie}`,
  ])
    await send('GET', target);
  await send('PUT', '/v1/accounts/login', { json: { email, password } });
};

const leave = async (somebody: Somebody): Promise<void> => {
  const { access } = await session(somebody);
  const wrong = keepSecret('a wrong password at the end', aPassword('wrong at the end'));
  await send('DELETE', '/v1/accounts/me', { ...bearer(access), json: { password: wrong } });
  const right = { ...bearer(access), json: { password: somebody.password } };
  expect((await send('DELETE', '/v1/accounts/me', right)).status).toBe(204);
};

test(
  'after a run through every endpoint no secret stands in a log, in Postgres, in Redis or in the metrics',
  async () => {
    await knowEveryOperation();
    const newcomer = await registerAndVerify();
    const [admin, other] = [await openAccount('an admin'), await openAccount('somebody else')];
    await lookEverywhere();
    await useSessions(newcomer);
    await lookEverywhere();
    await useAccount(newcomer);
    await lookEverywhere();
    await publishSomething(newcomer);
    await showPictures(newcomer);
    await moveAddress(newcomer);
    await administer(admin, other);
    await greet(admin, other);
    await lookEverywhere();
    await misuseEverything(other);
    await lookEverywhere();
    await leave(other);
    for (const path of ['/.well-known/jwks.json', '/healthz', '/readyz', '/version', '/docs'])
      await send('GET', path);
    await until('everything is delivered', async () => !(await everyRow(database.url)).includes('.outbox '));
    await lookEverywhere();
    // Lines are gathered before they are written; at a normal end all of them are.
    expect([await worker.stop(), ...(await Promise.all(servers.map(server => server.stop())))]).toEqual([
      0, 0, 0,
    ]);
    seen.logs += [worker.output(), ...servers.map(server => server.logs())].join('\n');

    const unused = operations.filter(({ answered }) => [...answered].every(status => status >= 400));
    expect(unused).toEqual([]);
    expect(secrets.size).toBeGreaterThan(60);
    expect(secretsIn(seen.logs, secrets)).toEqual([]);
    expect(secretsIn(seen.postgres, secrets)).toEqual([]);
    expect(secretsIn(seen.redis, secrets)).toEqual([]);
    expect(secretsIn(seen.metrics, secrets)).toEqual([]);
    expect(secretsIn(seen.logs, addresses)).toEqual([]);
    expect(secretsIn(seen.metrics, addresses)).toEqual([]);
    // What was looked at was not empty.
    expect(secretsIn(seen.postgres, addresses)).not.toEqual([]);
    expect(seen.redis).toContain('session:');
    expect(seen.metrics).toContain('/v1/accounts/login');
    expect(seen.logs).toContain('/v1/accounts/login');
  },
  LONG,
);

test.each<[string, (secret: string) => string]>([
  ['as it is', secret => secret],
  ['in JSON', secret => JSON.stringify({ note: secret })],
  ['percent-encoded', secret => encodeURIComponent(secret)],
  ['in hexadecimal', secret => Buffer.from(secret).toString('hex').toUpperCase()],
  ['in base64 together with others', secret => Buffer.from(`user:${secret}!`).toString('base64')],
  ['in base64url', secret => Buffer.from(`ab${secret}`).toString('base64url')],
])(
  'the search itself works: a secret planted %s is found in each of the four places',
  async (_how, plant) => {
    const app = await startApp();
    try {
      const planted = new Map([['planted', aPassword('planted')]]);
      const text = plant(planted.get('planted')!);
      const places = async () => {
        const metrics = await (await fetch(`${app.url}/metrics`)).text();
        const [rows, keys] = [await everyRow(app.databaseUrl), await everyKey(app.redisUrl)];
        return [app.logs(), rows, keys, metrics].map(place => secretsIn(place, planted).length);
      };
      const before = await places();

      app.container.get(LOGGER).info({ note: text }, 'planted');
      await connected(app.databaseUrl, client =>
        client.query(
          `insert into outbox (id, type, payload, occurred_at, next_attempt_at)
           values (gen_random_uuid(), 'tests.planted', $1, now(), now())`,
          [JSON.stringify({ text })],
        ),
      );
      const client = createClient({ url: app.redisUrl, RESP: 2 });
      await client.connect();
      await client.hSet('planted', { field: text });
      client.destroy();
      const registers = [app.container.get(METRICS)];
      new Counter({ name: 'planted_total', help: 'x', labelNames: ['note'], registers }).inc({ note: text });

      expect(before).toEqual([0, 0, 0, 0]);
      expect(await places()).toEqual([1, 1, 1, 1]);
    } finally {
      await app.close();
    }
  },
  LONG,
);
