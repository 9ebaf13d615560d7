import { mkdir, rmdir } from 'node:fs/promises';
import { join } from 'node:path';
import { createClient } from 'redis';
import { createDatabase, type TestDatabase } from '../../support/database.ts';
import { startRedisServer, type FaultyRedis } from '../../support/redis-server.ts';
import { startServer, type ServerProcess } from '../../support/server-process.ts';
import { startProxy, type TcpProxy } from '../../support/tcp-proxy.ts';
import { aMember, ask, Device, expectHonestOutage, generationOf, type Reply } from './support/device.ts';
import { until } from './support/until.ts';

let database: TestDatabase;
let redis: FaultyRedis;
let wire: TcpProxy;
let server: ServerProcess;
let environment: Readonly<Record<string, string>>;

beforeAll(async () => {
  database = await createDatabase();
  redis = await startRedisServer();
  wire = await startProxy('127.0.0.1', redis.port);
  environment = {
    DATABASE_URL: database.url,
    REDIS_URL: `redis://127.0.0.1:${wire.port}`,
    ACCOUNT_VERIFICATION: 'none',
    WORKER: 'off',
  };
  server = await startServer(environment);
});

afterAll(async () => {
  await server.stop();
  await wire.close();
  await redis.stop();
  await database.drop();
});

const UNKNOWN_SESSION = `v1.${'A'.repeat(22)}.1.${'A'.repeat(43)}`;

/** Redis is reached again when it can say that it does not know a session. Readiness may lag behind by half a second. */
const isBack = (url: string): Promise<unknown> =>
  until('Redis is used again', async () => {
    const { status } = await ask(url, 'POST', '/v1/accounts/token', { cookie: UNKNOWN_SESSION });
    return status === 401;
  });

const readiness = (url: string, status: number): Promise<Reply> =>
  until(`readiness is ${status}`, async () => {
    const reply = await ask(url, 'GET', '/readyz');
    return reply.status === status && reply;
  });

const aDevice = async (url = server.url): Promise<Device> => Device.loggedIn(url, await aMember(url));

/** Everything that needs the session store. */
const everythingThatNeedsRedis = (
  device: Device,
  url: string,
): Readonly<Record<string, () => Promise<Reply>>> => ({
  token: () => device.refresh(url),
  login: () => device.logIn(url),
  logout: () => device.logOut(url),
  'a protected read': () => device.me(url),
  'a protected change': () => device.ask(url, 'PATCH', '/v1/accounts/me', { bio: 'not now' }),
  'the list of sessions': () => device.ask(url, 'GET', '/v1/accounts/sessions'),
});

const redisCommand = async (words: readonly string[]): Promise<unknown> => {
  const client = createClient({ url: redis.url, RESP: 2 }).on('error', () => undefined);
  await client.connect();
  try {
    return await client.sendCommand([...words]);
  } finally {
    client.destroy();
  }
};

describe.each<[string, () => void | Promise<void>, () => void | Promise<void>]>([
  ['is killed', () => redis.kill(), () => redis.restart()],
  ['freezes', () => redis.pause(), () => redis.resume()],
  ['cannot be reached', () => wire.cut(), () => wire.heal()],
  ['is behind a wire that carries nothing', () => wire.freeze(), () => wire.thaw()],
])('while Redis %s', (_what, begin, end) => {
  let device: Device;
  let cookie: string | undefined;

  beforeAll(async () => {
    device = await aDevice();
    cookie = device.cookie;
    await begin();
  });

  afterAll(async () => {
    await end();
    await isBack(server.url);
  });

  test('what needs a session is a prompt 503 that leaves the cookie alone, one at a time and all at once', async () => {
    const questions = everythingThatNeedsRedis(device, server.url);

    for (const question of Object.values(questions)) expectHonestOutage(await question());
    const together = await Promise.all(
      Object.values(questions).flatMap(question => [question(), question()]),
    );

    for (const reply of together) expectHonestOutage(reply);
    expect(device.cookie).toBe(cookie);
  });

  test('the process says that it lives, and that it is not ready because of Redis', async () => {
    expect((await ask(server.url, 'GET', '/healthz')).status).toBe(200);
    expect((await readiness(server.url, 503)).body.failing).toEqual(['redis']);
  });

  test('what needs no session works: somebody new can register', async () => {
    await aMember(server.url);
  });

  test('everybody goes on with the same cookie when it is over, and the process is the same', async () => {
    await end();
    await isBack(server.url);

    expect((await device.refresh(server.url)).status).toBe(200);
    expect((await device.me(server.url)).status).toBe(200);
    expect((await device.logOut(server.url)).status).toBe(200);
    expect((await device.refresh(server.url)).code).toBe('session_gone');
    expect(server.logs()).not.toContain('"status":500');
  });
});

