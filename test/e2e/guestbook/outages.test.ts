import { createClient } from 'redis';
import { startApp, type TestApp } from '../../support/app.ts';
import { within } from '../../support/own-time.ts';
import { type Person, refusal, signedIn } from '../../support/person.ts';
import { startRedisServer, type FaultyRedis } from '../../support/redis-server.ts';
import { startProxy, type TcpProxy } from '../../support/tcp-proxy.ts';
import { testServices } from '../../support/services.ts';
import { databaseUrl } from '../../support/template-database.ts';
import { createDatabase, type TestDatabase } from '../../support/database.ts';
import { until } from '../faults/support/until.ts';
import { type Page, pageOf } from './page.ts';

let database: TestDatabase;
let postgres: TcpProxy;
let redis: FaultyRedis;
let app: TestApp;
let ada: Person;
let page: Page;

beforeAll(async () => {
  database = await createDatabase();
  const { hostname, port, pathname } = new URL(database.url);
  postgres = await startProxy(hostname, Number(port || 5432));
  redis = await startRedisServer();
  const through = new URL(databaseUrl(testServices().maintenanceUrl, pathname.slice(1)));
  through.host = `127.0.0.1:${postgres.port}`;
  app = await startApp({ DATABASE_URL: through.href, REDIS_URL: redis.url, RATE_LIMITS: 'on' });
  ada = await signedIn(app);
  page = pageOf(app, ada.username);
});

afterAll(async () => {
  await app.close();
  await postgres.close();
  await redis.stop();
  await database.drop();
});

/** One command on the number of the page, and further words of it. */
const inRedis = async (command: string, ...words: string[]): Promise<unknown> => {
  const client = createClient({ url: redis.url, RESP: 2 });
  await client.connect();
  const result = await client.sendCommand([command, `greetings:{${ada.id}}:count`, ...words]);
  client.destroy();
  return result;
};

/** The number that Redis itself has, once the server uses it; it leaves Redis alone for a second after an outage. */
const keptAnew = async (): Promise<number> => {
  await inRedis('DEL');
  return await until('the number is kept', async () => {
    await page.count();
    const kept = await inRedis('HGET', 'count');
    return kept === null ? null : Number(kept);
  });
};

describe.each<[string, () => void | Promise<void>, () => void | Promise<void>]>([
  ['is killed', () => redis.kill(), () => redis.restart()],
  ['freezes', () => redis.pause(), () => redis.resume()],
])('while Redis %s', (_what, begin, end) => {
  test('greetings come in and are counted, promptly; and the count is right when it is over', async () => {
    const before = await keptAnew();
    await begin();
    try {
      const answers = [];
      for (let index = 0; index < 3; index++)
        answers.push(await within(1_000, () => page.leave({ name: 'Grace' })));
      const counts = [await within(1_000, () => page.countAnswer()), await page.countAnswer()];

      expect(answers.map(({ status }) => status)).toEqual([201, 201, 201]);
      for (const { body } of counts) expect(body).toEqual({ current_greetings_count: before + 3 });
      expect(await page.names()).toHaveLength(before + 3);
    } finally {
      await end();
    }
    // What Redis has kept from before the outage must not come back.
    await until('Redis has the right number', async () => {
      const answered = await page.count();
      const kept = await inRedis('HGET', 'count');
      expect(answered).toBe(before + 3);
      return Number(kept) === before + 3;
    });
    await page.leave({ name: 'Grace' }).expect(201);
    expect(await page.count()).toBe(before + 4);
  });
});

describe.each<[string, () => void, () => void]>([
  ['cannot be reached', () => postgres.cut(), () => postgres.heal()],
  ['does not answer', () => postgres.freeze(), () => postgres.thaw()],
])('while Postgres %s', (_what, begin, end) => {
  test('a greeting is a prompt 503 and is not there afterwards', async () => {
    const before = await keptAnew();
    begin();
    try {
      for (const ask of [() => page.leave({ name: 'Lost' }), () => page.list()]) {
        const answer = await within(1_900, ask);
        expect(refusal(answer)).toEqual([503, 'temporarily_unavailable']);
        expect(Number(answer.headers['retry-after'])).toBeGreaterThan(0);
      }
      // Redis has the number, and who it is was asked a moment ago.
      expect((await page.countAnswer()).body).toEqual({ current_greetings_count: before });
    } finally {
      end();
    }
    await until('Postgres is used again', async () => (await page.list()).status === 200);
    app.clock.advance(1_000);
    expect([await page.count(), await page.names()]).toEqual([before, expect.not.arrayContaining(['Lost'])]);
  });
});
