import { once } from 'node:events';
import { holdLock, type LockName } from '../../../scripts/backup/postgres/lock.ts';
import { databaseNameOf, maintenanceUrl } from '../../../scripts/backup/postgres/server.ts';
import { createDatabase, type TestDatabase } from '../../support/database.ts';
import { connected } from '../../support/template-database.ts';

let database: TestDatabase;
let stack: AsyncDisposableStack;

beforeEach(async () => {
  database = await createDatabase();
  stack = new AsyncDisposableStack();
});
afterEach(async () => {
  await stack.disposeAsync();
  await database.drop();
});

const hold = async (...names: LockName[]) => stack.use(await holdLock(database.url, names));

const endHolder = (name: LockName) =>
  connected(maintenanceUrl(database.url), async client => {
    const { rowCount } = await client.query(
      `select pg_terminate_backend(pid) from pg_locks
       where locktype = 'advisory' and (classid::bigint << 32 | objid::bigint) = hashtextextended($1, 0)`,
      [`daymark:${name}:${databaseNameOf(database.url)}`],
    );
    return rowCount;
  });

test('only one holds it, and the other is told to be the second', async () => {
  const lock = await hold('backup');
  await expect(hold('backup')).rejects.toMatchObject({ exit: 'busy', code: 'busy' });

  await lock[Symbol.asyncDispose]();

  await expect(hold('backup')).resolves.toBeDefined();
});

test('a restore wants nobody else at all', async () => {
  await hold('backup');
  await expect(hold('restore', 'backup')).rejects.toMatchObject({ exit: 'busy' });

  // What it had taken before it was refused is free again.
  await expect(hold('restore')).resolves.toBeDefined();
});

test('another database of the same server has a lock of its own', async () => {
  const other = await createDatabase();
  stack.defer(() => other.drop());
  await hold('backup');

  stack.use(await holdLock(other.url, ['backup']));
});

test('who loses it is told, and the next can have it', async () => {
  const { lost } = await hold('backup');
  const told = once(lost, 'abort');

  expect(await endHolder('backup')).toBe(1);
  await told;

  expect(lost.reason).toMatchObject({ exit: 'unavailable', code: 'lock_lost' });
  await expect(hold('backup')).resolves.toBeDefined();
});

test('who lets go of it has not lost it', async () => {
  const lock = await hold('backup');
  await lock[Symbol.asyncDispose]();

  expect(lock.lost.aborted).toBe(false);
});

test('no two of many at once have it', async () => {
  const results = await Promise.allSettled(Array.from({ length: 8 }, () => hold('backup', 'restore')));

  expect(results.filter(({ status }) => status === 'fulfilled')).toHaveLength(1);
});
