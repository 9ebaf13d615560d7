import { createDatabase, type TestDatabase } from '../../support/database.ts';
import { emptyRedisUrl } from '../../support/redis-server.ts';
import { Rewind } from '../../support/rewind.ts';
import { startServer, type ServerProcess } from '../../support/server-process.ts';
import { aMember, Device } from '../faults/support/device.ts';
import { until } from '../faults/support/until.ts';

let database: TestDatabase;
let server: ServerProcess;
let rewind: Rewind;

beforeAll(async () => {
  database = await createDatabase();
  server = await startServer({
    DATABASE_URL: database.url,
    REDIS_URL: await emptyRedisUrl(),
    RATE_LIMITS: 'off',
    ACCOUNT_VERIFICATION: 'none',
  });
});

afterAll(async () => {
  await server.stop();
  await rewind.drop();
  await database.drop();
});

test('a server that nobody restarts hears of the restore by itself, and serves on', async () => {
  const person = await aMember(server.url);
  const device = await Device.loggedIn(server.url, person);
  rewind = await Rewind.take(database.url, new Date());
  const later = await until('the server is connected again', () =>
    Device.loggedIn(server.url, person).catch(() => null),
  );

  await rewind.restore(new Date());

  for (const each of [device, later])
    await until(
      'the old access token is dead',
      async () => (await each.me(server.url)).code === 'session_revoked',
    );
  const refreshed = await device.refresh(server.url);
  expect([refreshed.status, refreshed.code]).toEqual([401, 'session_gone']);
  const again = await Device.loggedIn(server.url, person);
  expect((await again.me(server.url)).status).toBe(200);
  expect((await again.refresh(server.url)).status).toBe(200);
  expect(server.logs()).not.toContain('nobody caught');
});
