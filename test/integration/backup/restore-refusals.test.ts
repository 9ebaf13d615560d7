import { globSync, readFileSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { OptionValues, Outcome } from '../../../scripts/backup/command.ts';
import type { Manifest } from '../../../scripts/backup/manifest.ts';
import { restore } from '../../../scripts/backup/commands/restore.ts';
import { run } from '../../../scripts/backup/commands/run.ts';
import { type BackupSettings, readBackupSettings } from '../../../scripts/backup/settings.ts';
import { migrateDown, pendingMigrations } from '../../../scripts/migrations/migrator.ts';
import { HeardReport, UNTOLD } from '../../support/backups.ts';
import { createOwnedDatabase, type OwnedDatabase } from '../../support/owned-database.ts';
import { testServices } from '../../support/services.ts';
import { connected } from '../../support/template-database.ts';

let folder: string;
let database: OwnedDatabase;
let report: HeardReport;

const sql = async <Row extends object>(text: string): Promise<Row[]> =>
  connected(database.url, async client => (await client.query(text)).rows as Row[]);
const asSuperuser = (text: string) =>
  connected(testServices().maintenanceUrl, async client => (await client.query(text)).rows as object[]);

const settings = (change: Record<string, string> = {}): BackupSettings =>
  readBackupSettings({ DATABASE_URL: database.url, DATA_DIR: folder, ...change });

const surroundings = (change: Record<string, string> = {}) => ({
  ...{ settings: settings(change), report, signal: UNTOLD, ask: null },
});

const restoreIt = (change: Record<string, string> = {}, options: OptionValues = {}): Promise<Outcome> =>
  restore.run(surroundings(change), { confirm: database.name, ...options });

/** Changes what lies in the store. */
const spoil = (change: (manifest: Manifest) => object): void => {
  const [path = ''] = globSync(join(folder, 'backups/daymark/*/*/manifest.json'));
  writeFileSync(path, JSON.stringify(change(JSON.parse(readFileSync(path, 'utf8')) as Manifest)));
};

const archivePath = (): string => globSync(join(folder, 'backups/daymark/*/*/archive-*'))[0] ?? '';

const said = async (): Promise<string | undefined> =>
  (await sql<{ word: string }>('select word from said'))[0]?.word;

const others = (): Promise<object[]> =>
  asSuperuser(`select datname from pg_database where starts_with(datname, '${database.name}_')`);

const expectRefused = async (
  refused: Promise<Outcome>,
  exit: string,
  code: string,
  message: RegExp,
): Promise<void> => {
  await expect(refused).rejects.toMatchObject({ exit, code, message: expect.stringMatching(message) });
  expect(await said()).toBe('after');
  expect(await others()).toEqual([]);
  expect(await readdir(join(folder, 'backup-work')).catch(() => [])).toEqual([]);
};

const backUp = async (): Promise<void> => {
  await sql(`create table said (word text); insert into said values ('before')`);
  await run.run(surroundings(), {});
  await sql(`update said set word = 'after'`);
};

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'daymark-refusals-'));
  database = await createOwnedDatabase();
  report = new HeardReport();
});

afterEach(async () => {
  await database.drop();
  await rm(folder, { recursive: true, force: true });
});

