import { BackupFailure } from '../failure.ts';
import { databaseFailure } from '../postgres/server.ts';

/**
 * Applies the migrations that a backup does not have yet. The migrator takes no signal: what it still does is ended with
 * the database that it does it to.
 * @returns what was applied
 * @throws {BackupFailure} `migration_failed`; the signal's reason when that is aborted
 */
export const migrateRestored = async (
  databaseUrl: string,
  signal: AbortSignal,
): Promise<readonly string[]> => {
  // Loaded when it is needed: the mapper is by far the largest part of this program.
  const { migrateUp } = await import('../../migrations/migrator.ts');
  const migrating = migrateUp(databaseUrl);
  const stopped = Promise.withResolvers<never>();
  const stop = (): void => stopped.reject(signal.reason);
  signal.addEventListener('abort', stop, { once: true });
  try {
    signal.throwIfAborted();
    return await Promise.race([migrating, stopped.promise]);
  } catch (error) {
    migrating.catch(() => undefined);
    signal.throwIfAborted();
    const { message } = databaseFailure(error, databaseUrl, 'migrating');
    throw new BackupFailure(
      'unusable',
      'migration_failed',
      `The restored data cannot be migrated: ${message}`,
      { cause: error },
    );
  } finally {
    signal.removeEventListener('abort', stop);
  }
};
