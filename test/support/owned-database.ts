import { randomBytes } from 'node:crypto';
import { createDatabase, type TestDatabase } from './database.ts';
import { testServices } from './services.ts';
import { connected, databaseUrl } from './template-database.ts';

export interface OwnedDatabase extends TestDatabase {
  readonly name: string;
  readonly owner: string;
  /** As a superuser, whom the owner has no power over. */
  readonly superuserUrl: string;
  /** The same server and owner, another database. */
  called(name: string): string;
}

// Sequences and indexes follow their tables.
const OWN_EVERYTHING = `do $$ declare statement text; begin
  for statement in
    select format('alter table %s owner to %I', oid::regclass, 'OWNER') from pg_class
    where relnamespace = 'public'::regnamespace and relkind in ('r', 'p', 'v', 'm')
    union all
    select format('alter routine %s owner to %I', oid::regprocedure, 'OWNER') from pg_proc
    where pronamespace = 'public'::regnamespace
  loop execute statement; end loop; end $$`;

/** As `createDatabase`, of a role that may make databases and nothing else, as an admin should have it. */
export const createOwnedDatabase = async (): Promise<OwnedDatabase> => {
  const database = await createDatabase();
  const { maintenanceUrl } = testServices();
  const name = new URL(database.url).pathname.slice(1);
  const owner = `owner_${randomBytes(6).toString('hex')}`;
  const run = (statement: string) => connected(maintenanceUrl, client => client.query(statement));
  await run(`create role ${owner} login createdb password 'p%40ss of ${owner}'`);
  await run(`alter database ${name} owner to ${owner}`);
  await connected(database.url, client => client.query(OWN_EVERYTHING.replaceAll('OWNER', owner)));
  const called = (other: string): string => {
    const url = new URL(databaseUrl(maintenanceUrl, other));
    url.username = owner;
    url.password = encodeURIComponent(`p%40ss of ${owner}`);
    return url.href;
  };
  return {
    ...{ name, owner, superuserUrl: database.url, url: called(name), called },
    drop: async () => {
      const { rows } = await connected(maintenanceUrl, client =>
        client.query<{ name: string }>(
          'select datname as name from pg_database where starts_with(datname, $1)',
          [name],
        ),
      );
      for (const row of rows) await run(`drop database if exists ${row.name} with (force)`);
      await run(`drop owned by ${owner} cascade`);
      await run(`drop role ${owner}`);
    },
  };
};
