// Usage: node scripts/migrate.ts [up | down | pending | create NAME], with DATABASE_URL set.
import { readDatabaseUrl } from '../src/configuration.ts';
import { failWith } from './services/report.ts';
import { migrateDown, migrateUp, pendingMigrations } from './migrations/migrator.ts';

const report = (verb: string, names: readonly string[]): void => {
  for (const name of names) console.log(`${verb} ${name}`);
};

const migrate = async (command: string, name: string | undefined): Promise<void> => {
  const databaseUrl = readDatabaseUrl(process.env);

  if (command === 'up') report('Applied', await migrateUp(databaseUrl));
  else if (command === 'down') report('Reverted', await migrateDown(databaseUrl));
  else if (command === 'pending') report('Pending', await pendingMigrations(databaseUrl));
  else if (command === 'create' && name !== undefined && /^[\w-]+$/.test(name)) {
    // Development only: a server is installed without the tools that write migrations.
    const { createMigration } = await import('./migrations/create-migration.ts');
    const path = await createMigration(databaseUrl, name);
    console.log(
      path === null ? 'The mappings have not changed.' : `Wrote ${path}. Read it before you commit it.`,
    );
  } else throw new Error('Usage: node scripts/migrate.ts [up | down | pending | create NAME]');
};

try {
  await migrate(process.argv[2] ?? 'up', process.argv[3]);
} catch (error) {
  failWith(error);
}
