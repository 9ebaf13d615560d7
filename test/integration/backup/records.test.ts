import { history, recordRun, type RunRecord } from '../../../scripts/backup/records.ts';
import { HeardReport } from '../../support/backups.ts';
import { createDatabase, type TestDatabase } from '../../support/database.ts';
import { databaseUrl } from '../../support/template-database.ts';

let database: TestDatabase;
let report: HeardReport;

beforeEach(async () => {
  database = await createDatabase();
  report = new HeardReport();
});
afterEach(async () => {
  await database.drop();
});

const at = (hour: number): Date => new Date(Date.UTC(2026, 2, 29, hour, 0, 0, 123));
const aRun = (hour: number, change: Partial<RunRecord> = {}): RunRecord => ({
  kind: 'backup',
  outcome: 'done',
  backupId: `20260329T0${hour}0000Z-00000000`,
  startedAt: at(hour),
  finishedAt: at(hour),
  failure: null,
  bytes: 5_000_000_000,
  rows: { 'public.accounts': 3 },
  ...change,
});

test('what was recorded is read as it was, newest first, of one kind and of one outcome', async () => {
  const failed = aRun(2, {
    outcome: 'failed',
    failure: 'disk_full',
    backupId: null,
    bytes: null,
    rows: null,
  });
  for (const run of [aRun(3), aRun(1), failed, aRun(4, { kind: 'drill' })])
    await recordRun(database.url, run, report);

  expect(await history(database.url, 'backup', 10)).toEqual([aRun(3), failed, aRun(1)]);
  expect(await history(database.url, 'backup', 10, 'done')).toEqual([aRun(3), aRun(1)]);
  expect(await history(database.url, 'backup', 1, 'failed')).toEqual([failed]);
  expect(await history(database.url, 'drill', 10)).toHaveLength(1);
  expect(await history(database.url, 'restore', 10)).toEqual([]);
  expect(report.warnings).toEqual([]);
});

test('what cannot be recorded is a warning, without the password', async () => {
  const url = databaseUrl(database.url, 'not_there');

  await recordRun(url, aRun(1), report);
  await recordRun(database.url, aRun(1, { kind: 'other' as never }), report);

  expect(report.warnings.map(({ code }) => code)).toEqual(['not_recorded', 'not_recorded']);
  expect(JSON.stringify(report.warnings)).not.toContain(new URL(url).password);
});

test('history that cannot be read is a failure', async () => {
  await expect(history(databaseUrl(database.url, 'not_there'), 'backup', 1)).rejects.toMatchObject({
    code: 'database_missing',
  });
});
