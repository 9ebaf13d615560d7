import { Writable } from 'node:stream';
import { BackupFailure } from '../failure.ts';
import type { Manifest } from '../manifest.ts';
import { findTools, runTool } from '../postgres/postgres-tools.ts';

/** The tools that can read the dump: those of the program that wrote it, or newer. */
export const pgRestoreFor = ({ archive, database }: Manifest): string => {
  const writtenBy = Number(/\d+/.exec(archive.made_by)?.[0] ?? 0) * 10_000;
  return findTools(Math.max(writtenBy, database.server_version)).pgRestore;
};

/**
 * Reads the whole dump without a server: a list of what is in it would be shown even of one that is cut.
 * @throws {BackupFailure} `dump_unreadable`
 */
export const readDump = async (pgRestore: string, path: string, signal: AbortSignal): Promise<void> => {
  await runTool(pgRestore, ['--file=/dev/null', path], { signal }).catch(unreadable(signal));
};

/**
 * Counts the rows of every table in the dump.
 * @returns how they differ from the manifest, one line each.
 * @throws {BackupFailure} `dump_unreadable`
 */
export const countRows = async (
  path: string,
  manifest: Manifest,
  signal: AbortSignal,
): Promise<readonly string[]> => {
  const counter = new RowCounter();
  const stdout = new Writable({
    write: (piece: Buffer, _encoding, done) => {
      counter.add(piece);
      done();
    },
  });
  await runTool(pgRestoreFor(manifest), ['--data-only', '--file=-', path], { signal, stdout }).catch(
    unreadable(signal),
  );
  return manifest.inventory.tables
    .filter(({ name, rows }) => (counter.rows.get(name) ?? 0) !== rows)
    .map(({ name, rows }) => `${name} has ${counter.rows.get(name) ?? 0} rows instead of ${rows}`);
};

const unreadable =
  (signal: AbortSignal) =>
  (error: unknown): never => {
    if (signal.aborted) throw signal.reason;
    if (error instanceof BackupFailure && error.code !== 'pg_restore_failed') throw error;
    throw new BackupFailure(
      'unusable',
      'dump_unreadable',
      `The dump cannot be read: ${(error as Error).message}`,
    );
  };

const LINE_END = 10;
/** Of a table with as many columns as there can be. */
const LONGEST_COPY = 200_000;
const END_OF_ROWS = '\\.';
const IDENTIFIER = '("(?:[^"]|"")+"|[^" .]+)';
const COPY = new RegExp(`^COPY ${IDENTIFIER}\\.${IDENTIFIER} (?:\\(.*\\))? FROM stdin;$`);

/** Counts lines between `COPY ... FROM stdin;` and `\.`; of the lines themselves it keeps no more than it needs. */
class RowCounter {
  readonly rows = new Map<string, number>();
  #table: string | null = null;
  #line = '';

  add(piece: Buffer): void {
    for (let at = 0; at < piece.length;) {
      const found = piece.indexOf(LINE_END, at);
      const end = found < 0 ? piece.length : found;
      const room = this.#table === null ? LONGEST_COPY : END_OF_ROWS.length + 1;
      this.#line += piece.toString('latin1', at, Math.min(end, at + room - this.#line.length));
      if (found < 0) return;
      this.#take(this.#line);
      this.#line = '';
      at = found + 1;
    }
  }

  #take(line: string): void {
    if (this.#table === null) this.#table = tableIn(line);
    else if (line === END_OF_ROWS) this.#table = null;
    else this.rows.set(this.#table, (this.rows.get(this.#table) ?? 0) + 1);
  }
}

/** As the manifest calls it. */
const tableIn = (line: string): string | null => {
  const [, schema, table] = COPY.exec(line) ?? [];
  if (schema === undefined || table === undefined) return null;
  const name = [schema, table].map(each => each.replaceAll(/^"|"$/g, '').replaceAll('""', '"')).join('.');
  return Buffer.from(name, 'latin1').toString();
};
