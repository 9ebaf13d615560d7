import { accountMailHandlers } from '../../../src/accounts/services/account-event-handlers.ts';
import { forgetLimitsAfterRestore, redisLimiters } from '../../../src/shared/data/limiters.ts';
import { Redis } from '../../../src/shared/data/redis.ts';
import { DATABASE_RESTORED } from '../../../src/shared/domain/events.ts';
import { Unavailable } from '../../../src/shared/domain/domain-error.ts';
import { EVENT_HANDLERS } from '../../../src/tokens.ts';
import { startApp, type TestApp } from '../../support/app.ts';
import { emptyRedisUrl } from '../../support/redis-server.ts';

const news = { id: 'x', type: DATABASE_RESTORED, payload: {}, occurredAt: new Date(0), attempt: 1 };

describe('the handlers of the whole product', () => {
  let app: TestApp;
  beforeAll(async () => {
    app = await startApp();
  });
  afterAll(() => app.close());

  const handlers = () => app.container.getAll(EVENT_HANDLERS).flat();

  test('that write to people are those whose events a restore holds', () => {
    const reaching = handlers().filter(handler => handler.reachesPeople);

    expect(reaching.map(({ eventType, name }) => ({ eventType, name }))).toEqual(
      accountMailHandlers.map(({ eventType, name }) => ({ eventType, name })),
    );
  });

  test('that are named after a mail say that they write to people', () => {
    const mails = handlers().filter(({ name }) => name.includes('mail-'));

    expect(mails.length).toBeGreaterThan(5);
    expect(mails.filter(handler => !handler.reachesPeople)).toEqual([]);
  });

  test('hear of a restore wherever something is kept outside the database', () => {
    const names = handlers().filter(({ eventType }) => eventType === DATABASE_RESTORED);

    expect(names.map(({ name }) => name).sort()).toEqual([
      'accounts.end-overdue-sessions',
      'guestbook.forget-counts',
      'shared.forget-limits',
    ]);
  });
});

describe('counters of attempts', () => {
  let redis: Redis;
  beforeAll(async () => {
    redis = new Redis(await emptyRedisUrl());
    redis.connect();
    await redis.ready();
  });
  afterAll(() => redis.close());

  test('begin anew after a restore, and nothing else in Redis goes', async () => {
    const limiter = redisLimiters(redis)('login-per-ip', 1, 3_600);
    await Promise.all(Array.from({ length: 1_500 }, (_, index) => limiter.consume(`198.51.100.${index}`)));
    await redis.client.set('session:limit:x', 'stays');
    await expect(limiter.consume('198.51.100.7')).rejects.toMatchObject({ consumedPoints: 2 });

    await forgetLimitsAfterRestore(redis).handle(news);

    await expect(limiter.consume('198.51.100.7')).resolves.toMatchObject({ consumedPoints: 1 });
    expect((await redis.client.keys('*')).sort()).toEqual([
      'limit:login-per-ip:198.51.100.7',
      'session:limit:x',
    ]);
  });

  test('that are out of reach let the news come again', async () => {
    const nowhere = new Redis('redis://127.0.0.1:1');
    nowhere.connect();

    await expect(forgetLimitsAfterRestore(nowhere).handle(news)).rejects.toBeInstanceOf(Unavailable);
    nowhere.close();
  });
});
