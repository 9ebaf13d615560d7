import { readdirSync, readFileSync } from 'node:fs';
import { mkdir, readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import pg from 'pg';
import { databaseUrl } from '../../support/template-database.ts';
import { runProgram } from '../faults/support/program.ts';
import { until } from '../faults/support/until.ts';
import { Admin } from './support/admin.ts';
import { onSmallDisk } from './support/small-disk.ts';

let admin: Admin;
let stack: AsyncDisposableStack;

beforeEach(async () => {
  admin = await Admin.arrive();
  stack = new AsyncDisposableStack();
});
afterEach(async () => {
  await stack.disposeAsync();
  await admin[Symbol.asyncDispose]();
});

/** Another connection that holds what it is told to until the test ends. */
const holding = async (statement: string): Promise<AsyncDisposable> => {
  const client = new pg.Client({ connectionString: admin.database.url });
  client.on('error', () => undefined);
  await client.connect();
  await client.query('begin');
  await client.query(statement);
  return { [Symbol.asyncDispose]: () => client.end() };
};

const commandLines = (): string =>
  readdirSync('/proc')
    .filter(name => /^\d+$/.test(name))
    .map(pid => {
      try {
        return readFileSync(`/proc/${pid}/cmdline`, 'utf8').replaceAll('\0', ' ');
      } catch {
        return '';
      }
    })
    .join('\n');

test('the first backup ever is a monthly one, is told in full, and is recorded', async () => {
  const { code, result, errors } = await admin.run();

  expect({ code, result }).toEqual({
    code: 0,
    result: {
      outcome: 'done',
      id: expect.stringMatching(/^\d{8}T\d{6}Z-[0-9a-f]{8}$/),
      kind: 'monthly',
      bytes: expect.any(Number),
      dump_bytes: expect.any(Number),
      rows: expect.any(Number),
      tables: expect.any(Number),
      seconds: expect.any(Number),
      place: expect.stringContaining(admin.folder),
      encrypted: false,
    },
  });
  expect(errors).not.toContain('warning');
  expect(await admin.listed()).toEqual([result.id]);
  expect(await admin.recorded()).toEqual([
    {
      outcome: 'done',
      backup_id: result.id,
      failure: null,
      bytes: String(result.bytes),
      rows: expect.objectContaining({ 'public.accounts': 0 }),
    },
  ]);
  expect(await admin.leftovers()).toEqual([]);
});

test('a person reads one line, and the second backup of a month is a daily one', async () => {
  await admin.run();

  const program = runProgram(['scripts/backup.ts', 'run'], admin.environment);
  expect(await program.ended).toBe(0);

  const [id = ''] = await admin.listed();
  expect(program.output().replace(program.errors(), '')).toMatch(
    new RegExp(
      `^Backed up \\w+ as ${id}: \\d+ tables, \\d+ rows, [\\d.]+ kB \\(of [\\d.]+ MB in Postgres\\) in [\\d.]+ s, to the folder .*\n$`,
    ),
  );
  expect(readdirSync(join(admin.folder, 'data/backups/daymark/daily'))).toEqual([id]);
});

test('what it makes can be read by nobody else', async () => {
  const { result } = await admin.run();

  const folder = join(admin.folder, 'data/backups/daymark/monthly', String(result.id));
  const modes = await Promise.all(
    readdirSync(folder).map(async name => (await stat(join(folder, name))).mode & 0o777),
  );
  expect(modes).toEqual([0o600, 0o600]);
  expect((await stat(admin.workDirectory)).mode & 0o777).toBe(0o700);
});

test('a disk that is full half way is told as such, and yesterday stays', async () => {
  const { result } = await admin.run();
  await admin.sql(`create table noise as
    select string_agg(decode(md5(random()::text || n), 'hex'), '') as bytes from generate_series(1, 600000) n group by n / 6000`);
  await mkdir(admin.workDirectory, { recursive: true });
  stack.use(await onSmallDisk(admin.workDirectory, '8m'));

  const full = await admin.run();

  expect(full.errors).toContain('"step":"dumping"');
  expect([full.code, full.result.code]).toEqual([73, 'disk_full']);
  expect(await admin.leftovers()).toEqual([]);
  expect(await admin.listed()).toEqual([result.id]);
  expect((await admin.recorded()).at(-1)).toMatchObject({
    outcome: 'failed',
    failure: 'disk_full',
    bytes: null,
  });
});

test('a disk that is too small is not even begun with', async () => {
  await mkdir(admin.workDirectory, { recursive: true });
  stack.use(await onSmallDisk(admin.workDirectory, '1m'));

  const full = await admin.run();

  expect([full.code, full.result.code]).toEqual([73, 'disk_full']);
  expect(full.errors).not.toContain('"step":"dumping"');
});

test('a table that a migration has locked fails the run after the timeout, and not for ever', async () => {
  stack.use(await holding('lock table accounts in access exclusive mode'));

  const { code, result } = await admin.run();

  expect([code, result.code]).toEqual([69, 'tables_locked']);
  expect((await admin.recorded()).map(({ failure }) => failure)).toEqual(['tables_locked']);
});

test('a second run at the same time does nothing, and says so with a code of its own', async () => {
  stack.use(await holding('lock table accounts in access exclusive mode'));
  const first = admin.start(['run'], { BACKUP_LOCK_TIMEOUT: '30' });
  await first.says('"step":"snapshot"');

  const second = await admin.run();

  expect([second.code, second.result.code]).toEqual([75, 'busy']);
  expect(await admin.recorded()).toEqual([]);
  await stack.disposeAsync();
  expect(await first.ended).toBe(0);
  expect((await admin.listed()).length).toBe(1);
});

test('two databases of one server are backed up at the same time', async () => {
  await using other = await Admin.arrive();
  stack.use(await holding('lock table accounts in access exclusive mode'));
  const first = admin.start(['run'], { BACKUP_LOCK_TIMEOUT: '30' });
  await first.says('"step":"snapshot"');

  expect((await other.run()).code).toBe(0);

  await stack.disposeAsync();
  expect(await first.ended).toBe(0);
});

test.each<[string, NodeJS.Signals, number]>([
  ['the scheduler stops the task', 'SIGTERM', 143],
  ['somebody presses Ctrl-C', 'SIGINT', 130],
])('when %s everything is cleaned up and the run counts as failed', async (_what, signal, exit) => {
  await admin.useTool(
    'pg_dump',
    `$REAL/pg_dump "$@" | head -c 4000; echo $$ > ${admin.folder}/pid; exec sleep 60`,
  );
  const program = admin.start(['run']);
  await until('it dumps', () => admin.noted('pid'));
  const pid = Number(await admin.noted('pid'));

  const stopped = await program.stop(signal).then(() => admin.finish(program));

  expect([stopped.code, stopped.result.outcome]).toEqual([exit, 'failed']);
  expect(await admin.leftovers()).toEqual([]);
  expect(() => process.kill(pid, 0)).toThrow();
  expect(await admin.listed()).toEqual([]);
  expect((await admin.recorded()).map(({ outcome }) => outcome)).toEqual(['failed']);
});

test('a wrong database is named, and nothing is made of it', async () => {
  const url = databaseUrl(admin.database.url, 'daymark_that_is_not_there');

  const { code, result, output } = await admin.run(['run'], { DATABASE_URL: url });

  expect([code, result.code]).toEqual([69, 'database_missing']);
  expect(String(result.message)).toContain('daymark_that_is_not_there');
  expect(output).not.toContain('"step"');
  expect(await admin.listed()).toEqual([]);
});

test('a database of something else is refused', async () => {
  const url = databaseUrl(admin.database.url, 'postgres');

  const { code, result } = await admin.run(['run'], { DATABASE_URL: url });

  expect([code, result.code]).toEqual([77, 'not_migrated']);
});

test('a Postgres that is down is told within its deadline', async () => {
  const { code, result } = await admin.run(['run'], {
    DATABASE_URL: 'postgres://daymark:confidential@127.0.0.1:9/daymark',
  });

  expect([code, result.code]).toEqual([69, 'database_unreachable']);
  expect(JSON.stringify(result)).not.toContain('confidential');
});

test('a wrong password is told, and not shown', async () => {
  const url = new URL(admin.database.url);
  url.password = 'not%20the%20password';

  const { code, result, output } = await admin.run(['run'], { DATABASE_URL: url.href });

  expect([code, result.code]).toEqual([69, 'database_refuses_login']);
  expect(output).not.toMatch(/not(%20| )the/);
});

test('no secret is in what is said, nor in the arguments of any process', async () => {
  const { password } = new URL(admin.database.url);
  await admin.useTool(
    'pg_dump',
    `$REAL/pg_dump "$@" > ${admin.folder}/whole; touch ${admin.folder}/dumped; while [ ! -e ${admin.folder}/go ]; do sleep 0.02; done; exec cat ${admin.folder}/whole`,
  );
  const program = admin.start(['run'], {
    BACKUP_HEARTBEAT_URL: 'http://127.0.0.1:9/ping/secret-of-the-heartbeat',
  });
  await until('it dumps', () => admin.noted('dumped').then(found => found !== null));

  const seen = commandLines();
  await mkdir(join(admin.folder, 'go'));
  const { code, output } = await admin.finish(program);

  expect(code).toBe(0);
  expect(seen).toContain('--snapshot=');
  expect(output).toContain('heartbeat_failed');
  for (const secret of [password, 'secret-of-the-heartbeat']) {
    expect(seen.includes(secret)).toBe(false);
    expect(output.includes(secret)).toBe(false);
  }
});

test('the manifest tells of the snapshot, with every migration', async () => {
  const { result } = await admin.run();

  const path = join(admin.folder, 'data/backups/daymark/monthly', String(result.id), 'manifest.json');
  const manifest = JSON.parse(await readFile(path, 'utf8'));
  const migrations = await admin.sql<{ name: string }>('select name from mikro_orm_migrations order by id');
  expect(manifest.migrations).toEqual(migrations.map(({ name }) => name));
  expect(manifest.database).toMatchObject({
    encoding: 'UTF8',
    extensions: expect.arrayContaining([expect.objectContaining({ name: 'plpgsql' })]),
  });
});
