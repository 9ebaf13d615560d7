import { createDatabase, type TestDatabase } from '../../support/database.ts';
import { emptyRedisUrl } from '../../support/redis-server.ts';
import { startServer, type ServerProcess } from '../../support/server-process.ts';
import { connected } from '../../support/template-database.ts';
import { aPerson, register } from './support/device.ts';
import { MailServer } from './support/mail-server.ts';
import { runProgram, type Program } from './support/program.ts';
import { until } from './support/until.ts';

let database: TestDatabase;
let mails: MailServer;
let server: ServerProcess;
let environment: Readonly<Record<string, string>>;
const workers: Program[] = [];

// Of length only: the worker shares no secret with the server here but the one that mail links are made from.
const SECRETS = { SESSION_SECRET: 's'.repeat(40), PASSWORD_PEPPER: `1:${'p'.repeat(40)}` };

beforeAll(async () => {
  database = await createDatabase();
  mails = new MailServer();
  environment = {
    ...SECRETS,
    NODE_ENV: 'test',
    DATABASE_URL: database.url,
    REDIS_URL: await emptyRedisUrl(),
    RATE_LIMITS: 'off',
    SMTP_URL: `smtp://127.0.0.1:${await mails.listen()}`,
    WORKER: 'off',
  };
  server = await startServer(environment);
});

afterEach(async () => {
  for (const worker of workers.splice(0)) await worker.stop('SIGKILL');
});

afterAll(async () => {
  await server.stop();
  await mails.close();
  await database.drop();
});

const startWorker = async (changed: Readonly<Record<string, string>> = {}): Promise<Program> => {
  const worker = runProgram(['src/worker.ts'], {
    ...environment,
    DATA_DIR: '.local/test-worker',
    ...changed,
  });
  workers.push(worker);
  await worker.says('"msg":"working"');
  return worker;
};

const waiting = (): Promise<number> =>
  connected(database.url, async client => (await client.query('select 1 from outbox')).rowCount ?? 0);

test('with WORKER=off the server sends nothing; the worker beside it sends every mail once and ends with code 0', async () => {
  const people = Array.from({ length: 6 }, aPerson);
  for (const person of people) expect((await register(server.url, person)).status).toBe(202);
  expect(await waiting()).toBe(people.length);
  expect(mails.mails).toEqual([]);

  const worker = await startWorker();
  await until('everything is delivered', async () => (await waiting()) === 0);

  for (const { email } of people) expect(mails.mailsTo(email)).toHaveLength(1);
  expect(await worker.stop()).toBe(0);
  expect(worker.output()).toContain('"msg":"stopped"');
});

test('a worker that is idle ends with code 0 at SIGTERM and at SIGINT', async () => {
  const [one, other] = [await startWorker(), await startWorker()];

  expect(await one.stop('SIGTERM')).toBe(0);
  expect(await other.stop('SIGINT')).toBe(0);
});

test('SIGTERM in the middle of a mail lets the worker finish it, and the next one does not send it again', async () => {
  const [first, second] = [aPerson(), aPerson()];
  const worker = await startWorker();
  const before = mails.received;
  const hesitation = mails.hesitate();
  await register(server.url, first);
  await until('the mail server has the mail', () => mails.received > before);

  const exit = worker.stop('SIGTERM');
  await worker.says('"msg":"stopping"');
  hesitation.open();
  const code = await exit;
  await startWorker();
  await register(server.url, second);
  await until('the next mail has come', () => mails.mailsTo(second.email).length > 0);
  // Killed before it has recorded the mail, the worker would keep its lease for two minutes.
  await until('everything is recorded', async () => (await waiting()) === 0);

  expect(code).toBe(0);
  expect(mails.mailsTo(first.email)).toHaveLength(1);
});

test('two workers share the mails', async () => {
  await Promise.all([startWorker(), startWorker()]);
  const people = Array.from({ length: 10 }, aPerson);

  for (const person of people) expect((await register(server.url, person)).status).toBe(202);
  await until('everything is delivered', async () => (await waiting()) === 0);

  for (const { email } of people) expect(mails.mailsTo(email)).toHaveLength(1);
});

test('a worker may start before Postgres and Redis, and ends with code 0 while they are away', async () => {
  const nowhere = { DATABASE_URL: 'postgres://nobody@127.0.0.1:1/nothing', REDIS_URL: 'redis://127.0.0.1:1' };

  const worker = await startWorker(nowhere);
  await worker.says('The outbox cannot be read');

  expect(await worker.stop()).toBe(0);
});
