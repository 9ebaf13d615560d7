import { availableParallelism } from 'node:os';
import { createDatabase, type TestDatabase } from '../../support/database.ts';
import { emptyRedisUrl } from '../../support/redis-server.ts';
import { startServer, type ServerProcess } from '../../support/server-process.ts';
import { aMember, Device } from './support/device.ts';

let database: TestDatabase;
let server: ServerProcess;

beforeAll(async () => {
  database = await createDatabase();
  const environment = {
    DATABASE_URL: database.url,
    REDIS_URL: await emptyRedisUrl(),
    ACCOUNT_VERIFICATION: 'none',
    RATE_LIMITS: 'off',
    WORKER: 'off',
  };
  server = await startServer(environment);
});

afterAll(async () => {
  await server.stop();
  await database.drop();
});

test('more logins than can be hashed are told to come back; the others get in, and reads do not wait', async () => {
  const person = await aMember(server.url);
  const reader = await Device.loggedIn(server.url, person);
  // The pool is opened first, so that hashing is the only bottleneck.
  await Promise.all(Array.from({ length: 10 }, () => reader.me(server.url)));
  // The line holds 32 for each place, of which there are at most three.
  const many = 34 * Math.min(availableParallelism(), 3) + 120;
  const strangers = Array.from(
    { length: many },
    () => new Device({ ...person, password: 'not the password' }),
  );

  const logins = Promise.all(strangers.map(device => device.logIn(server.url)));
  const read = await reader.me(server.url);
  const replies = await logins;

  const refused = replies.filter(({ status }) => status === 503);
  const answered = replies.filter(({ status }) => status === 401);
  expect(refused.length).toBeGreaterThan(0);
  expect(answered.length).toBeGreaterThan(0);
  expect(refused.length + answered.length).toBe(many);
  for (const reply of refused) {
    expect(reply.code).toBe('temporarily_unavailable');
    expect(Number(reply.headers.get('retry-after'))).toBeGreaterThanOrEqual(1);
    expect(reply.headers.getSetCookie()).toEqual([]);
  }
  expect(read.status).toBe(200);
  expect((await new Device(person).logIn(server.url)).status).toBe(200);
  expect(server.logs()).not.toContain('"status":500');
});
