import { generateKeyPairSync } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ask } from './support/device.ts';
import { runProgram } from './support/program.ts';

let dataFolder: string;
beforeAll(async () => {
  dataFolder = await mkdtemp(join(tmpdir(), 'daymark-configuration-'));
});
afterAll(() => rm(dataFolder, { recursive: true, force: true }));

const run = async (program: string, environment: Readonly<Record<string, string>>) => {
  const child = runProgram(program.split(' '), { NODE_ENV: 'test', DATA_DIR: dataFolder, ...environment });
  const code = await child.ended;
  return { code, errors: child.errors(), output: child.output() };
};

/** The variables that stand at the beginning of a line, as everybody looks for them. */
const named = (errors: string): readonly string[] =>
  [...new Set([...errors.matchAll(/^ {2}([A-Z][A-Z_0-9]+)\b/gm)].map(([, name]) => name!))].toSorted();

/** Stands in every value that might hold a secret; nobody may ever read it. */
const HUSH = 'hush-hush';

const WRONG: Readonly<Record<string, string>> = {
  PORT: '70000',
  PUBLIC_URL: 'https://day.example/with/a/path',
  WEB_URL: 'ftp://day.example',
  WEB_ORIGINS: 'https://day.example, nonsense',
  TRUSTED_PROXIES: 'everybody',
  DATABASE_URL: `mysql://day:${HUSH}@db.example/day`,
  DATABASE_POOL_SIZE: '1',
  REDIS_URL: `http://:${HUSH}@redis.example`,
  SMTP_URL: `imap://day:${HUSH}@mail.example`,
  MAIL_FROM: 'nobody in particular',
  REGISTRATION: 'perhaps',
  ACCOUNT_VERIFICATION: 'sms',
  PASSWORD_MIN_LENGTH: '3',
  BREACHED_PASSWORDS_URL: 'gopher://range.example',
  SESSION_SECRET: HUSH,
  PASSWORD_PEPPER: `1:${HUSH}`,
  SIGNING_KEYS: `-----BEGIN PRIVATE KEY-----\n${HUSH}\n-----END PRIVATE KEY-----`,
  ACCESS_TOKEN_TTL: '1',
  REFRESH_GRACE: '-1',
  REFRESH_RECOVERY: 'soon',
  SESSION_IDLE_TTL: '1',
  SESSION_ABSOLUTE_TTL: '2.5',
  SIGNATURE_ONLY_READS: 'yes',
  RATE_LIMITS: 'none',
  WORKER: 'perhaps',
  LOG_LEVEL: 'loud',
  METRICS_TOKEN: HUSH,
  DRAIN_DELAY: '9999',
  DRAIN_DEADLINE: '0',
};

const PRODUCTION: Readonly<Record<string, string>> = {
  NODE_ENV: 'production',
  PORT: '0',
  PUBLIC_URL: 'https://day.example',
  DATABASE_URL: 'postgres://day:secret@127.0.0.1:1/day',
  REDIS_URL: 'redis://127.0.0.1:1',
  SMTP_URL: 'smtp://127.0.0.1:1',
  MAIL_FROM: 'Daymark <no-reply@day.example>',
  SESSION_SECRET: 's'.repeat(40),
  PASSWORD_PEPPER: `1:${'p'.repeat(40)}`,
  SIGNING_KEYS: generateKeyPairSync('ec', {
    namedCurve: 'P-256',
    privateKeyEncoding: { type: 'pkcs8', format: 'pem' },
    publicKeyEncoding: { type: 'spki', format: 'pem' },
  }).privateKey,
  DRAIN_DELAY: '0',
};

