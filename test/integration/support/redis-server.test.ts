import { createClient } from 'redis';
import { emptyRedisUrl, redisUrl, startRedisServer, type FaultyRedis } from '../../support/redis-server.ts';

const open = async (url: string) => {
  const client = createClient({
    url,
    RESP: 2,
    disableOfflineQueue: true,
    socket: { reconnectStrategy: false },
  });
  client.on('error', () => undefined);
  await client.connect();
  return client;
};

describe('a Redis for fault tests', () => {
  let redis: FaultyRedis;

  beforeAll(async () => {
    redis = await startRedisServer();
  });

  afterAll(() => redis.stop());

  test('killed and started again, it has what it acknowledged, at the same address', async () => {
    const before = await open(redis.url);
    await before.set('kept', 'yes');

    await redis.kill();
    await expect(before.get('kept')).rejects.toThrow();
    await expect(open(redis.url)).rejects.toMatchObject({ code: 'ECONNREFUSED' });
    await redis.restart();

    const after = await open(redis.url);
    expect(await after.get('kept')).toBe('yes');
    after.destroy();
  });

  test('paused, it keeps the connection and answers only when it is resumed', async () => {
    const client = await open(redis.url);

    redis.pause();
    let answered = false;
    const answer = client.ping().then(() => (answered = true));
    for (let turn = 0; turn < 100; turn++) await new Promise(setImmediate);
    const answeredWhilePaused = answered;
    redis.resume();

    expect(await answer).toBe(true);
    expect(answeredWhilePaused).toBe(false);
    client.destroy();
  });

  test('it never evicts: full, it refuses to write', async () => {
    const full = await startRedisServer({ settings: { maxmemory: '1' } });
    const client = await open(full.url);

    await expect(client.set('one', 'more')).rejects.toThrow('OOM');

    client.destroy();
    await full.stop();
  });
});

test('each test file begins with an empty Redis database that is not the first one', async () => {
  const client = await open(await emptyRedisUrl());

  expect(await client.dbSize()).toBe(0);
  expect(new URL(redisUrl()).pathname).not.toBe('/0');
  client.destroy();
});
