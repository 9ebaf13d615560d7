import { mkdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { generateIdentity, identityToRecipient } from 'age-encryption';
import pg from 'pg';
import { chooseBackup } from '../../../scripts/backup/reading/catalogue.ts';
import { fetchArchive } from '../../../scripts/backup/reading/fetch-archive.ts';
import { differences, takeInventory } from '../../../scripts/backup/postgres/inventory.ts';
import { folderOf, type Manifest } from '../../../scripts/backup/manifest.ts';
import { openStore } from '../../../scripts/backup/store/open-store.ts';
import { findTools, runTool } from '../../../scripts/backup/postgres/postgres-tools.ts';
import { databaseNameOf } from '../../../scripts/backup/postgres/server.ts';
import { readBackupSettings } from '../../../scripts/backup/settings.ts';
import { HeardReport, UNTOLD } from '../../support/backups.ts';
import { testServices } from '../../support/services.ts';
import { enrich } from '../../support/rich-database.ts';
import { connected, databaseUrl } from '../../support/template-database.ts';
import { until } from '../faults/support/until.ts';
import { Admin } from './support/admin.ts';

let admin: Admin;

beforeEach(async () => {
  admin = await Admin.arrive();
});
afterEach(async () => {
  await admin[Symbol.asyncDispose]();
});

const settingsOf = (change: Record<string, string> = {}) =>
  readBackupSettings({ ...admin.environment, ...change });

const newest = async (): Promise<Manifest> =>
  await chooseBackup(openStore(settingsOf()), 'daymark/', {}, UNTOLD);

/** What differs between the manifest and an empty database that the archive was restored into. */
const differencesAfterRestore = async (
  manifest: Manifest,
  change: Record<string, string> = {},
): Promise<string[]> => {
  const settings = settingsOf(change);
  await using fetched = await fetchArchive(
    openStore(settings),
    settings,
    manifest,
    UNTOLD,
    new HeardReport(),
  );
  const { maintenanceUrl } = testServices();
  const name = `${databaseNameOf(admin.database.url)}_again`;
  const url = databaseUrl(maintenanceUrl, name);
  await connected(maintenanceUrl, client => client.query(`create database ${name} template template0`));
  try {
    const words = ['--exit-on-error', '--no-owner', '--no-privileges', `--dbname=${name}`, fetched.path];
    await runTool(findTools(150_000).pgRestore, words, { databaseUrl: url, signal: UNTOLD });
    return await connected(url, async client => {
      await client.query('begin');
      return differences(manifest.inventory, await takeInventory(client, UNTOLD));
    });
  } finally {
    await connected(maintenanceUrl, client => client.query(`drop database ${name} with (force)`));
  }
};

/** A pg_dump that waits in front of the database until it is told to go on. */
const pauseBeforeDump = async (): Promise<{ goOn: () => Promise<void> }> => {
  await admin.useTool(
    'pg_dump',
    `touch ${admin.folder}/there; while [ ! -e ${admin.folder}/go ]; do sleep 0.02; done; exec $REAL/pg_dump "$@"`,
  );
  return {
    goOn: async () => {
      await mkdir(join(admin.folder, 'go'));
    },
  };
};
const isPaused = (): Promise<boolean> => admin.noted('there').then(found => found !== null);

test('everything that a database can hold comes back as it was', async () => {
  await enrich(admin.database.url);

  expect((await admin.run()).code).toBe(0);

  const manifest = await newest();
  expect(manifest.inventory.tables.find(({ name }) => name === 'public.kinds')?.rows).toBe(2);
  expect(manifest.inventory.large_objects.count).toBe(3);
  expect(await differencesAfterRestore(manifest)).toEqual([]);
});

test('rows that change all the time are backed up as they were at one moment', async () => {
  await admin.sql('create table busy (id serial primary key, half int, other_half int)');
  await admin.sql(`insert into busy (half, other_half) select 1, -1 from generate_series(1, 20000)`);
  const writer = new pg.Client({ connectionString: admin.database.url });
  await writer.connect();
  const over = new AbortController();
  const writing = (async () => {
    for (let nth = 0; !over.signal.aborted; nth++) {
      await writer.query('insert into busy (half, other_half) values ($1::int, -$1::int)', [nth]);
      await writer.query(
        'update busy set half = half + 1, other_half = other_half - 1 where id % 1000 = $1',
        [nth % 1000],
      );
      await writer.query('delete from busy where id = $1', [nth]);
    }
  })();

  const { code } = await admin.run();
  over.abort();
  await writing;
  await writer.end();

  expect(code).toBe(0);
  const manifest = await newest();
  expect(await differencesAfterRestore(manifest)).toEqual([]);
  const [now] = await admin.sql<{ last_value: string }>('select last_value from busy_id_seq');
  const then = manifest.inventory.sequences.find(({ name }) => name === 'public.busy_id_seq');
  expect(Number(now?.last_value)).toBeGreaterThan(Number(then?.last_value));
});

test('a migration that runs after the snapshot is in neither the dump nor the manifest', async () => {
  const { goOn } = await pauseBeforeDump();
  const program = admin.start(['run']);
  await until('pg_dump is about to begin', isPaused);

  await admin.sql(`create table newcomer as select 1 as a`);
  await admin.sql(`insert into mikro_orm_migrations (name) values ('Migration20990101000000_newcomer')`);
  await goOn();

  expect(await program.ended).toBe(0);
  const manifest = await newest();
  expect(manifest.migrations).not.toContain('Migration20990101000000_newcomer');
  expect(manifest.inventory.tables.map(({ name }) => name)).not.toContain('public.newcomer');
  expect(await differencesAfterRestore(manifest)).toEqual([]);
});

test('a migration that wants a table between the snapshot and the dump has it after the lock timeout, and the run fails', async () => {
  const { goOn } = await pauseBeforeDump();
  const program = admin.start(['run']);
  await until('pg_dump is about to begin', isPaused);

  const migrating = admin.sql('alter table accounts add column newcomer int');
  await until('the migration waits', async () => {
    const waiting = await admin.sql(
      `select from pg_locks where not granted and mode = 'AccessExclusiveLock'`,
    );
    return waiting.length > 0;
  });
  await goOn();

  const { code, result } = await admin.finish(program);
  expect([code, result.code]).toEqual([69, 'tables_locked']);
  await migrating;
  expect((await admin.sql('select newcomer from accounts')).length).toBe(0);
});

test('a run whose lock is lost stops, because another may have begun', async () => {
  const { goOn } = await pauseBeforeDump();
  const program = admin.start(['run']);
  await until('pg_dump is about to begin', isPaused);

  await connected(testServices().maintenanceUrl, client =>
    client.query(
      `select pg_terminate_backend(l.pid) from pg_locks l join pg_stat_activity a on a.pid = l.pid
       where l.locktype = 'advisory' and a.query like '%pg_try_advisory_lock%'
         and (l.classid::bigint << 32 | l.objid::bigint) = hashtextextended($1, 0)`,
      [`daymark:backup:${databaseNameOf(admin.database.url)}`],
    ),
  );

  const { code, result } = await admin.finish(program);
  expect([code, result.code]).toEqual([69, 'lock_lost']);
  await goOn();
  expect(await admin.leftovers()).toEqual([]);
  expect(await admin.listed()).toEqual([]);
});

test('with recipients nobody can read a backup but the holder of the key', async () => {
  const identity = await generateIdentity();
  admin.environment.BACKUP_AGE_RECIPIENTS = await identityToRecipient(identity);
  await admin.sql(`create table known as select repeat('a plain text that is known', 1000) as text`);

  const { code, result } = await admin.run();

  expect([code, result.message, result.encrypted]).toEqual([0, undefined, true]);
  const manifest = await newest();
  const path = join(admin.folder, 'data/backups', folderOf('daymark/', manifest), manifest.archive.name);
  const bytes = await readFile(path);
  expect(bytes.subarray(0, 21).toString()).toBe('age-encryption.org/v1');
  expect(await differencesAfterRestore(manifest, { BACKUP_AGE_IDENTITY: identity })).toEqual([]);
  await expect(
    differencesAfterRestore(manifest, { BACKUP_AGE_IDENTITY: await generateIdentity() }),
  ).rejects.toMatchObject({ code: 'identity_wrong' });
});
