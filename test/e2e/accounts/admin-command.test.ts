import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import request from 'supertest';
import { addSigningKey } from '../../../src/accounts/data/signing-keys.ts';
import { startApp, type TestApp } from '../../support/app.ts';
import {
  Device,
  openAccount,
  refreshWith,
  refusal,
  signedIn,
  someone,
  tokensTo,
  type Person,
} from '../../support/person.ts';
import { connected } from '../../support/template-database.ts';
import { sharedSecrets } from './replicas.ts';
import { runAdmin } from './run-admin.ts';

let app: TestApp;
let folder: string;
let environment: Record<string, string>;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'daymark-admin-'));
  addSigningKey(folder, new Date());
  const secrets = { ...sharedSecrets(), SIGNING_KEYS: folder };
  app = await startApp(secrets);
  environment = {
    NODE_ENV: 'test',
    DATA_DIR: folder,
    DATABASE_URL: app.databaseUrl,
    REDIS_URL: app.redisUrl,
    ...secrets,
  };
});

afterAll(async () => {
  await app.close();
  await rm(folder, { recursive: true, force: true });
});

const admin = (...parameters: string[]) => runAdmin(environment, ...parameters);

/** The same command, with what it printed as JSON. */
const adminJson = async (...parameters: string[]) => (await admin(...parameters, '--json')).json();

const done = { code: 0, stdout: 'done\n', stderr: '' };

const logIn = async ({ email, password }: Pick<Person, 'email' | 'password'>): Promise<number> =>
  (await request(app.url).post('/v1/accounts/login').send({ email, password })).status;

describe('make admin', () => {
  test('alone lists the commands; a command that is not there is an error', async () => {
    const [help, wrong] = await Promise.all([admin(), admin('destroy')]);

    expect(help.code).toBe(0);
    for (const command of [
      'list',
      'create',
      'ban',
      'unban',
      'grant-admin',
      'rotate-key',
      'retry-event',
      'retry-held',
    ])
      expect(help.stderr).toContain(`  ${command}`);
    expect([wrong.code, wrong.stderr]).toEqual([64, help.stderr]);
  });

  test('explains a command that lacks its parameter, a stranger and a bad address', async () => {
    const [lacking, stranger, nonsense] = await Promise.all([
      admin('ban'),
      admin('ban', someone().email),
      admin('ban', 'nonsense'),
    ]);

    expect([lacking.code, lacking.stderr]).toEqual([64, 'Usage: make admin ban EMAIL\n']);
    expect([stranger.code, stranger.stderr]).toEqual([1, 'There is no such account.\n']);
    expect([nonsense.code, nonsense.stderr]).toEqual([1, 'This is not a mail address.\n']);
  });

  test('lists what is wrong with the configuration and exits with 78', async () => {
    const result = await runAdmin({ ...environment, DATABASE_URL: 'nowhere', PORT: 'x' }, 'list');

    expect(result.code).toBe(78);
    expect(result.stderr).toMatch(/DATABASE_URL.*\n.*|PORT/);
    expect(result.stderr).toContain('PORT');
    expect(result.stderr).toContain('DATABASE_URL');
  });
});

test('create opens an account with a password to hand over, and says what is taken', async () => {
  const { email, username } = someone();

  const created = (await adminJson('create', email, username)) as { password: string };
  const [sameAddress, sameName] = await Promise.all([
    admin('create', email, someone().username),
    admin('create', someone().email, username),
  ]);

  expect(created).toEqual({ email, username, password: expect.any(String) });
  const device = await Device.logIn(app, created as unknown as Person);
  const { body } = await device.get('/v1/accounts/me').expect(200);
  expect(body.account).toMatchObject({ email, verified: true, role: 'member' });
  expect([sameAddress.code, sameAddress.stderr]).toEqual([
    1,
    'An account with this mail address exists already.\n',
  ]);
  expect([sameName.code, sameName.stderr]).toEqual([1, 'This username is taken.\n']);
});

test('list shows accounts, also by a part of their name', async () => {
  const who = await openAccount(app);

  const [found, table] = await Promise.all([
    adminJson('list', who.username.toUpperCase()),
    admin('list', who.email),
  ]);

  expect(found).toEqual({
    total: 1,
    accounts: [
      {
        email: who.email,
        username: who.username,
        standing: 'active',
        role: 'member',
        created_at: app.clock.now().toISOString(),
        id: who.id,
      },
    ],
  });
  expect(table.stdout).toContain(who.email);
  expect(table.stdout).not.toContain('argon2');
});

