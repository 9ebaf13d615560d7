import { spawnSync } from 'node:child_process';
import { makeBackup } from '../../../scripts/backup/making/make-backup.ts';
import type { Manifest } from '../../../scripts/backup/manifest.ts';
import { findTools } from '../../../scripts/backup/postgres/postgres-tools.ts';
import { databaseNameOf } from '../../../scripts/backup/postgres/server.ts';
import { toolEnvironment } from '../../../scripts/backup/postgres/tool-environment.ts';
import { type Prepared, prepare } from '../../../scripts/backup/restoring/prepare.ts';
import { unpack } from '../../../scripts/backup/restoring/unpack.ts';
import { type BackupSettings, readBackupSettings } from '../../../scripts/backup/settings.ts';
import { openStore } from '../../../scripts/backup/store/open-store.ts';
import { HeardReport, UNTOLD, Workplace } from '../../support/backups.ts';
import { createDatabase, type TestDatabase } from '../../support/database.ts';
import { enrich } from '../../support/rich-database.ts';
import { connected } from '../../support/template-database.ts';

const tools = findTools(150_000);

let workplace: Workplace;
let source: TestDatabase;
let settings: BackupSettings;
let prepared: Prepared;
let report: HeardReport;
let manifest: Manifest;

beforeAll(async () => {
  workplace = await Workplace.make();
  source = await createDatabase();
  settings = readBackupSettings({ DATABASE_URL: source.url, DATA_DIR: workplace.folder });
  await enrich(source.url);
  ({ manifest } = await makeBackup(settings, new HeardReport(), UNTOLD, () => undefined));
  report = new HeardReport();
  const name = `${databaseNameOf(source.url)}_unpacked`;
  const store = openStore(settings);
  prepared = await prepare(
    { databaseUrl: source.url, name, owner: null, store, settings, manifest },
    report,
    UNTOLD,
  );
  await unpack({ prepared, manifest, tools, jobs: 2 }, report, UNTOLD);
});
afterAll(async () => {
  await prepared[Symbol.asyncDispose]();
  await source.drop();
  await workplace[Symbol.asyncDispose]();
});

const rows = (text: string): Promise<object[]> =>
  connected(prepared.scratch.url, async client => (await client.query<object>(text)).rows);

/** Everything but the rows: tables, indexes, constraints, triggers, rules. */
const schemaOf = (url: string): string => {
  const words = ['--schema-only', '--no-owner', '--no-privileges'];
  const env = toolEnvironment(url);
  const { status, stdout, stderr } = spawnSync(tools.pgDump, words, { encoding: 'utf8', env });
  if (status !== 0) throw new Error(stderr);
  // A word of chance that newer tools begin and end with.
  return stdout.replaceAll(/^\\(un)?restrict .*$/gm, '');
};

test('the schema is whole, in whatever order it was made', () => {
  expect(schemaOf(prepared.scratch.url)).toBe(schemaOf(source.url));
});

test('what is compared are the rows as they were backed up, before the indexes are made', () => {
  expect(report.steps.slice(2)).toEqual(['restoring', 'comparing', 'mending', 'indexing']);
  expect(report.steps.slice(0, 2).sort()).toEqual(['fetching', 'preparing']);
  expect(report.warnings).toEqual([]);
});

test('what was kept of a query is there', async () => {
  expect(await rows('select total::int from summary')).toEqual([{ total: 50 }]);
});

describe('the planner knows', () => {
  test('the columns of every table that has rows', async () => {
    const unknown = await rows(
      `select format('%I.%I', n.nspname, c.relname) from pg_class c join pg_namespace n on n.oid = c.relnamespace
       where n.nspname !~ '^(pg_|information_schema)' and c.relkind in ('r', 'm') and c.reltuples > 0 and c.relnatts > 0
         and not exists (select from pg_statistic s where s.starelid = c.oid)`,
    );
    expect(unknown).toEqual([]);
    expect(await rows(`select reltuples::int from pg_class where relname = 'made'`)).toEqual([
      { reltuples: 50 },
    ]);
  });

  test('what is only known once there are indexes', async () => {
    const late = await rows(
      `select (select count(*)::int from pg_stats where tablename = 'made_squares') as computed,
         (select count(*)::int from pg_statistic_ext_data) as counted,
         (select count(*)::int from pg_stats where tablename = 'summary') as viewed`,
    );
    expect(late).toEqual([{ computed: 1, counted: 1, viewed: 1 }]);
  });
});
