import { MikroORM } from '@mikro-orm/postgresql';
import pg from 'pg';
import { mappings } from '../../src/mappings.ts';
import { ormOptions } from '../../src/shared/data/orm.ts';
import { projectRoot } from '../services/project.ts';

// Any number will do as long as it stays: advisory locks are counted per database.
const LOCK = 7_316_004;

/**
 * The mapper without the deadlines of the server, for statements that may take minutes, and without a snapshot file:
 * differences are always taken from a real database, so nothing can go stale or conflict in a merge.
 */
export const ormForMigrations = (databaseUrl: string) => {
  const options = ormOptions(databaseUrl, 2, mappings);
  return MikroORM.init({
    ...options,
    baseDir: projectRoot,
    driverOptions: { ...options.driverOptions, connectionTimeoutMillis: 10_000, query_timeout: 0 },
    migrations: { ...options.migrations, snapshot: false, silent: true },
  });
};

/** Runs the action while no other process changes the schema of this database; the others wait. */
const alone = async <Result>(databaseUrl: string, action: () => Promise<Result>): Promise<Result> => {
  const client = new pg.Client({ connectionString: databaseUrl, connectionTimeoutMillis: 10_000 });
  client.on('error', () => undefined);
  await client.connect();
  try {
    await client.query('select pg_advisory_lock($1)', [LOCK]);
    return await action();
  } finally {
    // The lock goes with the connection.
    await client.end();
  }
};

const withMigrator = <Result>(
  databaseUrl: string,
  action: (orm: Awaited<ReturnType<typeof ormForMigrations>>) => Promise<Result>,
): Promise<Result> =>
  alone(databaseUrl, async () => {
    const orm = await ormForMigrations(databaseUrl);
    try {
      return await action(orm);
    } finally {
      await orm.close();
    }
  });

const names = (migrations: readonly { readonly name: string }[]): string[] =>
  migrations.map(({ name }) => name);

/** Applies what is pending and returns the names. Several processes may call this at once: one works, all wait. */
export const migrateUp = (databaseUrl: string): Promise<string[]> =>
  withMigrator(databaseUrl, async orm => names(await orm.migrator.up()));

/** Reverts the newest migration, or all of them, and returns the names. */
export const migrateDown = (databaseUrl: string, { all = false } = {}): Promise<string[]> =>
  withMigrator(databaseUrl, async orm => names(await orm.migrator.down(all ? { to: 0 } : undefined)));

/** The names of migrations that this database has not seen. */
export const pendingMigrations = (databaseUrl: string): Promise<string[]> =>
  withMigrator(databaseUrl, async orm => names(await orm.migrator.getPending()));