describe('when the answer of Redis to a refresh is lost', () => {
  test('the client is told 503 and gets the one successor with its old cookie', async () => {
    const device = await aDevice();
    const old = device.cookie;

    wire.dropAnswersOnce(request => request.includes('EVAL') && request.includes('HSET'));
    const lost = await device.refresh(server.url);
    await isBack(server.url);
    const again = await device.refresh(server.url, old);
    const successor = device.cookie;
    const andAgain = await device.refresh(server.url, old);

    expectHonestOutage(lost);
    expect([again.status, andAgain.status]).toEqual([200, 200]);
    expect(device.cookie).toBe(successor);
    expect(generationOf(successor)).toBe(generationOf(old) + 1);
    expect((await device.refresh(server.url)).status).toBe(200);
  });

  test('to a logout, the session is over all the same, and logging out again says so', async () => {
    const device = await aDevice();

    wire.dropAnswersOnce(request => request.includes('EVAL') && request.includes('HSET'));
    const lost = await device.logOut(server.url);
    await isBack(server.url);

    expectHonestOutage(lost);
    expect((await device.logOut(server.url)).status).toBe(200);
    expect((await device.refresh(server.url)).code).toBe('session_gone');
  });

  test('to a login, the person logs in again', async () => {
    const device = await aDevice();
    const { cookie } = device;

    wire.dropAnswersOnce(request => request.includes('MULTI') || request.includes('EXEC'));
    const lost = await device.logIn(server.url);
    await isBack(server.url);

    expectHonestOutage(lost);
    expect(device.cookie).toBe(cookie);
    expect((await device.logIn(server.url)).status).toBe(200);
    expect((await device.me(server.url)).status).toBe(200);
  });
});

/** Leaves out what the client says by itself: while idle, also beside a request, and when it has connected again. */
const isOfARequest = (asked: Buffer): boolean => {
  const text = asked.toString().replaceAll('*1\r\n$4\r\nPING\r\n', '');
  return text !== '' && !/HELLO|CLIENT|SELECT/.test(text);
};

test('wherever the connection to Redis breaks in a request, the answer is honest and the next try works', async () => {
  const steps: Readonly<Record<string, (device: Device) => Promise<Reply>>> = {
    login: device => device.logIn(server.url),
    token: device => device.refresh(server.url),
    me: device => device.me(server.url),
    logout: device => device.logOut(server.url),
  };
  for (const [name, step] of Object.entries(steps)) {
    const broken: number[] = [];
    for (let position = 0; position < 20; position++) {
      const device = await aDevice();
      let passed = 0;
      wire.dropAnswersOnce(asked => isOfARequest(asked) && passed++ === position);
      const reply = await step(device);
      wire.dropAnswersOnce(() => false);
      await isBack(server.url);
      if (reply.status === 200) break;
      expectHonestOutage(reply);
      broken.push(position);
      expect((await step(device)).status).toBe(200);
    }
    expect([name, broken.length]).not.toEqual([name, 0]);
    expect(broken.length).toBeLessThan(20);
  }
});

