import { setTimeout as pause } from 'node:timers/promises';
import pg from 'pg';
import { carryOver } from './carry-over.ts';
import { BackupFailure } from '../failure.ts';
import type { Report } from '../report.ts';
import {
  breakOff,
  connectTo,
  databaseFailure,
  disconnect,
  maintenanceUrl,
  rowsOf,
} from '../postgres/server.ts';
import { describeSession, evictFrom, type Session } from './sessions.ts';

export interface SwapOrder {
  /** Of the server; the database in it does not matter. */
  readonly databaseUrl: string;
  /** The name that is given to the replacement. */
  readonly live: string;
  readonly replacement: string;
  /** The name that the present `live` is kept under, closed for connections. */
  readonly keepAs: string;
}

const TRIES = 2;
// A rename waits five seconds for sessions to go, and there are two.
const STATEMENT_DEADLINE_MS = 20_000;
const LOOKS = 20;
const LOOK_EVERY_MS = 500;

const WORTH_A_TRY: readonly string[] = ['database_in_use', 'database_unreachable'];

const IN_USE = '55006';
const NOT_LOCKED = '55P03';

interface Place {
  readonly live: number | null;
  readonly replacement: number;
}

const codeOf = (error: unknown): string => (error as { code?: string }).code ?? '';

const find = async (client: pg.Client, order: SwapOrder): Promise<Place> => {
  const rows = await rowsOf<{ oid: number; name: string }>(
    client,
    'select oid, datname as name from pg_database where datname = any ($1)',
    [[order.live, order.replacement]],
  );
  const oidOf = (name: string): number | null => rows.find(row => row.name === name)?.oid ?? null;
  const replacement = oidOf(order.replacement);
  if (replacement === null)
    throw new BackupFailure(
      'unavailable',
      'replacement_gone',
      `The database ${order.replacement} is gone. Nothing has changed; try again.`,
    );
  return { live: oidOf(order.live), replacement };
};

/** Only whoever made one may say how it ends, and until then nothing can be renamed. */
const refusePrepared = async (client: pg.Client, { live, replacement }: SwapOrder): Promise<void> => {
  const found = await rowsOf<{ gid: string; database: string }>(
    client,
    'select gid, database from pg_prepared_xacts where database = any ($1) order by gid',
    [[live, replacement]],
  );
  if (found.length === 0) return;
  const statements = found.map(({ gid }) => `ROLLBACK PREPARED ${pg.escapeLiteral(gid)};`).join(' ');
  throw new BackupFailure(
    'unavailable',
    'prepared_transactions',
    `The database ${live} has prepared transactions, and cannot be replaced before they end. Nothing has changed. End them in it, for instance: ${statements}`,
  );
};

const rename = async (
  client: pg.Client,
  { live, replacement, keepAs }: SwapOrder,
  place: Place,
): Promise<string[]> => {
  const run = (statement: string) => rowsOf(client, statement, [], STATEMENT_DEADLINE_MS);
  const [name, next, kept] = [live, replacement, keepAs].map(each => pg.escapeIdentifier(each));
  await run('begin');
  // What was restored in a hurry must be on the disk when this is.
  await run('set local synchronous_commit = on');
  await run(`set local lock_timeout = '5s'`);
  await run('set local statement_timeout = 0');
  const problems = place.live === null ? [] : await carryOver(client, place.live, replacement);
  if (place.live !== null) await run(`alter database ${name} rename to ${kept}`);
  await run(`alter database ${next} rename to ${name}`);
  if (place.live !== null) await run(`alter database ${kept} allow_connections false`);
  await run('commit');
  return problems;
};

/** After an answer was lost: a database keeps its number whatever its name. */
const hasHappened = async (url: string, { live }: SwapOrder, { replacement }: Place): Promise<boolean> => {
  for (let look = 1; ; look++)
    try {
      const client = await connectTo(url);
      try {
        const [row] = await rowsOf<{ name: string }>(
          client,
          'select datname as name from pg_database where oid = $1',
          [replacement],
        );
        return row?.name === live;
      } finally {
        await disconnect(client);
      }
    } catch (error) {
      if (look === LOOKS)
        throw new BackupFailure(
          'unavailable',
          'swap_unknown',
          `The connection broke while the databases were swapped. Either nothing has changed or everything: look with psql --list whether ${live} is the new one.`,
          { cause: error },
        );
      await pause(LOOK_EVERY_MS);
    }
};

const tryOnce = async (url: string, order: SwapOrder): Promise<{ place: Place; problems: string[] }> => {
  const client = await connectTo(url);
  let place: Place | null = null;
  let stubborn: readonly Session[] = [];
  try {
    place = await find(client, order);
    await refusePrepared(client, order);
    const databases = [place.replacement, ...(place.live === null ? [] : [place.live])];
    await using eviction = await evictFrom(url, databases);
    try {
      return { place, problems: await rename(client, order, place) };
    } finally {
      stubborn = eviction.stubborn();
    }
  } catch (error) {
    breakOff(client);
    const failure = failureOf(error, order, stubborn);
    // An answer of the server is one: it has rolled back.
    if (place === null || failure.code !== 'database_unreachable') throw failure;
    if (await hasHappened(url, order, place)) return { place, problems: [] };
    throw failure;
  } finally {
    await disconnect(client);
  }
};

const failureOf = (error: unknown, order: SwapOrder, stubborn: readonly Session[]): BackupFailure => {
  if (![IN_USE, NOT_LOCKED].includes(codeOf(error)))
    return databaseFailure(error, order.databaseUrl, 'swapping the databases');
  const who =
    stubborn.length === 0
      ? ''
      : ` The user of DATABASE_URL may not end these: ${stubborn.map(describeSession).join(', ')}. A superuser can: SELECT pg_terminate_backend(pid);`;
  return new BackupFailure(
    'unavailable',
    'database_in_use',
    `The database ${order.live} cannot be replaced while somebody uses it. Nothing has changed.${who}`,
    { cause: error },
  );
};

/**
 * Puts one database in the place of another, in one transaction: everybody sees the old one or the new one, whatever
 * dies meanwhile. Sessions in both are ended; whoever connects meanwhile waits, and gets the new one at the next try.
 * Takes no signal, because what is begun here ends within seconds.
 * @returns whether there was a `live` database to keep
 * @throws {BackupFailure} when nothing has changed; `swap_unknown` when that cannot be known
 */
export const swapDatabases = async (order: SwapOrder, report: Report, tries = TRIES): Promise<boolean> => {
  const url = maintenanceUrl(order.databaseUrl);
  for (let nth = 1; ; nth++)
    try {
      const { place, problems } = await tryOnce(url, order);
      for (const problem of problems)
        report.warn('not_carried_over', `The new database does not have what the old one had: ${problem}`);
      return place.live !== null;
    } catch (error) {
      if (nth === tries || !WORTH_A_TRY.includes((error as BackupFailure).code)) throw error;
      report.warn('swap_repeated', `${(error as BackupFailure).message} Trying again.`);
    }
};
