import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { generateX25519Identity, identityToRecipient } from 'age-encryption';
import { type Archive, type DumpOrder, makeArchive } from '../../../scripts/backup/making/archive.ts';
import { decryptWith } from '../../../scripts/backup/encryption.ts';
import { BackupFailure } from '../../../scripts/backup/failure.ts';
import { findTools } from '../../../scripts/backup/postgres/postgres-tools.ts';
import { openSnapshot, type Snapshot } from '../../../scripts/backup/making/snapshot.ts';
import { verifyArchive } from '../../../scripts/backup/making/verify-archive.ts';
import { HeardReport, piecesOf, sha256Of, UNTOLD } from '../../support/backups.ts';
import { createDatabase, type TestDatabase } from '../../support/database.ts';
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

const order = (change: Partial<DumpOrder> = {}): DumpOrder => ({
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
const make = (change: Partial<DumpOrder> = {}, signal = UNTOLD): Promise<Archive> =>
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
  await expect(verifyArchive(archive, UNTOLD)).resolves.toBeUndefined();
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

describe('a finished file', () => {
  const flip = async (path: string): Promise<void> => {
    const bytes = await readFile(path);
    const middle = bytes.length >> 1;
    bytes[middle] = (bytes[middle] ?? 0) ^ 1;
    await writeFile(path, bytes);
  };

  test.each<[string, (archive: Archive) => Promise<void>]>([
    ['changed in one byte', ({ path }) => flip(path)],
    ['cut off', async ({ path }) => writeFile(path, (await readFile(path)).subarray(0, -1))],
    ['emptied', ({ path }) => writeFile(path, '')],
    ['gone', ({ path }) => rm(path)],
  ])('that is %s is not taken for the dump', async (_what, spoil) => {
    const archive = await make();
    await spoil(archive);

    await expect(verifyArchive(archive, UNTOLD)).rejects.toMatchObject({
      exit: 'unusable',
      code: 'archive_differs',
    });
  });
});
