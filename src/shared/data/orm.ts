import { Migrator } from '@mikro-orm/migrations';
import { type AnyEntity, defineConfig, type EntitySchema } from '@mikro-orm/postgresql';
import { OutageAwareDriver } from './outage-aware-driver.ts';
import { poolOptions } from './postgres.ts';

export type Mapping = EntitySchema<AnyEntity>;

/** How the mapper is set up, for the server, the migrations and the tests alike. It connects at the first query. */
export const ormOptions = (databaseUrl: string, poolSize: number, mappings: readonly Mapping[]) =>
  defineConfig({
    driver: OutageAwareDriver,
    clientUrl: databaseUrl,
    // Otherwise the first use asks whether the database exists, and a server could not start before Postgres.
    ensureDatabase: false,
    entities: [...mappings],
    extensions: [Migrator],
    driverOptions: poolOptions(databaseUrl, poolSize),
    // The mapper would otherwise run constructors to guess column defaults from field initialisers.
    discovery: { inferDefaultValues: false },
    // Functions stand in migrations alone; those of triggers belong to their mappings.
    schemaGenerator: { ignoreRoutines: true },
    migrations: {
      path: 'migrations',
      // A migration that cannot be undone alone is two migrations.
      allOrNothing: false,
    },
  });
