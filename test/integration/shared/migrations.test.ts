import { migrationDrift } from '../../../scripts/migration-drift.ts';
import { migrateDown, migrateUp, pendingMigrations } from '../../../scripts/migrations/migrator.ts';
import { withScratchDatabase } from '../../../scripts/migrations/scratch-database.ts';
import { createDatabase } from '../../support/database.ts';
import { testServices } from '../../support/services.ts';
import { connected } from '../../support/template-database.ts';

const onEmptyDatabase = <Result>(action: (url: string) => Promise<Result>) =>
  withScratchDatabase(testServices().maintenanceUrl, action);

const tables = (url: string): Promise<unknown[]> =>
  connected(url, async client => {
    const { rows } = await client.query<Record<string, unknown>>(
      "select table_name from information_schema.tables where table_schema = 'public' order by 1",
    );
    return rows.map(row => row.table_name);
  });

test('the migrations lead up, down to nothing and up again, and end where the mappings are', () =>
  onEmptyDatabase(async url => {
    const applied = await migrateUp(url);
    const schema = await tables(url);

    const reverted = await migrateDown(url, { all: true });
    expect(await tables(url)).toEqual(['mikro_orm_migrations']);

    expect(reverted).toEqual(applied.toReversed());
    expect(await pendingMigrations(url)).toEqual(applied);
    expect(await migrateUp(url)).toEqual(applied);
    expect(await tables(url)).toEqual(schema);
    expect(await migrationDrift(url)).toBe('');
  }));

test('a table that the migrations made otherwise than the mappings say is reported', async () => {
  const database = await createDatabase();
  await connected(database.url, client => client.query('alter table outbox drop column id cascade'));

  expect(await migrationDrift(database.url)).toContain('"outbox"');

  await database.drop();
});

test('two replicas that migrate at the same moment apply each migration once', () =>
  onEmptyDatabase(async url => {
    const both = await Promise.all([migrateUp(url), migrateUp(url)]);

    expect(both.map(names => names.length > 0).sort()).toEqual([false, true]);
    expect(await pendingMigrations(url)).toEqual([]);
  }));
