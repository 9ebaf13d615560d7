import type { Duplex } from 'node:stream';
import pg from 'pg';
import { DomainError, Unavailable } from '../domain/domain-error.ts';
import { whenOverdue } from './deadline.ts';

/** How long a request may wait for a connection, and for one statement, before the answer is 503. */
const CONNECT_DEADLINE_MS = 800;
const QUERY_DEADLINE_MS = 750;

/**
 * A client that breaks its connection when a statement is not answered in time. The driver's own deadline would keep
 * the connection busy, so that the rollback behind it waits for the same silent server again; and it would not look
 * for an answer that came while the process stood still.
 */
class ImpatientClient extends pg.Client {
  readonly #deadlineMs: number;

  /** Without `query_timeout`, or with 0, it waits as long as it takes. */
  constructor({ query_timeout = 0, ...config }: pg.ClientConfig = {}) {
    super(config);
    this.#deadlineMs = query_timeout;
  }

  override query(...args: unknown[]): never {
    const query = super.query.bind(this) as (...all: unknown[]) => unknown;
    if (this.#deadlineMs === 0) return query(...args) as never;
    const callOff = whenOverdue(this.#deadlineMs, () => this.#break(new Error('Query read timeout')));
    const callback = args.at(-1);
    if (typeof callback === 'function') {
      const answered = (...answer: unknown[]): void => {
        callOff();
        (callback as (...all: unknown[]) => void)(...answer);
      };
      return query(...args.slice(0, -1), answered) as never;
    }
    const pending = query(...args);
    if (pending instanceof Promise) pending.then(callOff, callOff);
    else callOff();
    return pending as never;
  }

  #break(reason: Error): void {
    (this as unknown as { connection: { stream: Duplex } }).connection.stream.destroy(reason);
  }
}

/**
 * The query builder below the mapper lets go of a transaction's connection only after `begin`, `commit` or `rollback`
 * worked, so one that broke would take up its place in the pool for ever. A broken one leaves by itself.
 */
const releaseBroken = (pool: pg.Pool): void => {
  const inUse = new WeakSet<pg.PoolClient>();
  pool.on('acquire', client => inUse.add(client));
  pool.on('release', (_error, client) => inUse.delete(client));
  pool.on('connect', client => {
    client.once('end', () => {
      if (!inUse.has(client)) return;
      client.release(true);
      // Its holder may let go of it as well, and a second time would be an error.
      client.release = () => undefined;
    });
  });
};

export const poolOptions = (url: string, size: number) => ({
  connectionString: url,
  max: size,
  min: 0,
  idleTimeoutMillis: 30_000,
  connectionTimeoutMillis: CONNECT_DEADLINE_MS,
  query_timeout: QUERY_DEADLINE_MS,
  application_name: 'daymark',
  keepAlive: true,
  Client: ImpatientClient,
  onPoolCreated: releaseBroken,
});

// SQLSTATE classes and codes that mean "the server is unwell", not "the statement is wrong":
// connection exceptions, insufficient resources (disk full, too many connections), operator intervention,
// and a read-only or recovering server.
const UNWELL_STATES = /^(08|53|57|58|25006|3D000)/;
const UNWELL_CODES = new Set([
  'ECONNREFUSED',
  'ECONNRESET',
  'EPIPE',
  'ETIMEDOUT',
  'ENOTFOUND',
  'EHOSTUNREACH',
  'EAI_AGAIN',
]);
const UNWELL_MESSAGES =
  /timeout exceeded when trying to connect|Query read timeout|Connection terminated|Client has encountered a connection error|Client was closed|not queryable|driver has already been destroyed|Cannot use a pool after/i;

const isUnwell = (error: unknown): boolean => {
  for (
    let current = error, depth = 0;
    // Not `instanceof`: the test runner gives errors of the network and ours different `Error` classes.
    Error.isError(current) && depth < 5;
    current = current.cause, depth++
  ) {
    const code = (current as { code?: unknown }).code;
    if (typeof code === 'string' && (UNWELL_STATES.test(code) || UNWELL_CODES.has(code))) return true;
    if (UNWELL_MESSAGES.test(current.message)) return true;
    if (current instanceof AggregateError && current.errors.some(isUnwell)) return true;
  }
  return false;
};

/** Turns "the database is down, frozen or full" into `Unavailable`; anything else passes unchanged. */
export const translateOutage = (error: unknown): unknown =>
  !(error instanceof DomainError) && isUnwell(error)
    ? new Unavailable('The database', { cause: error })
    : error;

// SQLSTATE feature_not_supported: "cached plan must not change result type".
const PLAN_OUTDATED = '0A000';

/** Plain SQL for hot reads and for data without behaviour. Placeholders are `$1`, `$2`, ... */
export class Sql {
  readonly #pool: pg.Pool;

  constructor(pool: pg.Pool) {
    this.#pool = pool;
  }

  /**
   * One statement. Instants come back as `Date`.
   * @throws {Unavailable} when the database is down, frozen or full.
   */
  async query<Row>(text: string, values: readonly unknown[] = []): Promise<Row[]> {
    return this.#run<Row>({ text, values: [...values] });
  }

  /**
   * As `query`, for hot reads: each connection parses and plans the text once, which for a join costs more than the
   * read itself. The text is constant and the only one of its name.
   */
  async prepared<Row>(name: string, text: string, values: readonly unknown[]): Promise<Row[]> {
    try {
      return await this.#run<Row>({ name, text, values: [...values] });
    } catch (error) {
      // A migration has changed a column's type, and this connection's plan is good for nothing any more.
      if ((error as { code?: unknown }).code === PLAN_OUTDATED) return this.query<Row>(text, values);
      throw error;
    }
  }

  async #run<Row>(statement: pg.QueryConfig): Promise<Row[]> {
    try {
      // The default parsers are named because the mapper gives its pool parsers that leave instants as text.
      const result = await this.#pool.query({ ...statement, types: pg.types });
      return result.rows as Row[];
    } catch (error) {
      throw translateOutage(error);
    }
  }

  /** @throws {Unavailable} when the database does not answer. */
  async ping(): Promise<void> {
    await this.query('select 1');
  }
}
