import { setTimeout as pause } from 'node:timers/promises';
import { DATABASE_RESTORED } from '../../../src/shared/domain/events.ts';
import type { Report } from '../report.ts';
import {
  connectTo,
  databaseFailure,
  databaseNameOf,
  disconnect,
  maintenanceUrl,
  rowsOf,
} from '../postgres/server.ts';

/** As the server calls its connections. */
const SERVER = 'daymark';

const EVERY_MS = 100;
const PATIENCE_MS = 30_000;

/** A worker looks every second, so one that runs is connected, and comes back after an outage as soon. */
const NOBODY_AFTER_MS = { served: 5_000, unknown: 5_000, unserved: 0 } as const;

/** Whether a server was at work on a database, before it was swapped. */
export type Served = keyof typeof NOBODY_AFTER_MS;

export const servedBefore = async (databaseUrl: string): Promise<Served> => {
  try {
    const client = await connectTo(maintenanceUrl(databaseUrl));
    try {
      const [row] = await rowsOf<{ is_there: boolean; sessions: number }>(
        client,
        `select exists (select from pg_database where datname = $1) as is_there,
           (select count(*)::int from pg_stat_activity where datname = $1 and application_name = $2) as sessions`,
        [databaseNameOf(databaseUrl), SERVER],
      );
      if (row?.is_there !== true) return 'unknown';
      return row.sessions > 0 ? 'served' : 'unserved';
    } finally {
      await disconnect(client);
    }
  } catch {
    return 'unknown';
  }
};

const STATE = `select exists (select from outbox where type = $1) as is_waiting,
  exists (select from pg_stat_activity
    where datname = current_database() and pid <> pg_backend_pid() and application_name = '${SERVER}') as is_served`;

/**
 * Waits until a worker has heard of the restore and has ended what lives outside the database, such as sessions in
 * Redis. Gives up soon where no server runs.
 * @returns whether it was heard. If not, it will be when a server runs.
 */
export const awaitWorker = async (
  databaseUrl: string,
  report: Report,
  signal: AbortSignal,
  before: Served,
): Promise<boolean> => {
  const began = performance.now();
  try {
    const client = await connectTo(databaseUrl, signal);
    try {
      for (let lastSeen = began; !signal.aborted;) {
        const [state] = await rowsOf<{ is_waiting: boolean; is_served: boolean }>(client, STATE, [
          DATABASE_RESTORED,
        ]);
        if (state?.is_waiting === false) return true;
        const now = performance.now();
        if (state?.is_served === true) lastSeen = now;
        if (now - began > PATIENCE_MS || now - lastSeen > NOBODY_AFTER_MS[before]) break;
        await pause(EVERY_MS, undefined, { signal }).catch(() => undefined);
      }
    } finally {
      await disconnect(client);
    }
  } catch (error) {
    if (!signal.aborted) {
      const { message } = databaseFailure(error, databaseUrl, 'waiting for a worker');
      report.warn('worker_unknown', message);
    }
  }
  return false;
};
