import { chmod, mkdir, mkdtemp, open, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { PassThrough } from 'node:stream';
import { text } from 'node:stream/consumers';
import { findTools, runTool } from '../../../scripts/backup/postgres/postgres-tools.ts';
import { BackupFailure } from '../../../scripts/backup/failure.ts';
import { isAlive } from '../../../scripts/services/processes.ts';
import { UNTOLD } from '../../support/backups.ts';
import { createDatabase } from '../../support/database.ts';
import { until } from '../../e2e/faults/support/until.ts';

let folder: string;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'daymark-tools-'));
});
afterEach(async () => {
  await rm(folder, { recursive: true, force: true });
});

const script = async (path: string, body: string): Promise<string> => {
  await writeFile(path, `#!/bin/sh\n${body}\n`);
  await chmod(path, 0o755);
  return path;
};
const toolsOf = async (version: string): Promise<string> => {
  const place = join(folder, version);
  await mkdir(place);
  for (const name of ['pg_dump', 'pg_restore'])
    await script(join(place, name), `echo '${name} (PostgreSQL) ${version}'`);
  return place;
};

describe('the tools that are used', () => {
  test.each([
    [150_018, ['14.2', '15.18', '18.4'], 'pg_dump 15.18'],
    [160_002, ['15.18', '18.4', '17.1'], 'pg_dump 17.1'],
    [180_004, ['18.4', '15.18'], 'pg_dump 18.4'],
    [190_000, ['19beta1'], 'pg_dump 19beta1'],
  ])('for a server %i of %j are %s', async (server, versions, expected) => {
    const places: string[] = [];
    for (const version of versions) places.push(await toolsOf(version));

    expect(findTools(server, places).version).toBe(expected);
  });

  test('must not be older than the server', async () => {
    const place = await toolsOf('17.9');

    expect(() => findTools(180_004, [place])).toThrow(
      expect.objectContaining({
        exit: 'unavailable',
        code: 'tools_too_old',
        message: expect.stringContaining('Postgres 18'),
      }),
    );
  });

  test('must be there, both of them, and say what they are', async () => {
    const place = join(folder, 'half');
    await mkdir(place);
    await script(join(place, 'pg_dump'), `echo 'pg_dump (PostgreSQL) 18.4'`);
    const dumb = await toolsOf('no version');

    expect(() => findTools(180_004, [place, dumb, join(folder, 'nothing')])).toThrow(
      expect.objectContaining({ code: 'tools_missing' }),
    );
  });
});

test('what comes out passes whole, into a stream or a file', async () => {
  const said = 'line\n'.repeat(200_000);
  const path = await script(join(folder, 'tool'), 'yes line | head -n 200000');
  const out = new PassThrough();
  await using file = await open(join(folder, 'out'), 'wx');

  const [received] = await Promise.all([text(out), runTool(path, [], { signal: UNTOLD, stdout: out })]);
  await runTool(path, [], { signal: UNTOLD, stdout: file.fd });

  expect(received === said).toBe(true);
  expect((await readFile(join(folder, 'out'), 'utf8')) === said).toBe(true);
});

test.each([
  ['pg_dump: error: No space left on device', 'full', 'disk_full'],
  ['ERROR:  canceling statement due to lock timeout', 'unavailable', 'tables_locked'],
  [
    'pg_dump: error: server version: 18.4; aborting because of server version mismatch',
    'unavailable',
    'tools_too_old',
  ],
  [
    'FATAL:  password authentication failed for user "ann" (pass w/rd, pass%20w%2Frd)',
    'unavailable',
    'database_refuses_login',
  ],
  ['ERROR:  permission denied for table accounts', 'unavailable', 'not_permitted'],
  ['connection to server at "db" failed: Connection refused', 'unavailable', 'database_unreachable'],
  ['something else', 'unavailable', 'pg_dump_failed'],
])('"%s" is told as what it is, without the password', async (said, exit, code) => {
  const path = await script(join(folder, 'pg_dump'), `echo '${said}' >&2; exit 1`);

  const failure = await runTool(path, [], {
    signal: UNTOLD,
    databaseUrl: 'postgres://ann:pass%20w%2Frd@db/day',
  }).catch((error: unknown) => error as BackupFailure);

  expect(failure).toMatchObject({ exit, code });
  expect((failure as BackupFailure).message).not.toMatch(/pass( |%20)w/);
});

test('a program that is not there is a failure', async () => {
  await expect(runTool(join(folder, 'nothing'), [], { signal: UNTOLD })).rejects.toBeInstanceOf(
    BackupFailure,
  );
});

test('a program that does not want to end is ended', async () => {
  const path = await script(join(folder, 'tool'), `trap '' TERM; echo $$; while :; do sleep 0.1; done`);
  const stop = new AbortController();
  const out = new PassThrough({ encoding: 'utf8' });
  const running = runTool(path, [], { signal: stop.signal, stdout: out });
  running.catch(() => undefined);
  const pid = Number(await until('it runs', () => out.read() as string | null));

  const reason = new BackupFailure('terminated', 'terminated', 'Stopped by SIGTERM.');
  stop.abort(reason);

  await expect(running).rejects.toBe(reason);
  expect(isAlive(pid)).toBe(false);
});

test('the password of the database reaches a program, and its arguments do not show it', async () => {
  const database = await createDatabase();
  try {
    const { pgDump } = findTools(150_000);
    const out = new PassThrough();
    const [sql] = await Promise.all([
      text(out),
      runTool(pgDump, ['--schema-only', '--no-password'], {
        databaseUrl: database.url,
        signal: UNTOLD,
        stdout: out,
      }),
    ]);
    expect(sql).toContain('CREATE TABLE public.accounts');
  } finally {
    await database.drop();
  }
});