describe.each(['src/main.ts', 'src/worker.ts'])('%s', program => {
  test('names every wrong variable at once, shows no value that may be secret, and ends with code 78', async () => {
    const { code, errors, output } = await run(program, WRONG);

    expect(code).toBe(78);
    expect(named(errors)).toEqual(Object.keys(WRONG).toSorted());
    expect(output).not.toContain(HUSH);
    expect(output).not.toContain('    at ');
  });

  test('names every missing variable at once; in production that includes the secrets', async () => {
    const inTest = await run(program, {});
    const inProduction = await run(program, { NODE_ENV: 'production' });

    expect([inTest.code, named(inTest.errors)]).toEqual([78, ['DATABASE_URL', 'REDIS_URL']]);
    expect([inProduction.code, named(inProduction.errors)]).toEqual([
      78,
      [
        'DATABASE_URL',
        'MAIL_FROM',
        'PASSWORD_PEPPER',
        'PUBLIC_URL',
        'REDIS_URL',
        'SESSION_SECRET',
        'SIGNING_KEYS',
        'SMTP_URL',
      ],
    ]);
  });

  test('refuses in production what is only for trying out', async () => {
    const { code, errors } = await run(program, {
      ...PRODUCTION,
      REDIS_URL: 'memory:',
      RATE_LIMITS: 'off',
      PUBLIC_URL: 'http://day.example',
    });

    expect([code, named(errors)]).toEqual([78, ['PUBLIC_URL', 'RATE_LIMITS', 'REDIS_URL']]);
  });
});

test.each([
  ['a database that has no name', { DATABASE_URL: `postgres://day:${HUSH}@127.0.0.1` }],
  ['a database password that is not encoded', { DATABASE_URL: `postgres://day:${HUSH}%zz@127.0.0.1/day` }],
  ['a Redis database that is no number', { REDIS_URL: `redis://:${HUSH}@127.0.0.1/first` }],
  ['a Redis password that is not encoded', { REDIS_URL: `redis://:${HUSH}%zz@127.0.0.1` }],
  ['a mail password that is not encoded', { SMTP_URL: `smtp://day:${HUSH}%zz@127.0.0.1` }],
  ['idle sessions that outlive all sessions', { SESSION_IDLE_TTL: '7776001' }],
  ['an allowlist that is not there', { REGISTRATION: 'allowlist' }],
])('the server does not start with %s', async (_what, wrong: Readonly<Record<string, string>>) => {
  const { code, errors, output } = await run('src/main.ts', { ...PRODUCTION, ...wrong });

  expect(code).toBe(78);
  expect(named(errors)).toHaveLength(1);
  expect(output).not.toContain(HUSH);
});

test('a production configuration that is whole starts, also while nothing it names can be reached', async () => {
  const server = runProgram(['src/main.ts'], { ...PRODUCTION, DATA_DIR: dataFolder });

  await server.says('"msg":"listening"');
  const line = server
    .output()
    .split('\n')
    .find(each => each.includes('"listening"'))!;
  const { url } = JSON.parse(line) as { url: string };
  const ready = await ask(url, 'GET', '/readyz');

  expect((await ask(url, 'GET', '/healthz')).status).toBe(200);
  expect([ready.status, ready.body.failing]).toEqual([503, ['postgres', 'redis']]);
  expect((await ask(url, 'GET', '/dev/mailbox')).status).toBe(404);
  expect(await server.stop()).toBe(0);
});

test('sessions in memory are possible while developing', async () => {
  const server = runProgram(['src/main.ts'], {
    NODE_ENV: 'test',
    PORT: '0',
    DATA_DIR: dataFolder,
    DATABASE_URL: 'postgres://day@127.0.0.1:1/day',
    REDIS_URL: 'memory:',
  });

  await server.says('"msg":"listening"');

  expect(server.output()).toContain('sessions are kept in memory');
  expect(await server.stop()).toBe(0);
});

describe('scripts/migrate.ts', () => {
  test.each([
    ['no database', {}],
    ['another kind of database', { DATABASE_URL: `mysql://day:${HUSH}@db.example/day` }],
  ])(
    'with %s ends with code 78 and says which variable is at fault',
    async (_what, environment: Readonly<Record<string, string>>) => {
      const { code, errors, output } = await run('scripts/migrate.ts', environment);

      expect([code, named(errors)]).toEqual([78, ['DATABASE_URL']]);
      expect(output).not.toContain(HUSH);
    },
  );

  test('with a database that is away fails with code 1 and a sentence, and shows no password', async () => {
    const { code, output } = await run('scripts/migrate.ts', {
      DATABASE_URL: `postgres://day:${HUSH}@127.0.0.1:1/day`,
    });

    expect(code).toBe(1);
    expect(output).toContain('ECONNREFUSED');
    expect(output).not.toContain(HUSH);
    expect(output).not.toContain('    at ');
  });
});
