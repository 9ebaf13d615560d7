import { RedisSessionRepository } from '../../../src/accounts/data/redis-session-repository.ts';
import { Redis } from '../../../src/shared/data/redis.ts';
import { emptyRedisUrl } from '../../support/redis-server.ts';
import { checkSessionRule, modelLifetimes } from '../../support/session-rule-model.ts';

let redis: Redis;

beforeAll(async () => {
  redis = new Redis(await emptyRedisUrl());
  redis.connect();
  await redis.ready();
});

afterAll(() => {
  redis.close();
});

test('whatever happens in whatever order, every token is worth what the rule says, in Redis', async () => {
  const repository = new RedisSessionRepository(redis, modelLifetimes);
  const bench = {
    repository,
    fallBackTo: async (state: { readonly id: string }) => {
      await redis.client.hSet(`session:${state.id}`, { record: JSON.stringify(state) });
      await redis.client.hIncrBy(`session:${state.id}`, 'version', 1);
    },
    lose: async (id: string) => {
      await redis.client.del(`session:${id}`);
    },
  };

  await checkSessionRule(() => Promise.resolve(bench), { honest: 60, all: 60 });
});
