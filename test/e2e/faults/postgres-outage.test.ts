import { randomBytes } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import pg from 'pg';
import { migrateUp } from '../../../scripts/migrations/migrator.ts';
import { hasEnded } from '../../../scripts/services/processes.ts';
import { startPostgres } from '../../../scripts/services/postgres-server.ts';
import { createDatabase, type TestDatabase } from '../../support/database.ts';
import { emptyRedisUrl } from '../../support/redis-server.ts';
import { startServer, type ServerProcess } from '../../support/server-process.ts';
import { connected } from '../../support/template-database.ts';
import { startProxy, type TcpProxy } from '../../support/tcp-proxy.ts';
import {
  aPerson,
  ask,
  Device,
  expectHonestOutage,
  register,
  type Person,
  type Reply,
} from './support/device.ts';
import { connectionStates, noteEvents, tracesOf } from './support/rows.ts';
import { until } from './support/until.ts';

const REGISTERED = ['claim', 'event', 'registration'];

let database: TestDatabase;
let redisUrl: string;
let wire: TcpProxy;
/** Registers through mails, and does no background work. */
let server: ServerProcess;
/** Opens accounts at once, and works through the outbox. */
let worker: ServerProcess;

const through = (proxy: TcpProxy, url: string): string => {
  const changed = new URL(url);
  changed.hostname = '127.0.0.1';
  changed.port = String(proxy.port);
  return changed.href;
};

const proxyTo = (url: string): Promise<TcpProxy> => {
  const { hostname, port } = new URL(url);
  return startProxy(hostname, Number(port || 5432));
};

beforeAll(async () => {
  database = await createDatabase();
  await noteEvents(database.url);
  redisUrl = await emptyRedisUrl();
  wire = await proxyTo(database.url);
  const environment = { REDIS_URL: redisUrl, RATE_LIMITS: 'off' };
  [server, worker] = await Promise.all([
    startServer({ ...environment, DATABASE_URL: through(wire, database.url), WORKER: 'off' }),
    startServer({ ...environment, DATABASE_URL: database.url, ACCOUNT_VERIFICATION: 'none' }),
  ]);
});

afterAll(async () => {
  await server.stop();
  await worker.stop();
  await wire.close();
  await database.drop();
});

/** Registered where the database is well. */
const aMember = async (): Promise<Person> => {
  const person = aPerson();
  expect((await register(worker.url, person)).status).toBe(201);
  return person;
};

const isBack = (url = server.url): Promise<unknown> =>
  until('the database is used again', async () => {
    const { status } = await ask(url, 'GET', '/v1/users/nobody-at-all');
    return status === 404;
  });

const nothingLeftOpen = (): Promise<unknown> =>
  until('no transaction is left open', async () => {
    const states = await connectionStates(database.url);
    return states.every(state => state === 'idle');
  });

const sql = (statement: string): Promise<unknown> =>
  connected(database.url, client => client.query(statement));

const endConnections = (): Promise<unknown> =>
  sql(`select pg_terminate_backend(pid) from pg_stat_activity
       where datname = current_database() and application_name = 'daymark'`);

/** Everything that needs the database; all of it is asked through the broken server. */
const everythingThatNeedsPostgres = (
  device: Device,
  newcomer: Person,
): Readonly<Record<string, () => Promise<Reply>>> => ({
  register: () => register(server.url, newcomer),
  login: () => device.logIn(server.url),
  token: () => device.refresh(server.url),
  me: () => device.me(server.url),
  'change the profile': () => device.ask(server.url, 'PATCH', '/v1/accounts/me', { bio: 'not now' }),
  'forgotten password': () =>
    ask(server.url, 'POST', '/v1/accounts/password/forgot', { json: { email: newcomer.email } }),
  'public profile': () => ask(server.url, 'GET', `/v1/users/${device.person.username}`),
});

describe.each<[string, () => unknown, () => unknown]>([
  ['is gone', () => wire.cut(), () => wire.heal()],
  ['is behind a wire that carries nothing', () => wire.freeze(), () => wire.thaw()],
])('while Postgres %s', (_what, begin, end) => {
  let device: Device;
  const newcomer = aPerson();

  beforeAll(async () => {
    device = await Device.loggedIn(worker.url, await aMember());
    // A few connections are open, as in daily life.
    await Promise.all(Array.from({ length: 4 }, () => device.me(server.url)));
    begin();
  });

  afterAll(async () => {
    end();
    await isBack();
  });

  test('what needs it is a prompt 503, one at a time and all at once, and the process lives', async () => {
    const questions = Object.values(everythingThatNeedsPostgres(device, newcomer));

    for (const question of questions) expectHonestOutage(await question());
    for (const reply of await Promise.all(questions.map(question => question()))) expectHonestOutage(reply);

    expect((await ask(server.url, 'GET', '/healthz')).status).toBe(200);
    const ready = await ask(server.url, 'GET', '/readyz');
    expect([ready.status, ready.body.failing]).toEqual([503, ['postgres']]);
  });

  test('nothing of what was refused is there when it is over, and everything works again', async () => {
    end();
    await isBack();
    await nothingLeftOpen();

    expect(await tracesOf(database.url, newcomer)).toEqual([]);
    expect((await register(server.url, newcomer)).status).toBe(202);
    expect(await tracesOf(database.url, newcomer, 'noted_events')).toEqual(REGISTERED);
    expect((await device.refresh(server.url)).status).toBe(200);
    expect((await device.logIn(server.url)).status).toBe(200);
    expect(server.logs()).not.toContain('"status":500');
  });
});

