import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { migrationDrift } from '../../scripts/migration-drift.ts';
import { migrateDown, migrateUp, pendingMigrations } from '../../scripts/migrations/migrator.ts';
import { withScratchDatabase } from '../../scripts/migrations/scratch-database.ts';
import { createDatabase } from '../support/database.ts';
import { testServices } from '../support/services.ts';
import { connected } from '../support/template-database.ts';

const onEmptyDatabase = <Result>(action: (url: string) => Promise<Result>) =>
  withScratchDatabase(testServices().maintenanceUrl, action);

/** Everything that can be created in a schema, each as one line; what the mapper keeps for itself left out. */
const everythingIn = (url: string): Promise<readonly string[]> =>
  connected(url, async client => {
    const { rows } = await client.query<{ line: string }>(`
      with mine as (select oid from pg_namespace where nspname = 'public'),
      ours as (select * from pg_class where relnamespace in (select oid from mine)
               and relname not like 'mikro_orm_migrations%')
      select relkind::text || ' ' || relname as line from ours
      union all select 'column ' || relname || '.' || attname || ' ' || format_type(atttypid, atttypmod)
        || (case when attnotnull then ' not null' else '' end)
        from pg_attribute join ours on ours.oid = attrelid and relkind = 'r' where attnum > 0 and not attisdropped
      union all select 'index ' || pg_get_indexdef(indexrelid) from pg_index join ours on ours.oid = indrelid
      union all select 'constraint ' || conname || ' ' || pg_get_constraintdef(pg_constraint.oid)
        from pg_constraint join ours on ours.oid = conrelid
      union all select 'trigger ' || tgname || ' on ' || relname
        from pg_trigger join ours on ours.oid = tgrelid where not tgisinternal
      union all select 'function ' || proname from pg_proc where pronamespace in (select oid from mine)
      union all select 'type ' || typname from pg_type
        where typnamespace in (select oid from mine) and typtype in ('e', 'd', 'r')
      union all select 'extension ' || extname from pg_extension where extname <> 'plpgsql'
      order by line`);
    return rows.map(({ line }) => line);
  });

const files = readdirSync(join(import.meta.dirname, '../../migrations')).filter(file => file.endsWith('.ts'));

test('down leaves nothing: no table, index, function, trigger or type', () =>
  onEmptyDatabase(async url => {
    await migrateUp(url);
    expect(await everythingIn(url)).toContain('r accounts');

    await migrateDown(url, { all: true });

    expect(await everythingIn(url)).toEqual([]);
  }));

test('each migration can be taken back alone, and all made again lead to the same', () =>
  onEmptyDatabase(async url => {
    const wayDown = async (): Promise<readonly (readonly string[])[]> => {
      const states = [await everythingIn(url)];
      for (let left = files.length; left > 0; left--) {
        expect(await migrateDown(url)).toHaveLength(1);
        states.push(await everythingIn(url));
      }
      return states;
    };
    const names = await migrateUp(url);

    const first = await wayDown();
    expect(await pendingMigrations(url)).toEqual(names);
    await migrateUp(url);
    const second = await wayDown();

    expect(names).toHaveLength(files.length);
    expect(second).toEqual(first);
    for (const [index, state] of first.slice(1).entries()) expect(state).not.toEqual(first[index]);
  }));

test('what the migrations lead to is what the mappings say', () =>
  onEmptyDatabase(async url => {
    await migrateUp(url);

    expect(await migrationDrift(url)).toBe('');
  }));

test('a column, an index or a check that the mappings do not know is reported as drift', () =>
  onEmptyDatabase(async url => {
    await migrateUp(url);
    const driftAfter = async (statement: string, undo: string) => {
      await connected(url, client => client.query(statement));
      const drift = await migrationDrift(url);
      await connected(url, client => client.query(undo));
      return drift;
    };

    expect(
      await driftAfter('alter table profiles add column mood text', 'alter table profiles drop column mood'),
    ).toContain('mood');
    expect(await driftAfter('create index stray on accounts (role)', 'drop index stray')).toContain('stray');
    expect(
      await driftAfter(
        'alter table accounts alter column epoch drop not null',
        'alter table accounts alter column epoch set not null',
      ),
    ).toContain('epoch');
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
