import { cpSync, mkdtempSync, statfsSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { migrateUp } from '../../../scripts/migrations/migrator.ts';
import { ensureCluster } from '../../../scripts/services/postgres-cluster.ts';
import { choosePlace } from '../../../scripts/services/postgres-place.ts';
import { startPostgres } from '../../../scripts/services/postgres-server.ts';
import { Admin } from './support/admin.ts';
import { onSmallDisk, type SmallDisk } from './support/small-disk.ts';

const MB = 1_048_576;
/** What is on a disk in memory need not reach another one, which would hold up every other test. */
const FORGETFUL = { fsync: 'off', synchronous_commit: 'off', autovacuum: 'off' };

let stack: AsyncDisposableStack;
let disk: SmallDisk;
let admin: Admin;

/** A Postgres whose databases, and nothing else of it, lie on a disk of their own. */
const startOnSmallDisk = async (folder: string): Promise<string> => {
  const place = choosePlace(join(folder, 'postgres'));
  await ensureCluster(place);
  const databases = join(place.data, 'base');
  cpSync(databases, join(folder, 'base'), { recursive: true });
  disk = stack.use(await onSmallDisk(databases, '400m'));
  cpSync(join(folder, 'base'), databases, { recursive: true });
  disk.giveTo(place.runAs.owner?.uid ?? process.getuid?.() ?? 0);
  const server = await startPostgres(join(folder, 'postgres'), { settings: FORGETFUL });
  stack.defer(() => server.stop());
  return server.url;
};

beforeAll(async () => {
  stack = new AsyncDisposableStack();
  const folder = mkdtempSync(join(tmpdir(), 'daymark-full-'));
  stack.defer(() => rm(folder, { recursive: true, force: true }));
  const url = await startOnSmallDisk(folder);
  await migrateUp(url);
  admin = stack.use(await Admin.arrive(Promise.resolve({ url, drop: () => Promise.resolve() })));
  await admin.sql('create table ballast as select md5(n::text) as text from generate_series(1, 400000) n');
  await admin.sql('create index on ballast (text)');
  expect((await admin.run()).code).toBe(0);
});
afterAll(() => stack.disposeAsync());

const leave = (bytes: number): void => {
  const { blocks, bavail, bsize } = statfsSync(disk.folder);
  disk.resize((blocks - bavail) * bsize + bytes);
};
const databases = async (): Promise<string[]> => {
  const rows = await admin.sql<{ name: string }>(
    `select datname as name from pg_database where datname ~ '^daymark' order by 1`,
  );
  return rows.map(({ name }) => name);
};

const restore = () => admin.run(['restore', '--confirm', 'daymark']);
const ballast = () => admin.sql('select count(*)::int from ballast');

describe.each([
  ['the rows', 14 * MB],
  ['the indexes', 44 * MB],
])('a disk of Postgres that has no room for %s of a second copy', (_what, free) => {
  it('ends the restore, which takes what it made away again and harms nobody', async () => {
    leave(free);

    const ended = await restore();

    expect(ended).toMatchObject({ code: 73, result: { outcome: 'failed', exit: 'full' } });
    expect(await databases()).toEqual(['daymark']);
    expect(await admin.leftovers()).toEqual([]);
    await admin.sql('create table still_alive (); drop table still_alive');
    expect(await ballast()).toEqual([{ count: 400_000 }]);
  });
});

describe('a disk of Postgres that has no room for an empty database', () => {
  // Postgres makes it all the same and cannot fill it, nor always drop it: that has to write what memory holds, too.
  it('ends the restore, which harms nobody; with more room the next one works and leaves nothing else', async () => {
    leave(2 * MB);

    const ended = await restore();

    expect(ended).toMatchObject({ code: 73, result: { outcome: 'failed', exit: 'full' } });
    expect(await ballast()).toEqual([{ count: 400_000 }]);
    disk.resize(400 * MB);
    expect(await restore()).toMatchObject({ code: 0, result: { outcome: 'done' } });
    expect(await databases()).toEqual(['daymark', expect.stringMatching(/^daymark_before_/)]);
  });
});
