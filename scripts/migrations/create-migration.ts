import { execFileSync } from 'node:child_process';
import { join } from 'node:path';
import { projectRoot } from '../services/project.ts';
import { migrateUp, ormForMigrations } from './migrator.ts';
import { withScratchDatabase } from './scratch-database.ts';

/**
 * Writes the migration that leads from the existing ones to the mappings, and returns its path, or null when nothing has
 * changed. The comparison is made on a database that has seen the migrations and nothing else: on a developer's own,
 * tables that a branch left behind would be dropped or taken for granted.
 */
export const createMigration = (databaseUrl: string, name: string): Promise<string | null> =>
  withScratchDatabase(databaseUrl, async scratchUrl => {
    await migrateUp(scratchUrl);
    const orm = await ormForMigrations(scratchUrl);
    try {
      const { fileName } = await orm.migrator.create(undefined, false, false, name);
      if (fileName === '') return null;
      const path = join('migrations', fileName);
      execFileSync('node_modules/.bin/prettier', ['--write', '--log-level=warn', path], { cwd: projectRoot });
      return path;
    } finally {
      await orm.close();
    }
  });
