import { setTimeout as pause } from 'node:timers/promises';
import { type PostgresTools, runTool } from '../postgres/postgres-tools.ts';
import { connectTo, disconnect, maintenanceUrl, rowsOf } from '../postgres/server.ts';
import type { Report } from '../report.ts';
import type { Scratch } from './scratch.ts';

/**
 * The parts of a dump, in this order. Rows, and the tables and functions that they need; then indexes, the constraints
 * that need one, triggers, rules and the contents of materialised views.
 */
export type Section = 'pre-data' | 'data' | 'post-data';

export interface SectionsOrder {
  readonly tools: PostgresTools;
  /** The dump. */
  readonly path: string;
  readonly sections: readonly Section[];
  readonly scratch: Scratch;
  readonly jobs: number;
  /** What the database will have grown to, about. */
  readonly expectedBytes: number;
}

const LOOK_EVERY_MS = 2_000;

/** Tells how large the database has become, until the signal is aborted. A failure to look is none. */
const tellSize = async (
  { scratch, expectedBytes }: SectionsOrder,
  report: Report,
  signal: AbortSignal,
): Promise<void> => {
  try {
    await pause(LOOK_EVERY_MS, undefined, { signal });
    const client = await connectTo(maintenanceUrl(scratch.url), signal);
    try {
      for (;;) {
        const [row] = await rowsOf<{ bytes: string }>(client, 'select pg_database_size($1) as bytes', [
          scratch.name,
        ]);
        report.progress(Number(row?.bytes), expectedBytes);
        await pause(LOOK_EVERY_MS, undefined, { signal });
      }
    } finally {
      await disconnect(client);
    }
  } catch {
    // It ends like this.
  }
};

/**
 * Has pg_restore put parts of a dump into a database.
 * @throws {BackupFailure} at the first error, whatever it is; the signal's reason when that is aborted
 */
export const restoreSections = async (
  order: SectionsOrder,
  report: Report,
  signal: AbortSignal,
): Promise<void> => {
  const { tools, path, sections, scratch, jobs } = order;
  const over = new AbortController();
  const telling = tellSize(order, report, AbortSignal.any([signal, over.signal]));
  try {
    await runTool(
      tools.pgRestore,
      [
        `--dbname=${scratch.name}`,
        `--jobs=${jobs}`,
        ...sections.map(section => `--section=${section}`),
        '--no-owner',
        '--no-privileges',
        '--no-password',
        '--exit-on-error',
        path,
      ],
      { databaseUrl: scratch.url, signal },
    );
  } finally {
    over.abort();
    await telling;
  }
};
