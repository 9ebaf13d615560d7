import { RedisCountStore } from '../../../src/guestbook/data/redis-count-store.ts';
import type { ImpatientRedis } from '../../../src/shared/data/impatient-redis.ts';
import { Redis } from '../../../src/shared/data/redis.ts';
import { countStoreContract } from '../../support/count-store-contract.ts';
import { emptyRedisUrl } from '../../support/redis-server.ts';

let redis: Redis;
let store: RedisCountStore;

beforeAll(async () => {
  redis = new Redis(await emptyRedisUrl());
  redis.connect();
  await redis.ready();
  // Ten thousand commands at once take longer than a request may wait.
  const patient: Pick<ImpatientRedis, 'run'> = { run: command => command(redis.client) };
  store = new RedisCountStore(patient);
});

afterAll(() => {
  redis.close();
});

countStoreContract(
  'Redis',
  () => ({
    store,
    evictCount: async page => {
      await redis.client.del(`greetings:{${page}}:count`);
    },
    evictFill: async page => {
      await redis.client.del(`greetings:{${page}}:fill`);
    },
    secondsLeft: async page => {
      const seconds = await redis.client.ttl(`greetings:{${page}}:count`);
      return seconds === -2 ? null : seconds;
    },
  }),
  150,
);

test('nothing that is kept of a page stays for ever', async () => {
  const keys = await redis.client.keys('greetings:*');

  expect(keys.length).toBeGreaterThan(0);
  for (const key of keys) expect(await redis.client.ttl(key)).toBeGreaterThan(0);
});
