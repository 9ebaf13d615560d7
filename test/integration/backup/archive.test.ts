import { spawnSync } from 'node:child_process';
import { mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { generateX25519Identity, identityToRecipient } from 'age-encryption';
import { type Archive, type ArchiveOrder, makeArchive } from '../../../scripts/backup/making/archive.ts';
import { decryptWith } from '../../../scripts/backup/encryption.ts';
import { BackupFailure } from '../../../scripts/backup/failure.ts';
import { findTools } from '../../../scripts/backup/postgres/postgres-tools.ts';
import { openSnapshot, type Snapshot } from '../../../scripts/backup/making/snapshot.ts';
import { HeardReport, piecesOf, sha256Of, UNTOLD } from '../../support/backups.ts';
import { createDatabase, type TestDatabase } from '../../support/database.ts';
import { connected } from '../../support/template-database.ts';
import { startProxy, type TcpProxy } from '../../support/tcp-proxy.ts';

let folder: string;
let database: TestDatabase;
let snapshot: Snapshot;
let proxy: TcpProxy;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'daymark-archive-'));
  database = await createDatabase();
  snapshot = await openSnapshot(database.url, 5, UNTOLD);
  const { hostname, port } = new URL(database.url);
  proxy = await startProxy(hostname, Number(port));
});
afterEach(async () => {
  await snapshot[Symbol.asyncDispose]();
  await proxy.close();
  await database.drop();
  await rm(folder, { recursive: true, force: true });
});

const order = (change: Partial<ArchiveOrder> = {}): ArchiveOrder => ({
  tools: findTools(150_000),
  databaseUrl: database.url,
  snapshot: snapshot.name,
  lockTimeoutSeconds: 5,
  recipients: [],
  path: join(folder, 'archive.dump'),
  ...change,
});
const throughProxy = (): string => {
  const url = new URL(database.url);
  url.host = `127.0.0.1:${proxy.port}`;
  return url.href;
};
const make = (change: Partial<ArchiveOrder> = {}, signal = UNTOLD): Promise<Archive> =>
  makeArchive(order(change), signal, new HeardReport());

test('what is told of the file is what is in it', async () => {
  const archive = await make();

  const bytes = await readFile(archive.path);
  const [size, sha256] = [bytes.length, sha256Of(bytes)];
  expect(archive).toEqual({
    path: order().path,
    bytes: size,
    sha256,
    dumpBytes: size,
    dumpSha256: sha256,
  });
  expect(bytes.subarray(0, 5).toString()).toBe('PGDMP');
});

test('the file is for its owner alone, and nothing is beside it', async () => {
  const { path } = await make();

  expect((await stat(path)).mode & 0o777).toBe(0o600);
  expect(await readdir(folder)).toEqual(['archive.dump']);
});

test('the dump knows how large its tables are: a restore takes the largest first', async () => {
  const tables = ['a_small', 'z_large'];
  const create = tables.map(name => `create table ${name} (text text)`).join('; ');
  await connected(database.url, client =>
    client.query(`${create}; insert into a_small values ('x');
      insert into z_large select md5(n::text) from generate_series(1, 5000) n`),
  );
  await snapshot[Symbol.asyncDispose]();
  snapshot = await openSnapshot(database.url, 5, UNTOLD);
  const target = await createDatabase();
  await connected(target.url, client => client.query(create));

  const { path } = await make();

  const words = ['--verbose', '--jobs=2', '--data-only', ...tables.map(name => `--table=${name}`)];
  const { stderr } = spawnSync(findTools(150_000).pgRestore, [...words, `--dbname=${target.url}`, path], {
    encoding: 'utf8',
  });
  await target.drop();
  const launched = stderr.matchAll(/launching item \d+ TABLE DATA (\w+)/g);
  expect([...launched].map(([, name]) => name)).toEqual(['z_large', 'a_small']);
});

test('what is told of an encrypted file is what is in it, and what was dumped', async () => {
  const identity = await generateX25519Identity();

  const archive = await make({ recipients: [await identityToRecipient(identity)] });

  const bytes = await readFile(archive.path);
  const dump = Buffer.concat(await Array.fromAsync(decryptWith([identity])(piecesOf(bytes))));
  expect([archive.bytes, archive.sha256]).toEqual([bytes.length, sha256Of(bytes)]);
  expect([archive.dumpBytes, archive.dumpSha256]).toEqual([dump.length, sha256Of(dump)]);
  expect(dump.subarray(0, 5).toString()).toBe('PGDMP');
});

test('a Postgres that does not answer any more ends the dump, and leaves nothing', async () => {
  proxy.freeze();

  await expect(
    make({ databaseUrl: throughProxy(), silenceMs: 200, lockTimeoutSeconds: 0 }),
  ).rejects.toMatchObject({ exit: 'unavailable', code: 'dump_silent' });
  expect(await readdir(folder)).toEqual([]);
});

test('a signal in the middle leaves nothing, and its reason is what is told', async () => {
  proxy.freeze();
  const stop = new AbortController();
  const reason = new BackupFailure('terminated', 'terminated', 'Stopped by SIGTERM.');
  const making = make({ databaseUrl: throughProxy() }, stop.signal);

  stop.abort(reason);

  await expect(making).rejects.toBe(reason);
  expect(await readdir(folder)).toEqual([]);
});

test('a snapshot that is gone is no dump', async () => {
  await snapshot[Symbol.asyncDispose]();

  await expect(make()).rejects.toMatchObject({ code: 'pg_dump_failed' });
  expect(await readdir(folder)).toEqual([]);
});

test('a file that somebody else is writing is left alone', async () => {
  const partial = `${order().path}.partial`;
  await writeFile(partial, 'of another');

  await expect(make()).rejects.toMatchObject({ code: 'file_exists' });
  expect(await readFile(partial, 'utf8')).toBe('of another');
});
