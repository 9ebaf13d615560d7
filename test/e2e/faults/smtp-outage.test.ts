import { createDatabase, type TestDatabase } from '../../support/database.ts';
import { FakeSmtp } from '../../support/fake-smtp.ts';
import { parseMime } from '../../support/mime.ts';
import { emptyRedisUrl } from '../../support/redis-server.ts';
import { startServer, type ServerProcess } from '../../support/server-process.ts';
import { connected } from '../../support/template-database.ts';
import { startProxy, type TcpProxy } from '../../support/tcp-proxy.ts';
import { aPerson, ask, register } from './support/device.ts';
import { MailServer } from './support/mail-server.ts';
import { until } from './support/until.ts';

let database: TestDatabase;
let redisUrl: string;
let mails: MailServer;
let wire: TcpProxy;
const started: ServerProcess[] = [];

beforeAll(async () => {
  redisUrl = await emptyRedisUrl();
  mails = new MailServer();
  wire = await startProxy('127.0.0.1', await mails.listen());
});

beforeEach(async () => {
  database = await createDatabase();
});

afterEach(async () => {
  wire.heal();
  for (const server of started.splice(0)) await server.stop('SIGKILL');
  await database.drop();
});

afterAll(async () => {
  await wire.close();
  await mails.close();
});

const start = async (environment: Readonly<Record<string, string>> = {}): Promise<ServerProcess> => {
  const server = await startServer({
    DATABASE_URL: database.url,
    REDIS_URL: redisUrl,
    RATE_LIMITS: 'off',
    SMTP_URL: `smtp://127.0.0.1:${wire.port}`,
    ...environment,
  });
  started.push(server);
  return server;
};

const outbox = (): Promise<readonly { attempts: number; leased: boolean }[]> =>
  connected(database.url, async client => {
    const { rows } = await client.query<{ attempts: number; leased: boolean }>(
      'select attempts, lease is not null as leased from outbox',
    );
    return rows;
  });

/** The dead process of before held its events for two minutes; this is the same as waiting for those to pass. */
const endLeases = (): Promise<unknown> =>
  connected(database.url, client => client.query(`update outbox set leased_until = now() - interval '1s'`));

const everythingDelivered = (): Promise<unknown> =>
  until('the outbox is empty', async () => (await outbox()).length === 0);

test('nobody notices at registration that SMTP is down; when it is back, each mail comes once, and its link works', async () => {
  wire.cut();
  const server = await start();
  const people = [aPerson(), aPerson()];
  for (const person of people) expect((await register(server.url, person)).status).toBe(202);
  await until('sending was tried', async () => (await outbox()).every(({ attempts }) => attempts >= 2));
  expect((await ask(server.url, 'GET', '/readyz')).status).toBe(200);

  wire.heal();
  await everythingDelivered();

  for (const { email, password } of people) {
    const [mail, ...more] = mails.mailsTo(email);
    expect(more).toEqual([]);
    const token = /#token=([\w-]+)/.exec(mail!.text)?.[1];
    const verified = await ask(server.url, 'POST', '/v1/accounts/verify', { json: { token, password } });
    expect(verified.status).toBe(201);
  }
  expect(server.logs()).not.toContain('@example.org');
});

test('a server that is killed between the commit and the mail leaves it to another, which sends it once', async () => {
  wire.cut();
  const dying = await start();
  const person = aPerson();
  expect((await register(dying.url, person)).status).toBe(202);
  await until('sending was tried', async () => (await outbox()).some(({ attempts }) => attempts >= 1));
  await dying.stop('SIGKILL');

  wire.heal();
  await endLeases();
  await start();
  await everythingDelivered();

  expect(mails.mailsTo(person.email)).toHaveLength(1);
});

test('a server that is killed in the middle of a mail leaves it to another, and the recipient gets it once', async () => {
  const sulking = new FakeSmtp({ DATA: ['hang'] });
  const environment = { SMTP_URL: await sulking.listen() };
  const dying = await start(environment);
  const person = aPerson();
  expect((await register(dying.url, person)).status).toBe(202);
  await until('the mail was begun', () => sulking.commands.includes('DATA'));
  await dying.stop('SIGKILL');

  await endLeases();
  await start(environment);
  await everythingDelivered();

  expect(sulking.messages).toHaveLength(1);
  await sulking.close();
});

test('a mail whose acknowledgement was lost may come twice, but then under one Message-ID', async () => {
  const forgetful = new FakeSmtp({ MESSAGE: ['drop'] });
  const server = await start({ SMTP_URL: await forgetful.listen() });
  expect((await register(server.url, aPerson())).status).toBe(202);
  await everythingDelivered();

  const ids = forgetful.messages.map(raw => parseMime(raw).headers.get('message-id'));
  expect(ids).toHaveLength(2);
  expect(new Set(ids).size).toBe(1);
  await forgetful.close();
});

test('two servers that both deliver send one mail for each registration', async () => {
  const servers = [await start(), await start()];
  const people = Array.from({ length: 12 }, aPerson);

  for (const [index, person] of people.entries())
    expect((await register(servers[index % 2]!.url, person)).status).toBe(202);
  await everythingDelivered();

  for (const { email } of people) expect(mails.mailsTo(email)).toHaveLength(1);
});

test('SIGTERM in the middle of a mail waits for it, and nobody sends it again', async () => {
  const leaving = await start();
  const [first, second] = [aPerson(), aPerson()];
  const before = mails.received;
  const hesitation = mails.hesitate();
  await register(leaving.url, first);
  await until('the mail server has the mail', () => mails.received > before);

  const exit = leaving.stop('SIGTERM');
  await until('it is stopping', () => leaving.logs().includes('"msg":"stopping"'));
  expect(leaving.logs()).not.toContain('"msg":"stopped"');
  hesitation.open();

  expect(await exit).toBe(0);
  expect(await outbox()).toEqual([]);
  // Whoever comes next would send what is left before what is new.
  const next = await start();
  await register(next.url, second);
  await until('the next mail has come', () => mails.mailsTo(second.email).length > 0);
  expect(mails.mailsTo(first.email)).toHaveLength(1);
});
