import pg from 'pg';
import { BackupFailure } from '../failure.ts';

const CONNECT_DEADLINE_MS = 10_000;
/** A cable that was pulled is noticed after about this long; the system's own default is two hours. */
const KEEP_ALIVE_MS = 20_000;

const DEFAULT_DATABASE = 'postgres';

export const databaseNameOf = (databaseUrl: string): string =>
  decodeURIComponent(new URL(databaseUrl).pathname.slice(1));

/** The same server, another database. */
export const databaseCalled = (databaseUrl: string, name: string): string => {
  const url = new URL(databaseUrl);
  url.pathname = `/${encodeURIComponent(name)}`;
  return url.href;
};

/** The same server, the database that every server has: for what must not be connected to our own. */
export const maintenanceUrl = (databaseUrl: string): string => databaseCalled(databaseUrl, DEFAULT_DATABASE);

const hostOf = (databaseUrl: string): string => new URL(databaseUrl).host || 'this machine';

interface DatabaseError {
  readonly code?: string;
  readonly message?: string;
}

/**
 * What Postgres or the way to it says, with what an admin can do.
 * `doing` completes "while ...": `connecting`, `reading the tables`.
 */
export const databaseFailure = (error: unknown, databaseUrl: string, doing: string): BackupFailure => {
  if (error instanceof BackupFailure) return error;
  const { code = '', message = String(error) } = error as DatabaseError;
  const [exit, ownCode, text] = explained(code, message, databaseUrl, doing);
  return new BackupFailure(exit, ownCode, redacted(text, databaseUrl), { cause: error });
};

const explained = (
  code: string,
  message: string,
  databaseUrl: string,
  doing: string,
): readonly ['unavailable' | 'full' | 'internal', string, string] => {
  const host = hostOf(databaseUrl);
  if (/^28/.test(code) || /password must be a string|no password/i.test(message))
    return [
      'unavailable',
      'database_refuses_login',
      `Postgres at ${host} refuses the user or the password of DATABASE_URL.`,
    ];
  if (code === '3D000')
    return [
      'unavailable',
      'database_missing',
      `There is no database ${databaseNameOf(databaseUrl)} at ${host}. Look at DATABASE_URL.`,
    ];
  if (code === '53300')
    return [
      'unavailable',
      'too_many_connections',
      `Postgres at ${host} has no connection free. Try again, or raise max_connections.`,
    ];
  if (code === '53100') return ['full', 'database_disk_full', `The disk of Postgres at ${host} is full.`];
  if (code === '42501')
    return [
      'unavailable',
      'not_permitted',
      `While ${doing}: ${message}. The user of DATABASE_URL must own the tables, or be in pg_read_all_data.`,
    ];
  if (code === '55P03')
    return [
      'unavailable',
      'tables_locked',
      `While ${doing}: something else has locked a table, a migration for instance. Try again when it is done.`,
    ];
  if (isConnectionProblem(code, message))
    return [
      'unavailable',
      'database_unreachable',
      `Postgres at ${host} does not answer (while ${doing}): ${message}`,
    ];
  return ['unavailable', 'database_error', `Postgres said while ${doing}: ${message}`];
};

const isConnectionProblem = (code: string, message: string): boolean =>
  /^(08|57P0|ECONN|EPIPE|ETIMEDOUT|ENOTFOUND|EHOSTUNREACH|ENETUNREACH|EAI_)/.test(code) ||
  /timeout expired|timeout exceeded|Query read timeout|Connection terminated|not queryable|Client was closed/i.test(
    message,
  );

/** The text without the password of the URL, as it is written there and as it is meant. */
export const redacted = (text: string, databaseUrl: string): string => {
  const { password } = new URL(databaseUrl);
  return [password, decodeURIComponent(password)]
    .filter(secret => secret !== '')
    .reduce((rest, secret) => rest.replaceAll(secret, '***'), text)
    .replaceAll(/(postgres(?:ql)?:\/\/[^:@/\s]*):[^@/\s]*@/g, '$1:***@');
};

const ANSWER_DEADLINE_MS = 10_000;

/** One statement and its rows. It fails when the server says nothing for longer than the deadline. */
export const rowsOf = async <Row extends pg.QueryResultRow>(
  client: pg.ClientBase,
  text: string,
  values: readonly unknown[] = [],
  deadlineMs = ANSWER_DEADLINE_MS,
): Promise<Row[]> => {
  // The driver takes a deadline for each query; its types know only the one for all.
  const query: pg.QueryConfig & { query_timeout: number } = {
    text,
    values: [...values],
    query_timeout: deadlineMs,
  };
  return (await client.query<Row>(query)).rows;
};

/** Ends a connection at once, whatever it is busy with; the server notices within seconds. */
export const breakOff = (client: pg.Client): void => {
  (client as unknown as { connection: { stream: { destroy(): void } } }).connection.stream.destroy();
};

/** Says goodbye, but does not wait for a server that does not answer any more. */
export const disconnect = async (client: pg.Client): Promise<void> => {
  const timer = setTimeout(() => breakOff(client), 1_000);
  try {
    await client.end();
  } catch {
    // It had ended by itself.
  } finally {
    clearTimeout(timer);
  }
};

/**
 * A connection that ends when the signal is aborted. Whoever asked for it ends it with `disconnect`.
 * @throws {BackupFailure} `unavailable` within ten seconds; the signal's reason when that is aborted.
 */
export const connectTo = async (databaseUrl: string, signal?: AbortSignal): Promise<pg.Client> => {
  signal?.throwIfAborted();
  const client = new pg.Client({
    connectionString: databaseUrl,
    connectionTimeoutMillis: CONNECT_DEADLINE_MS,
    application_name: 'daymark-backup',
    keepAlive: true,
    keepAliveInitialDelayMillis: KEEP_ALIVE_MS,
  });
  // A query that is under way fails by itself; a connection that breaks in between fails at the next query.
  client.on('error', () => undefined);
  const stop = (): void => breakOff(client);
  signal?.addEventListener('abort', stop, { once: true });
  client.once('end', () => signal?.removeEventListener('abort', stop));
  try {
    await client.connect();
    // Lets the server end a long query whose asker has gone. Not every system knows how to.
    await client.query(`set client_connection_check_interval = '2s'`).catch(() => undefined);
    signal?.throwIfAborted();
    return client;
  } catch (error) {
    breakOff(client);
    signal?.throwIfAborted();
    throw databaseFailure(error, databaseUrl, 'connecting');
  }
};
