import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { projectRoot } from '../../services/project.ts';
import { BackupFailure } from '../failure.ts';
import type { Manifest } from '../manifest.ts';

/** The migrations that this build has, as the database names them, oldest first. */
const buildMigrations = (): string[] =>
  readdirSync(join(projectRoot, 'migrations'))
    .filter(name => /^Migration.*\.ts$/.test(name))
    .map(name => name.replace(/\.ts$/, ''))
    .sort();

/**
 * The migrations that will be applied to the backup.
 * @throws {BackupFailure} `newer_than_code` for a backup that has seen migrations which this build does not know
 */
export const migrationsToAdd = ({ id, migrations }: Manifest): string[] => {
  const known = buildMigrations();
  const unknown = migrations.filter(name => !known.includes(name));
  if (unknown.length > 0)
    throw new BackupFailure(
      'unusable',
      'newer_than_code',
      `Backup ${id} was made by a newer build: this one does not know ${unknown.join(', ')}. Use the build that made it, or a newer one.`,
    );
  return known.filter(name => !migrations.includes(name));
};
