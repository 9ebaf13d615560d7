import { ormForMigrations } from './migrations/migrator.ts';

/** The SQL that would bring a migrated database to what the mappings say. Empty when they agree. */
export const migrationDrift = async (databaseUrl: string): Promise<string> => {
  const orm = await ormForMigrations(databaseUrl);
  try {
    return (await orm.schema.getUpdateSchemaSQL({ wrap: false })).trim();
  } finally {
    await orm.close();
  }
};
