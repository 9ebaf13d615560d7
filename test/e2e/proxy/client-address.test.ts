import { createDatabase, type TestDatabase } from '../../support/database.ts';
import { emptyRedisUrl } from '../../support/redis-server.ts';
import { startReverseProxy, type ReverseProxy } from '../../support/reverse-proxy.ts';
import { startServer, type ServerProcess } from '../../support/server-process.ts';
import { aMember, type Person } from '../faults/support/device.ts';

const CLIENT = '203.0.113.7';
const OTHER_CLIENT = '203.0.113.8';
const SPOOFED = '198.51.100.1';

type Headers = Readonly<Record<string, string>>;

let database: TestDatabase;
let person: Person;
const servers: ServerProcess[] = [];
const proxies: ReverseProxy[] = [];

/** The product with that many or those proxies in front of it that it may believe; nothing means none. */
const serverTrusting = async (trusted: string): Promise<string> => {
  const server = await startServer({
    DATABASE_URL: database.url,
    REDIS_URL: redisUrl,
    PUBLIC_URL: 'http://localhost:3000',
    ACCOUNT_VERIFICATION: 'none',
    WORKER: 'off',
    ...(trusted && { TRUSTED_PROXIES: trusted }),
  });
  servers.push(server);
  return server.url;
};

const proxyTo = async (upstream: string): Promise<ReverseProxy> => {
  const proxy = await startReverseProxy([upstream]);
  proxies.push(proxy);
  return proxy;
};

let redisUrl: string;
let oneHop: string;
let twoHops: string;
let range: string;
let foreignRange: string;
let nobody: string;

beforeAll(async () => {
  [database, redisUrl] = await Promise.all([createDatabase(), emptyRedisUrl()]);
  [oneHop, twoHops, range, foreignRange, nobody] = (await Promise.all(
    ['1', '2', '127.0.0.0/8,::1/128', '10.0.0.0/8', ''].map(serverTrusting),
  )) as [string, string, string, string, string];
  person = await aMember(nobody);
});

afterAll(async () => {
  await Promise.all(proxies.map(proxy => proxy.close()));
  await Promise.all(servers.map(server => server.stop()));
  await database.drop();
});

const post = (url: string, path: string, json: object, headers: Headers = {}): Promise<Response> =>
  fetch(`${url}${path}`, {
    method: 'POST',
    headers: { 'Content-Type': 'application/json', ...headers },
    body: JSON.stringify(json),
  });

/** The address that a person sees beside the session which began there. */
const addressSeen = async (entry: string, headers: Headers = {}): Promise<string> => {
  const { email, password } = person;
  const login = await post(entry, '/v1/accounts/login', { email, password }, headers);
  const { access_token: token } = (await login.json()) as { access_token: string };
  const listed = await fetch(`${entry}/v1/accounts/sessions`, {
    headers: { Authorization: `Bearer ${token}` },
  });
  const { sessions } = (await listed.json()) as { sessions: { ip: string; current: boolean }[] };
  return sessions.find(({ current }) => current)!.ip;
};

describe('the address of a client', () => {
  const spoofs: Headers[] = [
    { 'X-Forwarded-For': SPOOFED },
    { 'X-Forwarded-For': `${SPOOFED}, 127.0.0.1, ${SPOOFED}` },
    { 'X-Forwarded-For': `${SPOOFED}, nonsense` },
    { 'X-Forwarded-For': '127.0.0.1' },
    {
      'X-Real-IP': SPOOFED,
      Forwarded: `for=${SPOOFED}`,
      'True-Client-IP': SPOOFED,
      'CF-Connecting-IP': SPOOFED,
    },
  ];

  test('is the one that the proxy saw, whatever stood in front of it', async () => {
    const entries = await Promise.all(
      [oneHop, range].map(async server => (await proxyTo(server)).entryFor(CLIENT)),
    );

    for (const entry of entries) {
      expect(await addressSeen(entry)).toBe(CLIENT);
      for (const spoof of spoofs) expect(await addressSeen(entry, spoof)).toBe(CLIENT);
    }
  });

  test('may be of the sixth version', async () => {
    const entry = await (await proxyTo(oneHop)).entryFor('2001:DB8:0:0::7');

    expect(await addressSeen(entry, { 'X-Forwarded-For': SPOOFED })).toBe('2001:db8::7');
  });

  test('is the one that the outer of two proxies saw, when two are configured', async () => {
    const outer = await proxyTo((await proxyTo(twoHops)).url);
    const entry = await outer.entryFor(CLIENT);

    expect(await addressSeen(entry)).toBe(CLIENT);
    for (const spoof of spoofs) expect(await addressSeen(entry, spoof)).toBe(CLIENT);
  });

  test('behind a second proxy that nobody configured is that proxy, and never what it was told', async () => {
    const inner = await proxyTo(oneHop);
    const outer = await proxyTo(await inner.entryFor('192.0.2.80'));
    const entry = await outer.entryFor(CLIENT);

    expect(await addressSeen(entry)).toBe('192.0.2.80');
    for (const spoof of spoofs) expect(await addressSeen(entry, spoof)).toBe('192.0.2.80');
  });

  test('is the peer’s where no proxy is configured, or not this one', async () => {
    for (const server of [nobody, foreignRange]) {
      const entry = await (await proxyTo(server)).entryFor(CLIENT);

      expect(await addressSeen(entry)).toBe('127.0.0.1');
      for (const spoof of spoofs) expect(await addressSeen(entry, spoof)).toBe('127.0.0.1');
    }
  });

  test('is its own when it comes past the proxy, even if it names one of them', async () => {
    expect(await addressSeen(foreignRange, { 'X-Forwarded-For': `${SPOOFED}, 10.0.0.1` })).toBe('127.0.0.1');
    expect(await addressSeen(oneHop)).toBe('127.0.0.1');
  });
});