describe('a restore that cannot work is refused before anything is touched', () => {
  beforeEach(backUp);

  it('of a backup by a newer build', () => {
    spoil(manifest => ({
      ...manifest,
      migrations: [...manifest.migrations, 'Migration29990101000000_future'],
    }));

    return expectRefused(restoreIt(), 'unusable', 'newer_than_code', /Migration29990101000000_future/);
  });

  it('of a backup from a newer Postgres', () => {
    spoil(manifest => ({ ...manifest, database: { ...manifest.database, server_version: 990_001 } }));

    return expectRefused(
      restoreIt(),
      'unusable',
      'server_too_old',
      /made of Postgres 99, and this server is/,
    );
  });

  it('of a dump by newer tools than there are', () => {
    spoil(manifest => ({ ...manifest, archive: { ...manifest.archive, made_by: 'pg_dump 98.1' } }));

    return expectRefused(restoreIt(), 'unavailable', 'tools_too_old', /98/);
  });

  it('of another application', () => {
    spoil(manifest => ({ ...manifest, application: 'somebody' }));

    return expectRefused(restoreIt(), 'unusable', 'newest_unusable', /a backup of somebody/);
  });

  it('of an archive with a flipped byte', () => {
    const bytes = readFileSync(archivePath());
    bytes[bytes.length >> 1]! ^= 1;
    writeFileSync(archivePath(), bytes);

    return expectRefused(restoreIt(), 'unusable', 'archive_damaged', /damaged/);
  });

  it('of an archive that was cut off', () => {
    truncateSync(archivePath(), 1_000);

    return expectRefused(restoreIt(), 'unusable', 'newest_unusable', /1000 bytes instead of/);
  });

  it('of an archive that is gone', () => {
    rmSync(archivePath());

    return expectRefused(restoreIt(), 'unusable', 'newest_unusable', /archive is not there/);
  });

  it('of what is not what was counted when it was dumped', () => {
    spoil(manifest => ({
      ...manifest,
      inventory: {
        ...manifest.inventory,
        tables: manifest.inventory.tables.map(table =>
          table.name === 'public.said' ? { ...table, rows: 2 } : table,
        ),
      },
    }));

    return expectRefused(restoreIt(), 'unusable', 'contents_differ', /public\.said has 1 rows instead of 2/);
  });

  it('of what has other contents than were hashed', () => {
    spoil(manifest => ({
      ...manifest,
      inventory: {
        ...manifest.inventory,
        tables: manifest.inventory.tables.map(table =>
          table.name === 'public.said' ? { ...table, hash: '42' } : table,
        ),
      },
    }));

    return expectRefused(restoreIt(), 'unusable', 'contents_differ', /public\.said has other contents/);
  });

  it('by a role that may not make databases', async () => {
    await asSuperuser(`alter role ${database.owner} nocreatedb`);

    await expectRefused(restoreIt(), 'refused', 'may_not_create', /ALTER ROLE "owner_.*" CREATEDB;/);
  });

  it('by a role that does not own the database', async () => {
    await asSuperuser(`alter database ${database.name} owner to current_user`);

    await expectRefused(restoreIt(), 'refused', 'not_owner', /ALTER DATABASE ".*" OWNER TO "owner_/);
  });

  it('by a role with too few connections', async () => {
    await asSuperuser(`alter role ${database.owner} connection limit 4`);

    await expectRefused(restoreIt(), 'unavailable', 'too_few_connections', /has [0-3] connections left/);
  });

  it('without room for the dump', () => {
    spoil(manifest => ({ ...manifest, archive: { ...manifest.archive, dump_bytes: 1e15 } }));

    return expectRefused(restoreIt(), 'full', 'disk_full', /BACKUP_WORK_DIR/);
  });

  it('over a scratch database of somebody else', async () => {
    await asSuperuser(`create database ${database.name}_restoring`);

    await expect(restoreIt()).rejects.toMatchObject({ exit: 'refused', code: 'scratch_not_ours' });

    expect(await others()).toHaveLength(1);
  });

  it('when the person at the terminal types another name', async () => {
    const asked: string[] = [];
    const ask = (question: string): Promise<string> => {
      asked.push(question);
      return Promise.resolve('yes');
    };

    await expectRefused(
      restore.run({ ...surroundings(), ask }, {}),
      'refused',
      'not_confirmed',
      /"yes" was confirmed/,
    );
    expect(asked).toHaveLength(1);
  });

  it('of another database than the one in the URL, were its name typed', async () => {
    await expectRefused(
      restoreIt({}, { confirm: 'postgres' }),
      'refused',
      'not_confirmed',
      /is called .* "postgres" was confirmed/,
    );
  });
});

describe('a restore goes on', () => {
  it('when the person at the terminal types the name', async () => {
    await backUp();

    await restore.run({ ...surroundings(), ask: () => Promise.resolve(`${database.name}\n`) }, {});

    expect(await said()).toBe('before');
  });

  it('with the locale of the server when that of the backup is not known to it', async () => {
    await backUp();
    spoil(manifest => ({
      ...manifest,
      database: { ...manifest.database, collate: 'xx_YY.utf8', ctype: 'xx_YY.utf8' },
    }));

    await restoreIt();

    expect(await said()).toBe('before');
    expect(report.warnings.map(({ code }) => code)).toContain('locale_unknown');
  });

  it('with a URL that needs careful encoding, and options of its own', async () => {
    await backUp();
    const url = new URL(database.url);
    url.searchParams.set('options', '-c work_mem=5MB');

    await restoreIt({ DATABASE_URL: url.href });

    expect(await said()).toBe('before');
  });

  it('as a superuser, and everything still belongs to whom it belonged', async () => {
    await backUp();

    await restoreIt({ DATABASE_URL: database.superuserUrl });

    expect(await said()).toBe('before');
    const owners = await sql(
      `select distinct tableowner as owner from pg_tables where schemaname = 'public'
       union select pg_get_userbyid(datdba) from pg_database where datname = current_database()`,
    );
    expect(owners).toEqual([{ owner: database.owner }]);
  });
});

describe('a backup from before the newest migration', () => {
  beforeEach(async () => {
    await migrateDown(database.url);
  });

  it('is brought up to this build', async () => {
    const pending = await pendingMigrations(database.url);
    await backUp();

    const { data } = await restoreIt();

    expect(data.migrations).toEqual(pending);
    expect(pending).toHaveLength(1);
    expect(await pendingMigrations(database.url)).toEqual([]);
    expect(await said()).toBe('before');
  });

  it('is left where it is when it cannot be', async () => {
    await sql('create table backup_runs (in_the_way integer)');
    await backUp();

    await expectRefused(restoreIt(), 'unusable', 'migration_failed', /already exists/);
  });
});