test('ban ends every session and unban lets the person in again', async () => {
  const person = await signedIn(app);

  expect(await admin('ban', person.email)).toMatchObject(done);
  app.clock.advance(1000);
  const standing = await person.device.standing();
  const out = await logIn(person);
  const again = await admin('ban', person.email.toUpperCase());
  expect(await admin('unban', person.email)).toMatchObject(done);

  expect(standing).toBe('403 session_revoked');
  expect(refusal(await refreshWith(app, person.device.refreshToken))).toEqual([401, 'session_gone']);
  expect([out, await logIn(person)]).toEqual([401, 200]);
  expect([again.code, again.stderr]).toEqual([1, 'This account is banned already.\n']);
});

test('end-sessions logs a person out everywhere', async () => {
  const person = await signedIn(app);

  expect(await admin('end-sessions', person.email)).toMatchObject(done);

  app.clock.advance(1000);
  expect(await person.device.standing()).toBe('403 session_revoked');
  expect(await logIn(person)).toBe(200);
});

test('reset-password mails a link', async () => {
  const person = await openAccount(app);

  expect(await admin('reset-password', person.email)).toMatchObject(done);
  app.clock.advance(Date.now());

  expect(await tokensTo(app, person.email, 'reset-password')).toHaveLength(1);
});

test('grant-admin and revoke-admin change the role with the next login, and leave a trace', async () => {
  const person = await openAccount(app);

  expect(await admin('grant-admin', person.email)).toMatchObject(done);
  const device = await Device.logIn(app, person);
  await device.get('/v1/admin/accounts').expect(200);
  expect(await admin('revoke-admin', person.email)).toMatchObject(done);
  const member = await Device.logIn(app, person);

  app.clock.advance(1000);
  expect(await device.standing()).toBe('403 session_revoked');
  expect(refusal(await member.get('/v1/admin/accounts'))).toEqual([403, 'not_permitted']);
  const { body } = await member.get('/v1/accounts/me/activity');
  const roles = body.activity.filter((entry: { kind: string }) => entry.kind === 'role_changed');
  expect(roles.map(({ details }: { details: object }) => details)).toEqual(
    expect.arrayContaining([
      { by: 'command line', role: 'admin' },
      { by: 'command line', role: 'member' },
    ]),
  );
});

test('keys are added, listed and retired, but never the one that signs', async () => {
  type Keys = { keys: { kid: string; can_sign: boolean }[] };
  const before = (await adminJson('keys')) as Keys;
  await adminJson('rotate-key');
  const { keys } = (await adminJson('keys')) as Keys;
  const [oldest, newest] = keys;

  const refused = await admin('retire-key', newest!.kid);
  const retired = await admin('retire-key', oldest!.kid);

  expect(keys).toEqual([...before.keys, { kid: newest!.kid, can_sign: true }]);
  expect([refused.code, refused.stderr]).toEqual([1, 'There is no such key, or it is the one that signs.\n']);
  expect(retired).toMatchObject(done);
  expect(await adminJson('keys')).toEqual({ keys: [newest] });
});

test('keys that stand in the environment cannot be rotated from here', async () => {
  const result = await runAdmin({ ...environment, ...sharedSecrets() }, 'rotate-key');

  expect(result.code).toBe(1);
  expect(result.stderr).toContain('SIGNING_KEYS holds the keys themselves');
});

test('outbox lists what could not be delivered, and retry-event delivers it after all', async () => {
  const person = await openAccount(app);
  await request(app.url).post('/v1/accounts/password/forgot').send({ email: person.email }).expect(202);
  await connected(app.databaseUrl, client => client.query('update outbox set gave_up_at = now()'));
  expect(await tokensTo(app, person.email, 'reset-password')).toEqual([]);

  const { given_up: givenUp } = (await adminJson('outbox')) as { given_up: { id: string }[] };
  const unknown = await admin('retry-event', '01234567-89ab-7def-8123-456789abcdef');
  const retried = await admin('retry-event', givenUp[0]!.id);

  expect(givenUp).toHaveLength(1);
  expect([unknown.code, unknown.stderr]).toEqual([1, 'There is no such event.\n']);
  expect(retried).toMatchObject(done);
  app.clock.advance(1000);
  expect(await tokensTo(app, person.email, 'reset-password')).toHaveLength(1);
  expect(await adminJson('outbox')).toEqual({ given_up: [] });
});