describe('a limit for each address', () => {
  // 30 an hour for one address. None of the mails is sent: the worker is off.
  const askForMail = async (entry: string, headers: Headers = {}): Promise<number> =>
    (await post(entry, '/v1/accounts/password/forgot', { email: 'nobody@example.org' }, headers)).status;
  const spend = async (entry: string): Promise<Set<number>> =>
    new Set(
      await Promise.all(
        Array.from({ length: 30 }, (_, index) =>
          askForMail(entry, { 'X-Forwarded-For': `198.51.100.${index}` }),
        ),
      ),
    );

  test('counts the client: it cannot hide behind made-up addresses, and uses up nobody else’s', async () => {
    const proxy = await proxyTo(oneHop);
    const [client, other] = [await proxy.entryFor('203.0.113.20'), await proxy.entryFor('203.0.113.21')];

    expect(await spend(client)).toEqual(new Set([202]));
    const hidden = await askForMail(client, { 'X-Forwarded-For': SPOOFED });
    const blamed = await askForMail(other, { 'X-Forwarded-For': '203.0.113.20' });

    expect([hidden, blamed]).toEqual([429, 202]);
  });

  test('counts all clients of a proxy as one where it is not configured', async () => {
    const proxy = await proxyTo(nobody);
    const [client, other] = [await proxy.entryFor(CLIENT), await proxy.entryFor(OTHER_CLIENT)];

    expect(await spend(client)).toEqual(new Set([202]));

    expect(await askForMail(other)).toBe(429);
  });
});

describe('what a stranger says about the way of the request', () => {
  const forged: Headers = {
    'X-Forwarded-Proto': 'https',
    'X-Forwarded-Host': 'evil.example',
    'X-Forwarded-Port': '8443',
    'X-Forwarded-Prefix': '/evil',
    Forwarded: 'for=1.2.3.4;host=evil.example;proto=https',
    'X-Original-URL': '/metrics',
    'X-HTTP-Method-Override': 'DELETE',
  };
  const changing: ReadonlySet<string> = new Set(['date', 'x-request-id', 'set-cookie']);
  const constant = (response: Response): Record<string, string> =>
    Object.fromEntries([...response.headers].filter(([name]) => !changing.has(name)));

  test('changes nothing in links, cookies and headers', async () => {
    const entry = await (await proxyTo(oneHop)).entryFor(CLIENT);
    const { email, password } = person;
    const cookieOf = async (headers: Headers): Promise<string[]> =>
      (await post(entry, '/v1/accounts/login', { email, password }, headers)).headers
        .getSetCookie()
        .map(line => line.replace(/=[^;]*/, '').replace(/Expires=[^;]*/, ''));

    const [plain, spoofed] = await Promise.all(
      [{}, forged].map(headers => fetch(`${entry}/v1/articles?limit=1`, { headers })),
    );

    expect(constant(spoofed!)).toEqual(constant(plain!));
    expect(await spoofed!.text()).toBe(await plain!.text());
    expect(plain!.headers.get('link')).toContain('<http://localhost:3000/v1/articles');
    const cookies = await cookieOf({});
    expect(cookies.join()).not.toContain('Secure');
    expect(await cookieOf(forged)).toEqual(cookies);
  });

  test('makes nobody a client on this machine: metrics stay closed', async () => {
    const proxy = await proxyTo(oneHop);

    const answers = await Promise.all(
      [{}, { 'X-Forwarded-For': '127.0.0.1' }, { Forwarded: 'for=127.0.0.1' }].map(headers =>
        fetch(`${proxy.url}/metrics`, { headers }),
      ),
    );

    expect(answers.map(({ status }) => status)).toEqual([403, 403, 403]);
    expect((await fetch(`${oneHop}/metrics`)).status).toBe(200);
  });
});
