import { rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { generateX25519Identity, identityToRecipient } from 'age-encryption';
import type { OptionValues, Outcome, Surroundings } from '../../../scripts/backup/command.ts';
import { beforeName, drillName, undoneName } from '../../../scripts/backup/restoring/database-names.ts';
import { list } from '../../../scripts/backup/commands/list.ts';
import { openStore } from '../../../scripts/backup/store/open-store.ts';
import { history, recordRun, type RunRecord } from '../../../scripts/backup/records.ts';
import { readBackupSettings } from '../../../scripts/backup/settings.ts';
import { databaseNameOf } from '../../../scripts/backup/postgres/server.ts';
import { status } from '../../../scripts/backup/commands/status.ts';
import { verify } from '../../../scripts/backup/commands/verify.ts';
import {
  aBackup,
  archiveKey,
  type BackupChange,
  dumpOf,
  HeardReport,
  type MadeBackup,
  manifestKey,
  storeBackup,
  UNTOLD,
  Workplace,
} from '../../support/backups.ts';
import { createDatabase, type TestDatabase } from '../../support/database.ts';
import { testServices } from '../../support/services.ts';
import { connected } from '../../support/template-database.ts';

const DOWN = 'postgres://nobody:hush-hush@127.0.0.1:9/daymark';
const DAY_MS = 86_400_000;
const ROWS = [
  { name: 'public.counted', rows: 3, hash: '' },
  { name: 'public.Strange "name"', rows: 2, hash: '' },
  { name: 'public.empty', rows: 0, hash: '' },
];

let database: TestDatabase;
let dump: Buffer;
beforeAll(async () => {
  database = await createDatabase();
  const source = await createDatabase();
  await connected(source.url, async client => {
    await client.query(`do $$ declare each text; begin
      for each in select tablename from pg_tables where schemaname = 'public' loop
        execute format('drop table %I cascade', each);
      end loop; end $$;
      create table empty ();
      create table counted (id integer, text text);
      insert into counted values (1, E'one\nand\n\\\\.\nmore'), (2, 'COPY public.x (y) FROM stdin;'), (3, repeat('x', 300000));
      create table "Strange ""name""" ("a (b) c" integer);
      insert into "Strange ""name""" values (1), (null);
      create function confusing() returns text language sql as 'select ''
COPY public.counted (id, text) FROM stdin;
'' ';`);
  });
  dump = dumpOf(source.url);
  await source.drop();
});
afterAll(() => database.drop());

let workplace: Workplace;
let environment: NodeJS.ProcessEnv;
let report: HeardReport;
beforeEach(async () => {
  workplace = await Workplace.make();
  environment = { DATABASE_URL: database.url, DATA_DIR: workplace.folder };
  report = new HeardReport();
  await connected(database.url, client => client.query('delete from backup_runs'));
});
afterEach(() => workplace[Symbol.asyncDispose]());

const settings = () => readBackupSettings(environment);
const run = (
  command: { run(surroundings: Surroundings, options: OptionValues): Promise<Outcome> },
  options: OptionValues = {},
): Promise<Outcome> => command.run({ settings: settings(), report, signal: UNTOLD, ask: null }, options);
const stored = async (change: BackupChange = {}): Promise<MadeBackup> => {
  const made = await aBackup(dump, { tables: ROWS, ...change });
  await storeBackup(openStore(settings()), settings().prefix, made);
  return made;
};
const pathOf = (key: string) => join(settings().backupsDirectory, key);
const ago = (milliseconds: number): Date => new Date(Date.now() - milliseconds);
const remember = (change: Partial<RunRecord>) => {
  const at = change.finishedAt ?? new Date();
  const nothing = { backupId: null, failure: null, bytes: null, rows: null };
  const record: RunRecord = {
    ...nothing,
    kind: 'drill',
    outcome: 'done',
    startedAt: at,
    finishedAt: at,
    ...change,
  };
  return recordRun(database.url, record, report);
};

describe('list', () => {
  test('tells what there is, the newest first, and needs no database', async () => {
    const old = await stored({ snapshotAt: ago(40 * DAY_MS), kind: 'monthly' });
    const young = await stored({ snapshotAt: ago(3 * 3_600_000 + 5) });
    environment.DATABASE_URL = DOWN;

    const { text, data, exit } = await run(list);

    expect(exit).toBeUndefined();
    const lines = text.split('\n');
    expect(lines[0]).toMatch(/^ID +KIND +AGE +SIZE +ROWS +ENCRYPTED +POSTGRES$/);
    expect(lines[1]).toMatch(new RegExp(`^${young.manifest.id} +daily +3 hours ago +\\S+ kB +5 +no +15.18$`));
    expect(lines[2]).toMatch(new RegExp(`^${old.manifest.id} +monthly +40 days ago `));
    expect(data.backups).toMatchObject([
      { id: young.manifest.id, rows: 5, encrypted: false, bytes: young.archive.length, kind: 'daily' },
      { id: old.manifest.id, kind: 'monthly', snapshot_at: old.manifest.snapshot_at },
    ]);
  });

  test('tells of those that cannot be used, beside those that can', async () => {
    const [good, bad] = [await stored(), await stored()];
    await writeFile(pathOf(manifestKey(settings().prefix, bad)), '{"application":"tagebuch","format":1}');

    const { text, data } = await run(list);

    expect(text).toContain(good.manifest.id);
    expect(text).toMatch(new RegExp(`UNUSABLE .*${bad.manifest.id}.*tagebuch`));
    expect(data.broken).toHaveLength(1);
    expect(data.backups).toHaveLength(1);
  });

  test('says that there is none', async () => {
    const { text, data } = await run(list);

    expect(text).toMatch(/^There is no backup in the folder/);
    expect(data).toMatchObject({ backups: [], broken: [] });
  });
});

describe('verify', () => {
  test.each([false, true])('reads a backup and remembers that it is whole (deep: %p)', async deep => {
    const { manifest, archive } = await stored();

    const { text, data } = await run(verify, { deep });

    expect(text).toMatch(new RegExp(`Backup ${manifest.id} .* is whole`));
    expect(data).toMatchObject({ verified: { id: manifest.id }, deep });
    const [record] = await history(database.url, 'verify', 5);
    expect(record).toMatchObject({ outcome: 'done', backupId: manifest.id, bytes: archive.length });
    expect(report.warnings).toEqual([]);
  });

  test('reads an encrypted one with the identity, and the one that was asked for', async () => {
    environment.BACKUP_AGE_IDENTITY = await generateX25519Identity();
    const recipients = [await identityToRecipient(environment.BACKUP_AGE_IDENTITY)];
    const { manifest } = await stored({ recipients, snapshotAt: ago(DAY_MS) });
    await stored();

    expect((await run(verify, { id: manifest.id })).data).toMatchObject({ verified: { id: manifest.id } });
    const before = ago(1_000).toISOString();
    expect((await run(verify, { before })).data).toMatchObject({ verified: { id: manifest.id } });
  });

  test('finds a flipped byte, fails, and remembers it', async () => {
    const made = await stored();
    const archive = Buffer.from(made.archive);
    archive[archive.length >> 1]! ^= 1;
    await writeFile(pathOf(archiveKey(settings().prefix, made)), archive);

    await expect(run(verify)).rejects.toMatchObject({ exit: 'unusable', code: 'archive_damaged' });

    expect(await history(database.url, 'verify', 5)).toMatchObject([
      { outcome: 'failed', failure: 'archive_damaged', backupId: made.manifest.id },
    ]);
  });

  test.each([
    ['nothing that pg_restore knows', () => Buffer.from('no dump at all')],
    ['a dump that is cut', () => dump.subarray(0, -50)],
    ['a dump that is cut in the middle', () => dump.subarray(0, dump.length >> 1)],
  ])('finds an archive that is whole and holds %s', async (_what, content) => {
    await storeBackup(openStore(settings()), settings().prefix, await aBackup(content()));

    await expect(run(verify)).rejects.toMatchObject({ exit: 'unusable', code: 'dump_unreadable' });
  });

  test('with deep finds rows that are missing, which a reading does not', async () => {
    await stored({ tables: [...ROWS.slice(1), { name: 'public.counted', rows: 4, hash: '' }] });

    await run(verify);
    await expect(run(verify, { deep: true })).rejects.toMatchObject({
      exit: 'unusable',
      code: 'rows_differ',
      message: expect.stringContaining('public.counted has 3 rows instead of 4') as string,
    });
  });

  test('works when the database is down, and says that it could not remember it', async () => {
    await stored();
    environment.DATABASE_URL = DOWN;

    expect((await run(verify)).text).toMatch(/is whole/);

    expect(report.warnings.map(({ code }) => code)).toEqual(['not_recorded']);
    expect(JSON.stringify(report.warnings)).not.toContain('hush-hush');
  });

  test('of a backup that is not there fails as that', async () => {
    await expect(run(verify)).rejects.toMatchObject({ exit: 'missing', code: 'backup_missing' });
  });

  test.each([
    [{ id: 'x', before: 'y' }],
    [{ id: '../../etc' }],
    [{ before: 'yesterday' }],
    [{ before: '2026-03-29T04:00:00' }],
    [{ before: '2026-02-31T25:00:00Z' }],
  ])('does not take %j for a choice', async options => {
    await expect(run(verify, options)).rejects.toMatchObject({ exit: 'usage', code: 'wrong_usage' });
    expect(await history(database.url, 'verify', 5)).toEqual([]);
  });
});

describe('status', () => {
  const codes = (found: unknown) => (found as { code: string }[]).map(({ code }) => code);

  test('is well when the newest backup is young, the store takes one and a drill was done', async () => {
    const { manifest } = await stored({ snapshotAt: ago(5 * 3_600_000) });
    await stored({ snapshotAt: ago(29 * 3_600_000) });
    await remember({ kind: 'drill', finishedAt: ago(2 * DAY_MS + 1), backupId: manifest.id });

    const { text, data, exit } = await run(status);

    expect(exit).toBe('done');
    expect(text).toMatch(/^The backups are well\./);
    expect(text).toContain(`Restore last proven  2 days ago by a drill of ${manifest.id}`);
    expect(text).toMatch(new RegExp(`Newest backup +5 hours ago, .* 5 rows \\(${manifest.id}\\)`));
    expect(text).toMatch(/2 backups, takes new ones/);
    expect(data).toMatchObject({
      problems: [],
      warnings: [],
      newest: { id: manifest.id },
      restore_last_proven: { kind: 'drill' },
      store: { readable: true, writable: true, backups: 2 },
      database: { reachable: true, safety_copies: [], leftovers: [] },
    });
    expect(report.warnings).toEqual([]);
  });

  test('may be asked again: today\u2019s probe is there already', async () => {
    await stored();
    await run(status);

    expect((await run(status)).data).toMatchObject({ store: { writable: true } });
    const probes = await Array.fromAsync(openStore(settings()).list(`${settings().prefix}probe/`, UNTOLD));
    expect(probes).toHaveLength(1);
  });

  test('probes nothing when it is told not to', async () => {
    await stored();

    expect((await run(status, { 'no-probe': true })).data).toMatchObject({ store: { writable: null } });
    expect(await Array.fromAsync(openStore(settings()).list(`${settings().prefix}probe/`, UNTOLD))).toEqual(
      [],
    );
  });

  test.each([
    ['there is none', null, 'no_backup'],
    ['the newest is older than it may be', 27 * 3_600_000, 'too_old'],
  ])('is unwell when %s', async (_what, age, code) => {
    if (age !== null) await stored({ snapshotAt: ago(age) });

    const { text, data, exit } = await run(status);

    expect(exit).toBe('unwell');
    expect(codes(data.problems)).toEqual([code]);
    expect(text).toMatch(/^The backups are NOT well/);
  });

  test('is unwell when the store takes nothing, whatever lies in it', async () => {
    await stored();
    await writeFile(join(settings().backupsDirectory, settings().prefix, 'probe'), 'in the way');

    const { data, exit } = await run(status);

    expect(exit).toBe('unwell');
    expect(codes(data.problems)).toEqual(['store_takes_nothing']);
  });

  test('is unwell when the store cannot be read, and still tells of the database', async () => {
    await rm(settings().backupsDirectory, { recursive: true, force: true });
    await writeFile(settings().backupsDirectory, 'no folder');
    await remember({ kind: 'restore' });

    const { data, exit } = await run(status);

    expect(exit).toBe('unwell');
    expect(data).toMatchObject({
      newest: null,
      restore_last_proven: { kind: 'restore' },
      store: { readable: false, writable: false },
    });
  });

  test('reads the store when the database is down, and says so', async () => {
    const { manifest } = await stored();
    environment.DATABASE_URL = DOWN;

    const { text, data, exit } = await run(status);

    expect(exit).toBe('done');
    expect(data).toMatchObject({ newest: { id: manifest.id }, database: { reachable: false } });
    expect(codes(data.warnings)).toEqual(['database_unreachable']);
    expect(text).toContain('unknown: the database is down');
    expect(text + JSON.stringify(data)).not.toContain('hush-hush');
  });

  test('warns when no restore was proven for more than a week, or ever', async () => {
    await stored();
    expect(codes((await run(status)).data.warnings)).toEqual(['not_proven']);

    await remember({ kind: 'drill', finishedAt: ago(8 * DAY_MS + 60_000) });
    const { data, exit } = await run(status);

    expect(exit).toBe('done');
    expect(codes(data.warnings)).toEqual(['not_proven']);
    await remember({ kind: 'restore', finishedAt: ago(DAY_MS) });
    expect((await run(status)).data.warnings).toEqual([]);
  });

  test('tells of the last failure, and warns as long as nothing of its kind has gone well since', async () => {
    await stored();
    await remember({ kind: 'drill' });
    await remember({
      kind: 'backup',
      outcome: 'failed',
      failure: 'tables_locked',
      finishedAt: ago(3_600_000),
    });

    expect((await run(status)).data).toMatchObject({
      warnings: [{ code: 'last_run_failed', text: expect.stringContaining('tables_locked') as string }],
      last_failure: { kind: 'backup', failure: 'tables_locked' },
    });
    await remember({ kind: 'backup' });
    expect((await run(status)).data).toMatchObject({ warnings: [], last_failure: { kind: 'backup' } });
  });

  test('warns of backups that cannot be used and of a sudden loss of size', async () => {
    await remember({ kind: 'drill' });
    for (const hours of [4, 3, 2]) await stored({ snapshotAt: ago(hours * 3_600_000) });
    const tiny = await aBackup(Buffer.from('tiny'), { snapshotAt: ago(3_600_000) });
    await storeBackup(openStore(settings()), settings().prefix, tiny);
    const bad = await stored({ snapshotAt: ago(DAY_MS) });
    await rm(pathOf(archiveKey(settings().prefix, bad)));

    expect(codes((await run(status)).data.warnings)).toEqual(['unusable_backup', 'shrunk']);
  });

  test('lists the copies that a restore has kept, with their sizes and how to drop them', async () => {
    await stored();
    await remember({ kind: 'restore' });
    const name = databaseNameOf(database.url);
    const kept = [beforeName(name, new Date()), undoneName(name, new Date())];
    const all = [...kept, drillName(name), `${name}_of_somebody`];
    const { maintenanceUrl, template } = testServices();
    const execute = (statement: string) => connected(maintenanceUrl, client => client.query(statement));
    for (const each of all) await execute(`create database ${each} template ${template}`);
    try {
      await execute(`alter database ${kept[0]} allow_connections false`);

      const { text, data } = await run(status);

      const { safety_copies, leftovers } = data.database as Record<string, { name: string; bytes: number }[]>;
      expect(safety_copies!.map(copy => copy.name)).toEqual([...kept].sort());
      expect(leftovers!.map(copy => copy.name)).toEqual([drillName(name)]);
      expect(Math.min(...safety_copies!.map(({ bytes }) => bytes))).toBeGreaterThan(1_000_000);
      expect(codes(data.warnings)).toEqual(['leftover_database']);
      expect(text).toContain(`drop database "${kept[0]}";  -- `);
      expect(text).not.toContain('of_somebody');
    } finally {
      for (const each of all) await execute(`drop database if exists ${each}`);
    }
  });
});
