import { setTimeout as pause } from 'node:timers/promises';
import type pg from 'pg';
import { BackupFailure } from '../failure.ts';
import {
  breakOff,
  connectTo,
  databaseFailure,
  databaseNameOf,
  disconnect,
  maintenanceUrl,
  rowsOf,
} from './server.ts';

export type LockName = 'backup' | 'restore';

export interface HeldLock extends AsyncDisposable {
  /** Aborted, with a BackupFailure, when the lock is lost: whatever it protects must stop. */
  readonly lost: AbortSignal;
}

// A server notices within a moment that a killed holder is gone, and not at once.
const TRIES = 4;
const PAUSE_MS = 150;

const take = async (client: pg.Client, key: string): Promise<boolean> => {
  for (let attempt = 1; ; attempt++) {
    const [answer] = await rowsOf<{ taken: boolean }>(
      client,
      'select pg_try_advisory_lock(hashtextextended($1, 0)) as taken',
      [key],
    );
    if (answer?.taken === true) return true;
    if (attempt === TRIES) return false;
    await pause(PAUSE_MS);
  }
};

/**
 * Makes sure that nobody else backs up or restores this database, from whatever machine. Postgres lets go of the lock
 * when this process or its connection dies, so nothing stale can be left. It is held in the maintenance database, because
 * our own is renamed while it is restored.
 * @throws {BackupFailure} `busy` when somebody else holds it
 */
export const holdLock = async (databaseUrl: string, names: readonly LockName[]): Promise<HeldLock> => {
  const client = await connectTo(maintenanceUrl(databaseUrl));
  const lost = new AbortController();
  let released = false;
  try {
    // In the same order for everybody, so that two cannot each hold one and want the other's.
    for (const name of [...names].sort()) {
      if (await take(client, `daymark:${name}:${databaseNameOf(databaseUrl)}`)) continue;
      throw new BackupFailure(
        'busy',
        'busy',
        `Another ${name} of this database is under way. Nothing was done.`,
      );
    }
  } catch (error) {
    breakOff(client);
    throw databaseFailure(error, databaseUrl, 'taking the lock');
  }
  client.once('end', () => {
    if (!released)
      lost.abort(
        new BackupFailure(
          'unavailable',
          'lock_lost',
          'The connection that held the lock has ended, so this run stops. Try again.',
        ),
      );
  });
  return {
    lost: lost.signal,
    [Symbol.asyncDispose]: async () => {
      released = true;
      await disconnect(client);
    },
  };
};
