import { createClient } from 'redis';
import { isAlive } from '../../../scripts/services/processes.ts';
import { createDatabase, type TestDatabase } from '../../support/database.ts';
import { startRedisServer, type FaultyRedis } from '../../support/redis-server.ts';
import { startServer, type ServerProcess } from '../../support/server-process.ts';
import { aMember, Device, expectHonestOutage, type Reply } from './support/device.ts';
import { until } from './support/until.ts';

const PEOPLE = 3;
const DEVICES_EACH = 8;

let database: TestDatabase;
let redis: FaultyRedis;
let servers: readonly ServerProcess[] = [];

beforeAll(async () => {
  database = await createDatabase();
  // What the append-only file may lose in its last second has a test of its own; here nothing is to be lost.
  redis = await startRedisServer({ settings: { appendfsync: 'always' } });
  const environment = {
    DATABASE_URL: database.url,
    REDIS_URL: redis.url,
    ACCOUNT_VERIFICATION: 'none',
    WORKER: 'off',
  };
  servers = await Promise.all([startServer(environment), startServer(environment)]);
});

afterAll(async () => {
  for (const server of servers) await server.stop();
  await redis.stop();
  await database.drop();
});

const devicesOf = async (people: number, each: number): Promise<Device[]> => {
  const devices: Device[] = [];
  for (let person = 0; person < people; person++) {
    const member = await aMember(servers[0]!.url);
    for (let device = 0; device < each; device++)
      devices.push(await Device.loggedIn(servers[device % 2]!.url, member));
  }
  return devices;
};

/** One device that refreshes without pause, at one server after the other. */
class Storm {
  readonly device: Device;
  readonly replies: Reply[] = [];
  readonly #urls: readonly string[];
  #stopped = false;
  readonly ended: Promise<void>;

  constructor(device: Device, urls: readonly string[]) {
    this.device = device;
    this.#urls = urls;
    this.ended = this.#blow();
  }

  count(status: number, since = 0): number {
    return this.replies.slice(since).filter(reply => reply.status === status).length;
  }

  stop(): Promise<void> {
    this.#stopped = true;
    return this.ended;
  }

  async #blow(): Promise<void> {
    while (!this.#stopped)
      this.replies.push(await this.device.refresh(this.#urls[this.replies.length % this.#urls.length]!));
  }
}

test('Redis is killed and restarted in a storm of refreshes: nobody is logged out, nobody comes back', async () => {
  const urls = servers.map(({ url }) => url);
  const devices = await devicesOf(PEOPLE, DEVICES_EACH);
  const loggedOut = devices.splice(0, 4);
  for (const device of loggedOut) expect((await device.logOut(urls[0]!)).status).toBe(200);

  const storms = devices.map(device => new Storm(device, urls));
  await until('everybody has refreshed', () => storms.every(storm => storm.count(200) >= 3));
  await redis.kill();
  const killedAt = storms.map(({ replies }) => replies.length);
  await until('everybody was told', () => storms.every(storm => storm.count(503) >= 3));
  await redis.restart();
  const restartedAt = storms.map(({ replies }) => replies.length);
  await until('everybody refreshes again', () =>
    storms.every((storm, index) => storm.count(200, restartedAt[index]) >= 3),
  );
  await Promise.all(storms.map(storm => storm.stop()));

  const replies = storms.flatMap(storm => storm.replies);
  for (const reply of replies.filter(({ status }) => status !== 200)) expectHonestOutage(reply);
  expect(killedAt.every((at, index) => at < restartedAt[index]!)).toBe(true);
  for (const device of devices) {
    expect((await device.refresh(urls[1]!)).status).toBe(200);
    expect((await device.me(urls[0]!)).status).toBe(200);
  }
  for (const device of loggedOut) {
    const reply = await device.refresh(urls[1]!);
    expect([reply.status, reply.code]).toEqual([401, 'session_gone']);
    expect((await device.me(urls[0]!)).code).toBe('session_revoked');
  }
  for (const server of servers) {
    expect(isAlive(server.pid)).toBe(true);
    expect(server.logs()).not.toContain('"level":"fatal"');
    expect(server.logs()).not.toContain('"status":500');
  }
});

test('Redis lost its last second of writes: whoever refreshed in it is let in with the newest cookie', async () => {
  const [url] = servers.map(server => server.url);
  const device = await Device.loggedIn(url!, await aMember(url!));
  await device.refresh(url!);
  const key = `session:${device.cookie!.split('.')[1]}`;
  const client = createClient({ url: redis.url, RESP: 2 }).on('error', () => undefined);
  await client.connect();
  const saved = await client.hGetAll(key);
  for (let refresh = 0; refresh < 3; refresh++) expect((await device.refresh(url!)).status).toBe(200);

  await client.hSet(key, saved);
  await client.close();
  await redis.restart();
  const reply = await until('Redis is back', async () => {
    const answer = await device.refresh(url!);
    return answer.status === 503 ? null : answer;
  });

  expect(reply.status).toBe(200);
  const elsewhere = await until('Redis is back for the other server', async () => {
    const answer = await device.me(servers[1]!.url);
    return answer.status === 503 ? null : answer;
  });
  expect(elsewhere.status).toBe(200);
});