describe.each<[string, () => Promise<unknown>, () => Promise<unknown>]>([
  [
    'is full',
    () => redisCommand(['CONFIG', 'SET', 'maxmemory', '1']),
    () => redisCommand(['CONFIG', 'SET', 'maxmemory', '0']),
  ],
  [
    'cannot write to its disk',
    async () => {
      const [, folder] = (await redisCommand(['CONFIG', 'GET', 'dir'])) as [string, string];
      await mkdir(join(folder, 'dump.rdb'));
      await redisCommand(['CONFIG', 'SET', 'save', '3600 1']);
      await redisCommand(['BGSAVE']);
      await until('the save has failed', async () =>
        String(await redisCommand(['INFO', 'persistence'])).includes('rdb_last_bgsave_status:err'),
      );
    },
    async () => {
      const [, folder] = (await redisCommand(['CONFIG', 'GET', 'dir'])) as [string, string];
      await rmdir(join(folder, 'dump.rdb'));
      await redisCommand(['BGSAVE']);
      await until('the save has worked', async () =>
        String(await redisCommand(['INFO', 'persistence'])).includes('rdb_last_bgsave_status:ok'),
      );
      await redisCommand(['CONFIG', 'SET', 'save', '']);
    },
  ],
  [
    'has become a replica',
    () => redisCommand(['REPLICAOF', '127.0.0.1', '1']),
    () => redisCommand(['REPLICAOF', 'NO', 'ONE']),
  ],
])('while Redis answers but %s', (_what, begin, end) => {
  let device: Device;

  beforeAll(async () => {
    device = await aDevice();
    expect((await device.me(server.url)).status).toBe(200);
    await begin();
  });

  afterAll(async () => {
    await end();
  });

  test('what would have to be stored is a prompt 503, and what is only read goes on', async () => {
    const { cookie } = device;

    for (const reply of [
      await device.logIn(server.url),
      await device.refresh(server.url),
      await device.logOut(server.url),
    ])
      expectHonestOutage(reply);
    expect((await device.me(server.url)).status).toBe(200);
    expect(device.cookie).toBe(cookie);
    expect(server.logs()).not.toContain('"status":500');
  });
});

test('after all that the same session still refreshes', async () => {
  const device = await aDevice();

  expect((await device.refresh(server.url)).status).toBe(200);
});

test('a server may start before Redis, and serves when Redis comes', async () => {
  const late = await startRedisServer();
  await late.kill();
  const early = await startServer({ ...environment, REDIS_URL: late.url });
  try {
    const person = await aMember(early.url);
    const device = new Device(person);

    expectHonestOutage(await device.logIn(early.url));
    expect((await ask(early.url, 'GET', '/healthz')).status).toBe(200);
    expect((await readiness(early.url, 503)).body.failing).toEqual(['redis']);

    await late.restart();
    await isBack(early.url);
    await readiness(early.url, 200);

    expect((await device.logIn(early.url)).status).toBe(200);
    expect((await device.refresh(early.url)).status).toBe(200);
  } finally {
    await early.stop();
    await late.stop();
  }
});

test('with SIGNATURE_ONLY_READS, reads pass on the signature while Redis is down, and nothing else does', async () => {
  const own = await startRedisServer();
  const lenient = await startServer({ ...environment, REDIS_URL: own.url, SIGNATURE_ONLY_READS: 'on' });
  try {
    const device = await aDevice(lenient.url);
    await own.kill();

    const me = await device.me(lenient.url);
    const forged = await ask(lenient.url, 'GET', '/v1/accounts/me', { token: `${device.token}x` });
    const admin = await device.ask(lenient.url, 'GET', '/v1/admin/accounts');

    expect([me.status, me.body.user.username]).toEqual([200, device.person.username]);
    expect([forged.status, forged.code]).toEqual([403, 'token_invalid']);
    expect([admin.status, admin.code]).toEqual([403, 'not_permitted']);
    const questions = Object.entries(everythingThatNeedsRedis(device, lenient.url));
    for (const [what, question] of questions)
      if (what !== 'a protected read') expectHonestOutage(await question());
  } finally {
    await lenient.stop();
    await own.stop();
  }
});