/** Breaks the connection at the answer to each message in turn, until the request gets through. */
const breakEverywhere = async (
  perform: () => Promise<{ reply: Reply; check: (reply: Reply) => Promise<void> }>,
): Promise<number> => {
  for (let position = 0; position < 60; position++) {
    let passed = 0;
    wire.dropAnswersOnce(() => passed++ === position);
    const { reply, check } = await perform();
    wire.dropAnswersOnce(() => false);
    await isBack();
    if (reply.status >= 500) expectHonestOutage(reply);
    await check(reply);
    if (passed <= position) return position;
  }
  throw new Error('The request asks the database for ever.');
};

describe('wherever the connection breaks', () => {
  test('in a registration, it is acknowledged and whole, or refused and not there, or wholly there', async () => {
    const outcomes = new Set<string>();

    const broken = await breakEverywhere(async () => {
      const person = aPerson();
      const reply = await register(server.url, person);
      const check = async () => {
        const traces = await tracesOf(database.url, person, 'noted_events');
        outcomes.add(`${reply.status} ${traces.length > 0}`);
        expect([[], REGISTERED]).toContainEqual(traces);
        if (reply.status === 202) expect(traces).toEqual(REGISTERED);
        expect((await register(server.url, person)).status).toBe(202);
      };
      return { reply, check };
    });

    // Begin, the lock on the name, the look at the name, the rows and the commit.
    expect(broken).toBeGreaterThan(4);
    expect(outcomes).toEqual(new Set(['503 false', '503 true', '202 true']));
    await nothingLeftOpen();
  });

  test('in a login, the person may simply try again', async () => {
    const person = await aMember();

    const broken = await breakEverywhere(async () => {
      const device = new Device(person);
      const reply = await device.logIn(server.url);
      const check = async () => {
        expect((await device.logIn(server.url)).status).toBe(200);
        expect((await device.me(server.url)).status).toBe(200);
      };
      return { reply, check };
    });

    expect(broken).toBeGreaterThan(2);
    await nothingLeftOpen();
  });

  test('in a refresh, the old cookie is as good as before', async () => {
    const device = await Device.loggedIn(worker.url, await aMember());

    const broken = await breakEverywhere(async () => {
      const reply = await device.refresh(server.url);
      return { reply, check: async () => expect((await device.refresh(server.url)).status).toBe(200) };
    });

    expect(broken).toBeGreaterThan(0);
  });

  test('in a change of the password, exactly one password holds, and the other sessions end with the old one', async () => {
    const changed = 'a heron stands in the reeds';

    const broken = await breakEverywhere(async () => {
      const person = await aMember();
      const device = await Device.loggedIn(worker.url, person);
      const other = await Device.loggedIn(worker.url, person);
      const reply = await device.ask(server.url, 'PUT', '/v1/accounts/password', {
        current_password: person.password,
        new_password: changed,
      });
      const check = async () => {
        const works = async (password: string) =>
          (await new Device({ ...person, password }).logIn(worker.url)).status === 200;
        const isChanged = await works(changed);
        expect(await works(person.password)).toBe(!isChanged);
        if (reply.status === 204) expect(isChanged).toBe(true);
        if (!isChanged) {
          expect((await other.refresh(server.url)).status).toBe(200);
          return;
        }
        expect((await other.refresh(server.url)).code).toBe('session_gone');
        await until(
          'the access token of the other session ends',
          async () => (await other.me(server.url)).code === 'session_revoked',
        );
      };
      return { reply, check };
    });

    expect(broken).toBeGreaterThan(6);
    await nothingLeftOpen();
    expect(server.logs()).not.toContain('"status":500');
  });
});

