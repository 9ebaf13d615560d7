import { CountedAttemptLimits } from '../../../src/accounts/data/counted-attempt-limits.ts';
import type { Limits } from '../../../src/accounts/data/limits.ts';
import { redisLimiters } from '../../../src/shared/data/limiters.ts';
import { Redis } from '../../../src/shared/data/redis.ts';
import {
  aNetwork,
  anAddress,
  attemptLimitsContract,
  countPassed,
  strictLimits,
  times,
} from '../../support/attempt-limits-contract.ts';
import { ownTime } from '../../support/own-time.ts';
import { startRedisServer, type FaultyRedis } from '../../support/redis-server.ts';

const SECRETS = ['a secret'];

const redisAttemptLimits = (redis: Redis, secrets: readonly string[], table?: Limits) =>
  new CountedAttemptLimits(redisLimiters(redis), secrets, table);

let server: FaultyRedis;
let redis: Redis;

/** What a second replica of the server would have. */
const anotherProcess = async () => {
  const connection = new Redis(server.url);
  connection.connect();
  await connection.ready();
  return {
    attempts: redisAttemptLimits(connection, SECRETS, strictLimits),
    [Symbol.dispose]: () => connection.close(),
  };
};

const keys = () => redis.run(client => client.keys('*'));

beforeAll(async () => {
  server = await startRedisServer();
  redis = new Redis(server.url);
  redis.connect();
  await redis.ready();
});

afterAll(async () => {
  redis.close();
  await server.stop();
});

attemptLimitsContract('in Redis', table => redisAttemptLimits(redis, SECRETS, table));

describe('attempts counted in Redis', () => {
  test('two processes count together', async () => {
    using one = await anotherProcess();
    using other = await anotherProcess();
    const [address, ip] = [anAddress(), `${aNetwork()}::1`];

    const spent = times(25, () => one.attempts.spend('login-per-ip', ip)).concat(
      times(25, () => other.attempts.spend('login-per-ip', ip)),
    );
    const guessed = times(25, () => one.attempts.guess(address, null)).concat(
      times(25, () => other.attempts.guess(address, null)),
    );

    expect(await countPassed(spent)).toBe(3);
    expect(await countPassed(guessed)).toBe(4);
  });

  test('no mail address, account or device stands in Redis', async () => {
    await redis.run(client => client.flushDb());
    const attempts = redisAttemptLimits(redis, SECRETS, strictLimits);
    await countPassed(times(9, () => attempts.guess('alice@example.org', 'her-telephone')));
    await attempts.spend('mail-per-address', 'alice@example.org');
    await attempts.spend('password-check-per-account', 'the-account-of-alice');

    const names = (await keys()).join('\n');

    expect(names.split('\n')).toHaveLength(4);
    expect(names).not.toMatch(/alice|example|telephone/);
  });

  test('every counter ends by itself', async () => {
    await redis.run(client => client.flushDb());
    const attempts = redisAttemptLimits(redis, SECRETS);
    await countPassed(times(9, () => attempts.guess(anAddress(), null)));
    const address = anAddress();
    await countPassed(times(9, () => attempts.guess(address, null)));
    await attempts.spend('login-per-ip', '203.0.113.7');

    const remaining = await Promise.all((await keys()).map(key => redis.run(client => client.ttl(key))));

    expect(remaining.length).toBeGreaterThan(10);
    expect(Math.min(...remaining)).toBeGreaterThan(0);
    expect(Math.max(...remaining)).toBeLessThanOrEqual(86_400);
  });

  test('a right guess leaves nothing behind', async () => {
    await redis.run(client => client.flushDb());
    const attempts = redisAttemptLimits(redis, SECRETS, strictLimits);
    const address = anAddress();
    await countPassed(times(9, () => attempts.guess(address, null)));

    await attempts.forgive(address, null);

    expect(await keys()).toEqual([]);
  });
});

describe('while Redis cannot be asked', () => {
  const until = async (holds: () => Promise<boolean>): Promise<void> => {
    const deadline = performance.now() + 10_000;
    while (!(await holds())) {
      if (performance.now() > deadline) throw new Error('did not heal in time');
      await new Promise(resolve => setTimeout(resolve, 50));
    }
  };

  /** Attempts are counted in Redis when they leave a key there. */
  const countsInRedis = async (attempts: ReturnType<typeof redisAttemptLimits>): Promise<boolean> => {
    await attempts.spend('register-per-ip', `${aNetwork()}::1`);
    const found = await redis.run(client => client.keys('limit:register-per-ip:*')).catch(() => []);
    return found.length > 0;
  };

  beforeEach(async () => {
    await redis.run(client => client.flushDb());
  });

  test('frozen, each process counts for itself, and a request loses less than half a second', async () => {
    const attempts = redisAttemptLimits(redis, SECRETS, strictLimits);
    const [address, ip] = [anAddress(), `${aNetwork()}::1`];
    server.pause();

    try {
      const oneLogin = await ownTime(async () => {
        await attempts.spend('login-per-ip', ip);
        await attempts.guess(address, null);
        await attempts.forgive(address, null);
      });

      expect(oneLogin).toBeLessThan(500);
      expect(await countPassed(times(50, () => attempts.spend('login-per-ip', ip)))).toBe(2);
      expect(await countPassed(times(50, () => attempts.guess(address, null)))).toBe(4);
    } finally {
      server.resume();
    }
    await until(() => countsInRedis(attempts));
  });

  test('killed, each process counts for itself without waiting, and goes back to it when it returns', async () => {
    const attempts = redisAttemptLimits(redis, SECRETS, strictLimits);
    const [address, ip] = [anAddress(), `${aNetwork()}::1`];
    await server.kill();

    try {
      expect(await ownTime(() => attempts.spend('login-per-ip', ip))).toBeLessThan(400);
      expect(await countPassed(times(50, () => attempts.spend('login-per-ip', ip)))).toBe(2);
      expect(await countPassed(times(50, () => attempts.guess(address, null)))).toBe(4);
      expect(await attempts.trySpend('mail-per-address', address)).toBe(true);
      await attempts.forgive(address, null);
      await expect(attempts.guess(address, null)).resolves.toBeUndefined();
    } finally {
      await server.restart();
    }
    await until(() => countsInRedis(attempts));
  });

  test('full, each process counts for itself', async () => {
    const attempts = redisAttemptLimits(redis, SECRETS, strictLimits);
    await redis.run(client => client.configSet('maxmemory', '1'));

    try {
      expect(await countPassed(times(50, () => attempts.guess(anAddress(), null)))).toBe(50);
      const address = anAddress();
      expect(await countPassed(times(50, () => attempts.guess(address, null)))).toBe(4);
    } finally {
      await redis.run(client => client.configSet('maxmemory', '0'));
    }
    await until(() => countsInRedis(attempts));
  });

  test('started before Redis is there, a process counts for itself', async () => {
    const unconnected = new Redis('redis://127.0.0.1:1');
    unconnected.connect();
    const attempts = redisAttemptLimits(unconnected, SECRETS, strictLimits);
    const address = anAddress();

    expect(await countPassed(times(50, () => attempts.guess(address, null)))).toBe(4);
    unconnected.close();
  });
});
