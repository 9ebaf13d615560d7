import pg from 'pg';
import { awaitWorker, servedBefore } from './await-worker.ts';
import type { Outcome, Surroundings } from '../command.ts';
import { confirm } from './confirm.ts';
import { replacedAt, undoneName } from './database-names.ts';
import { BackupFailure } from '../failure.ts';
import { holdLock } from '../postgres/lock.ts';
import { mend } from './mend.ts';
import {
  connectTo,
  databaseCalled,
  databaseFailure,
  databaseNameOf,
  disconnect,
  maintenanceUrl,
  rowsOf,
} from '../postgres/server.ts';
import { swapDatabases } from './swap.ts';

/** A kept database takes no connections; it has to before it can be mended, and again when that fails. */
const setOpen = async (databaseUrl: string, name: string, isOpen: boolean): Promise<void> => {
  const client = await connectTo(maintenanceUrl(databaseUrl));
  try {
    const [found] = await rowsOf(client, 'select from pg_database where datname = $1', [name]);
    if (found === undefined)
      throw new BackupFailure('missing', 'kept_missing', `There is no database ${name}. Nothing was done.`);
    await rowsOf(client, `alter database ${pg.escapeIdentifier(name)} allow_connections ${isOpen}`);
  } catch (error) {
    throw databaseFailure(error, databaseUrl, `opening the database ${name}`);
  } finally {
    await disconnect(client);
  }
};

/**
 * Goes back to a database that a restore has kept. For whoever was logged in it is another leap in time, so it is mended
 * like a restored one; the database that it replaces is kept in its turn.
 * @throws {BackupFailure} when nothing has changed
 */
export const undo = async (
  surroundings: Surroundings,
  kept: string,
  confirmed: string | undefined,
): Promise<Outcome> => {
  const { settings, report, signal: ended } = surroundings;
  const { databaseUrl } = settings;
  const live = databaseNameOf(databaseUrl);
  const snapshotAt = replacedAt(live, kept);
  if (snapshotAt === null)
    throw new BackupFailure(
      'usage',
      'wrong_usage',
      `${kept} is no database that a restore of ${live} has kept.`,
    );
  report.step(
    'plan',
    `${kept} becomes ${live} again, as it was at ${snapshotAt.toISOString()}. The present ${live} is kept beside it, closed.`,
  );
  await confirm(surroundings, live, confirmed);

  await using lock = await holdLock(databaseUrl, ['backup', 'restore']);
  const signal = AbortSignal.any([ended, lock.lost]);
  const keepAs = undoneName(live, new Date());
  await setOpen(databaseUrl, kept, true);
  const served = await servedBefore(databaseUrl);
  let hadOne: boolean;
  let repairs: string[];
  try {
    report.step('mending', 'Mending what going back would otherwise bring back');
    const facts = { backupId: kept, snapshotAt, restoredAt: new Date() };
    repairs = await mend(databaseCalled(databaseUrl, kept), facts, signal);
    signal.throwIfAborted();
    report.step('swapping', `Putting it in the place of ${live}`);
    hadOne = await swapDatabases({ databaseUrl, live, replacement: kept, keepAs }, report);
  } catch (error) {
    await setOpen(databaseUrl, kept, false).catch(() => undefined);
    throw error;
  }
  report.step('waiting', 'Waiting for a worker to end old sessions');
  const isHeard = await awaitWorker(databaseUrl, report, ended, served);
  return {
    text: [
      `${live} is what it was at ${snapshotAt.toISOString()} again.`,
      ...repairs,
      ...(isHeard ? [] : ['Old sessions end as soon as a server runs.']),
      ...(hadOne
        ? [
            `The restored database is kept as ${keepAs}, closed. To be rid of it: psql -c 'DROP DATABASE "${keepAs}"' postgres`,
          ]
        : []),
    ].join('\n'),
    data: { database: live, undone: kept, kept: hadOne ? keepAs : null, repairs, sessions_ended: isHeard },
  };
};
