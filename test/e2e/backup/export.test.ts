import { execFile } from 'node:child_process';
import { mkdir, readdir, readFile, stat, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { chooseBackup } from '../../../scripts/backup/reading/catalogue.ts';
import { differences, takeInventory } from '../../../scripts/backup/postgres/inventory.ts';
import { openStore } from '../../../scripts/backup/store/open-store.ts';
import { findTools } from '../../../scripts/backup/postgres/postgres-tools.ts';
import { databaseNameOf } from '../../../scripts/backup/postgres/server.ts';
import { UNTOLD } from '../../support/backups.ts';
import { enrich } from '../../support/rich-database.ts';
import { testServices } from '../../support/services.ts';
import { connected, databaseUrl } from '../../support/template-database.ts';
import { Admin } from './support/admin.ts';
import { onSmallDisk } from './support/small-disk.ts';

let admin: Admin;
let out: string;

beforeEach(async () => {
  admin = await Admin.arrive();
  out = join(admin.folder, 'plain.sql');
});
afterEach(async () => {
  await admin[Symbol.asyncDispose]();
});

const psql = (words: readonly string[]) =>
  promisify(execFile)(join(dirname(findTools(150_000).pgDump), 'psql'), ['-X', ...words]);

test('psql loads it into an empty database, which then holds what was backed up', async () => {
  await enrich(admin.database.url);
  const { result } = await admin.run();

  const exported = await admin.run(['export', '--out', out]);

  expect([exported.code, exported.result]).toEqual([
    0,
    { outcome: 'done', id: result.id, path: out, bytes: (await stat(out)).size },
  ]);
  expect((await stat(out)).mode & 0o777).toBe(0o600);
  expect(await admin.leftovers()).toEqual([]);

  const store = openStore({ bucket: null, backupsDirectory: join(admin.folder, 'data/backups') });
  const manifest = await chooseBackup(store, 'daymark/', {}, UNTOLD);
  const { maintenanceUrl } = testServices();
  const name = `${databaseNameOf(admin.database.url)}_plain`;
  const url = databaseUrl(maintenanceUrl, name);
  await connected(maintenanceUrl, client => client.query(`create database ${name} template template0`));
  try {
    await psql(['-v', 'ON_ERROR_STOP=1', '--single-transaction', '-q', '-d', url, '-f', out]);
    const found = await connected(url, async client => {
      await client.query('begin');
      return await takeInventory(client, UNTOLD);
    });
    expect(differences(manifest.inventory, found)).toEqual([]);
  } finally {
    await connected(maintenanceUrl, client => client.query(`drop database ${name} with (force)`));
  }
});

test('a file that is there is never replaced', async () => {
  await admin.run();
  await writeFile(out, 'precious');

  const { code, result } = await admin.run(['export', '--out', out]);

  expect([code, result.code]).toEqual([77, 'file_exists']);
  expect(await readFile(out, 'utf8')).toBe('precious');
});

test('a file that comes while it works is not replaced either', async () => {
  await admin.run();
  await admin.useTool('pg_restore', `$REAL/pg_restore "$@"; echo precious > ${out}`);

  const { code, result } = await admin.run(['export', '--out', out]);

  expect([code, result.code]).toEqual([77, 'file_exists']);
  expect(await readFile(out, 'utf8')).toBe('precious\n');
});

test.each([
  ['writes half and says that all is well', 'export_cut', 65],
  ['fails', 'pg_restore_failed', 69],
])('a pg_restore that %s leaves no file', async (what, problem, exit) => {
  await admin.run();
  const file = 'for word; do case $word in --file=*) file=${word#--file=} ;; esac; done';
  const half = `${file}; $REAL/pg_restore "$@"; truncate -s -2000 "$file"`;
  await admin.useTool('pg_restore', what === 'fails' ? 'echo "pg_restore: error: odd" >&2; exit 1' : half);

  const { code, result } = await admin.run(['export', '--out', out]);

  expect([code, result.code]).toEqual([exit, problem]);
  expect((await readdir(admin.folder)).filter(name => name.startsWith('plain'))).toEqual([]);
  expect(await admin.leftovers()).toEqual([]);
});

test('a disk that cannot hold it is told, and nothing stays on it', async () => {
  await admin.sql(`create table long as select n, md5(n::text) from generate_series(1, 60000) n`);
  await admin.run();
  const disk = join(admin.folder, 'disk');
  await mkdir(disk);
  await using stack = new AsyncDisposableStack();
  stack.use(await onSmallDisk(disk, '1m'));

  const { code, result } = await admin.run(['export', '--out', join(disk, 'plain.sql')]);

  expect([code, result.code]).toEqual([73, 'disk_full']);
  expect(await readdir(disk)).toEqual([]);
});

test('without a backup there is nothing to write', async () => {
  const { code } = await admin.run(['export', '--out', out]);

  expect(code).toBe(66);
});
