import { RedisSessionRepository } from '../../../src/accounts/data/redis-session-repository.ts';
import type { SessionId } from '../../../src/accounts/domain/session.ts';
import { Redis } from '../../../src/shared/data/redis.ts';
import { Unavailable } from '../../../src/shared/domain/domain-error.ts';
import { newId } from '../../../src/shared/services/new-id.ts';
import { DAY_MS, NOON } from '../../support/builders/accounts.ts';
import { emptyRedisUrl } from '../../support/redis-server.ts';
import {
  aSession,
  briefLifetimes,
  sessionRepositoryContract,
} from '../../support/session-repository-contract.ts';

let redis: Redis;
let repository: RedisSessionRepository;

beforeAll(async () => {
  redis = new Redis(await emptyRedisUrl());
  redis.connect();
  await redis.ready();
  repository = new RedisSessionRepository(redis, briefLifetimes);
});

afterAll(() => {
  redis.close();
});

sessionRepositoryContract('Redis', () => ({
  repository,
  // Redis forgets by itself; a test asks for when.
  isForgottenAt: async (id, instant) =>
    (await redis.client.pExpireTime(`session:${id}`)) <= instant.getTime(),
}));

describe('what lies in Redis', () => {
  test('is a record that holds no token and no key, only the salt', async () => {
    const session = aSession({ salt: 'the-salt' });
    await repository.add(session);

    const stored = await redis.client.hGetAll(`session:${session.id}`);

    expect(Object.keys(stored).sort()).toEqual(['record', 'version']);
    expect(Object.keys(JSON.parse(stored.record!) as object).sort()).toEqual(
      [
        ...['id', 'accountId', 'role', 'epoch', 'salt', 'generation', 'confirmed'],
        ...['rotatedAt', 'createdAt', 'lastUsedAt', 'device', 'ip', 'ended'],
      ].sort(),
    );
  });

  test('everything is forgotten some day, the list too', async () => {
    const session = aSession();
    await repository.add(session);

    const gone = await redis.client.pExpireTime(`account-sessions:${session.accountId}`);

    expect(gone).toBe(NOON.getTime() + 3 * DAY_MS);
    expect(await redis.client.pExpireTime(`session:${session.id}`)).toBeGreaterThan(0);
  });

  test('a session that Redis has forgotten leaves the list when somebody looks', async () => {
    const accountId = newId<'AccountId'>();
    const [lost, kept] = [aSession({ accountId }), aSession({ accountId })];
    await repository.add(lost);
    await repository.add(kept);
    await redis.client.del(`session:${lost.id}`);

    expect((await repository.ofAccount(accountId)).map(session => session.id)).toEqual([kept.id]);
    expect(await repository.countOf(accountId)).toBe(1);
  });

  test('a session that Redis has lost is not created again by whoever still has it', async () => {
    const session = aSession();
    await repository.add(session);
    await redis.client.del(`session:${session.id}`);
    session.refresh(1, NOON, briefLifetimes);

    expect(await repository.save(session)).toBe(false);
    expect(await redis.client.exists(`session:${session.id}`)).toBe(0);
  });
});

test('without Redis every question is answered with unavailable, at once', async () => {
  const nowhere = new Redis('redis://127.0.0.1:1');
  nowhere.connect();
  const lonely = new RedisSessionRepository(nowhere, briefLifetimes);
  const session = aSession();
  await repository.add(session);

  const answers = await Promise.allSettled([
    lonely.add(session),
    lonely.byId(session.id),
    lonely.ofAccount(session.accountId),
    lonely.countOf(session.accountId),
    lonely.byId('nobody' as SessionId),
    lonely.inBatches().next(),
  ]);

  for (const answer of answers)
    expect(answer).toMatchObject({ status: 'rejected', reason: expect.any(Unavailable) });
  nowhere.close();
});