describe('when Postgres', () => {
  test('ends every connection, the next requests open new ones', async () => {
    const device = await Device.loggedIn(worker.url, await aMember());
    await Promise.all(Array.from({ length: 5 }, () => device.me(server.url)));

    await endConnections();
    const replies = await Promise.all(Array.from({ length: 20 }, () => device.me(server.url)));

    for (const reply of replies.filter(({ status }) => status !== 200)) expectHonestOutage(reply);
    await isBack();
    expect((await device.me(server.url)).status).toBe(200);
    expect(server.logs()).not.toContain('"level":"fatal"');
  });

  test('waits for a lock, the answer is a prompt 503, and nothing is left behind when it goes on', async () => {
    const person = aPerson();
    const blocker = new pg.Client({ connectionString: database.url });
    await blocker.connect();
    await blocker.query('begin');
    await blocker.query('lock table registrations in access exclusive mode');

    const replies = await Promise.all([register(server.url, person), register(server.url, aPerson())]);

    for (const reply of replies) expectHonestOutage(reply);
    await blocker.query('rollback');
    await blocker.end();
    await nothingLeftOpen();
    expect(await tracesOf(database.url, person)).toEqual([]);
    expect((await register(server.url, person)).status).toBe(202);
  });

  test('may not write, what writes is a prompt 503 and what reads goes on', async () => {
    const person = aPerson();
    const device = await Device.loggedIn(worker.url, await aMember());
    const name = new URL(database.url).pathname.slice(1);
    await sql(`alter database ${name} set default_transaction_read_only = on`);
    await endConnections();
    await isBack();

    expectHonestOutage(await register(server.url, person));
    expectHonestOutage(await device.logIn(server.url));
    expect((await device.me(server.url)).status).toBe(200);
    expect((await device.refresh(server.url)).status).toBe(200);

    await connected(database.url, async client => {
      await client.query('set default_transaction_read_only = off');
      await client.query(`alter database ${name} reset default_transaction_read_only`);
    });
    await endConnections();
    await isBack();
    expect((await register(server.url, person)).status).toBe(202);
    expect((await device.logIn(server.url)).status).toBe(200);
  });

  test('has no connection to spare, a server starts all the same, and answers a prompt 503 until there is one', async () => {
    const role = `daymark_limited_${randomBytes(4).toString('hex')}`;
    const password = randomBytes(16).toString('hex');
    await sql(`create role ${role} login password '${password}' connection limit 0`);
    const url = new URL(database.url);
    [url.username, url.password] = [role, password];
    const limited = await startServer({ DATABASE_URL: url.href, REDIS_URL: redisUrl, WORKER: 'off' });
    try {
      await sql(`grant all on all tables in schema public to ${role}`);
      const person = aPerson();

      expectHonestOutage(await register(limited.url, person));
      expectHonestOutage(await new Device(person).logIn(limited.url));

      await sql(`alter role ${role} connection limit 5`);
      expect((await register(limited.url, person)).status).toBe(202);
      await until('the cause is logged', () => limited.logs().includes('"code":"53300"'));
      expect(limited.logs()).not.toContain(password);
    } finally {
      await limited.stop();
      await sql(`drop owned by ${role}`);
      await sql(`drop role ${role}`);
    }
  });
});

test('a server may start before Postgres, and serves when Postgres comes', async () => {
  const proxy = await proxyTo(database.url);
  proxy.cut();
  const early = await startServer({ DATABASE_URL: through(proxy, database.url), REDIS_URL: redisUrl });
  try {
    const person = aPerson();
    expectHonestOutage(await register(early.url, person));

    proxy.heal();
    await isBack(early.url);

    expect((await register(early.url, person)).status).toBe(202);
    // What it does in the background heals as well.
    await until('the mail has gone out', async () => {
      const traces = await tracesOf(database.url, person);
      return !traces.includes('event');
    });
  } finally {
    await early.stop();
    await proxy.close();
  }
});

test('what was acknowledged survives a crash of Postgres, and the server goes on with the restarted one', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'daymark-crash-'));
  let own = await startPostgres(folder);
  await migrateUp(own.url);
  const proxy = await proxyTo(own.url);
  const late = await startServer({
    DATABASE_URL: through(proxy, own.url),
    REDIS_URL: redisUrl,
    WORKER: 'off',
  });
  try {
    const people = Array.from({ length: 5 }, aPerson);
    const replies = await Promise.all(people.map(person => register(late.url, person)));
    // As at a power cut: no process of it may tidy up.
    process.kill(own.pid, 'SIGQUIT');
    await hasEnded(own.pid, 10_000);
    expectHonestOutage(await register(late.url, aPerson()));

    own = await startPostgres(folder);
    await isBack(late.url);

    expect(replies.map(({ status }) => status)).toEqual(people.map(() => 202));
    for (const person of people) expect(await tracesOf(own.url, person)).toEqual(REGISTERED);
    expect((await register(late.url, aPerson())).status).toBe(202);
  } finally {
    await late.stop();
    await proxy.close();
    await own.stop();
    await rm(folder, { recursive: true, force: true });
  }
});
