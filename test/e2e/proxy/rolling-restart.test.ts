import { setTimeout as pause } from 'node:timers/promises';
import { createDatabase, type TestDatabase } from '../../support/database.ts';
import { emptyRedisUrl } from '../../support/redis-server.ts';
import { startReverseProxy, type ReverseProxy } from '../../support/reverse-proxy.ts';
import { startServer, type ServerProcess } from '../../support/server-process.ts';
import { aMember, ask, Device, type Reply } from '../faults/support/device.ts';
import { until } from '../faults/support/until.ts';

let database: TestDatabase;
let proxy: ReverseProxy;
let environment: Record<string, string>;
const running = new Set<ServerProcess>();

const replica = async (): Promise<ServerProcess> => {
  const server = await startServer(environment);
  running.add(server);
  return server;
};

beforeAll(async () => {
  database = await createDatabase();
  environment = {
    DATABASE_URL: database.url,
    REDIS_URL: await emptyRedisUrl(),
    PUBLIC_URL: 'http://localhost:3000',
    TRUSTED_PROXIES: '1',
    RATE_LIMITS: 'off',
    ACCOUNT_VERIFICATION: 'none',
    // Longer than the proxy takes to ask again whether a replica is ready.
    DRAIN_DELAY: '1',
  };
  const replicas = await Promise.all([replica(), replica()]);
  proxy = await startReverseProxy(replicas.map(({ url }) => url));
});

afterAll(async () => {
  await proxy.close();
  await Promise.all([...running].map(server => server.stop('SIGKILL')));
  await database.drop();
});

/** Does the same again and again, like a client that has nothing else to do, and notes whatever is not answered well. */
class Load {
  readonly failures: string[] = [];
  done = 0;
  #stopped = false;
  readonly #clients: Promise<void>[] = [];

  run(what: string, step: () => Promise<Reply>): void {
    this.#clients.push(this.#repeat(what, step));
  }

  async stop(): Promise<void> {
    this.#stopped = true;
    await Promise.all(this.#clients);
  }

  async #repeat(what: string, step: () => Promise<Reply>): Promise<void> {
    while (!this.#stopped) {
      try {
        const { status, code } = await step();
        if (status >= 300) this.failures.push(`${what}: ${status} ${code}`);
      } catch (error) {
        this.failures.push(`${what}: ${String(error)}`);
      }
      this.done++;
      await pause(15);
    }
  }
}

test('of two replicas one after the other is restarted under load, and no request fails', async () => {
  const people = await Promise.all(Array.from({ length: 6 }, () => aMember(proxy.url)));
  const devices = await Promise.all(people.map(person => Device.loggedIn(proxy.url, person)));
  const [username] = people.map(person => person.username);
  const load = new Load();
  for (let reader = 0; reader < 3; reader++)
    load.run('read', () => ask(proxy.url, 'GET', `/v1/users/${username}`));
  for (const device of devices.slice(0, 2)) {
    load.run('refresh', () => device.refresh(proxy.url));
    load.run('read of one’s own', () => device.me(proxy.url));
  }
  const written = new Map<Device, string>();
  for (const device of devices.slice(2)) {
    let count = 0;
    load.run('write', async () => {
      const bio = `version ${++count}`;
      const reply = await device.ask(proxy.url, 'PATCH', '/v1/accounts/me', { bio });
      if (reply.status === 200) written.set(device, bio);
      return reply;
    });
  }

  const [...old] = running;
  const exits: number[] = [];
  for (const leaving of old) {
    const { url } = await replica();
    await proxy.add(url);
    process.kill(leaving.pid, 'SIGTERM');
    // SIGCONT changes nothing: it ends by itself.
    exits.push(await leaving.stop('SIGCONT'));
    running.delete(leaving);
    proxy.remove(leaving.url);
    await until('the new replica does its part', () => proxy.answered(url) > 50);
  }
  await load.stop();

  expect(load.failures).toEqual([]);
  expect(exits).toEqual([0, 0]);
  expect(load.done).toBeGreaterThan(500);
  for (const [device, bio] of written) expect((await device.me(proxy.url)).body.user.bio).toBe(bio);
  expect(written.size).toBe(4);
  for (const device of devices) expect((await device.refresh(proxy.url)).status).toBe(200);
  for (const server of old) expect(server.logs()).not.toMatch(/"level":(50|60|"error"|"fatal")/);
});
