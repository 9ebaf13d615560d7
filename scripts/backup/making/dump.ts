import type { FileHandle } from 'node:fs/promises';
import { BackupFailure } from '../failure.ts';
import { type PostgresTools, runTool } from '../postgres/postgres-tools.ts';
import type { Report } from '../report.ts';

export interface DumpOrder {
  readonly tools: PostgresTools;
  readonly databaseUrl: string;
  readonly snapshot: string;
  readonly lockTimeoutSeconds: number;
  /** How long pg_dump may write nothing after it has its locks. */
  readonly silenceMs?: number;
}

const SILENCE_MS = 600_000;
const LOOK_EVERY_MS = 100;

const silent = (): BackupFailure =>
  new BackupFailure('unavailable', 'dump_silent', 'pg_dump has stopped writing. Does Postgres still answer?');

/**
 * Dumps one snapshot into an empty file. It is on the disk when this resolves.
 *
 * Into a file and through no pipe, because pg_dump then goes back to note where each table begins: the jobs of a restore
 * find them at once, and take the largest first.
 * @throws {BackupFailure} the signal's reason when that is aborted
 */
export const dumpInto = async (
  file: FileHandle,
  { tools, databaseUrl, snapshot, lockTimeoutSeconds, silenceMs = SILENCE_MS }: DumpOrder,
  report: Report,
  signal: AbortSignal,
): Promise<void> => {
  const stop = new AbortController();
  const silence = setTimeout(() => stop.abort(silent()), silenceMs + lockTimeoutSeconds * 1_000);
  let bytes = 0;
  const look = async (): Promise<void> => {
    const { size } = await file.stat();
    if (size === bytes) return;
    bytes = size;
    silence.refresh();
    report.progress(bytes, null);
  };
  const looking = setInterval(() => void look().catch(() => undefined), LOOK_EVERY_MS);
  try {
    await runTool(
      tools.pgDump,
      [
        '--format=custom',
        // Level 6, its own choice, takes three times as long for a tenth less. Uncompressed, every row is a block.
        '--compress=1',
        `--snapshot=${snapshot}`,
        '--no-owner',
        '--no-privileges',
        '--no-password',
        `--lock-wait-timeout=${lockTimeoutSeconds * 1_000}`,
      ],
      { databaseUrl, signal: AbortSignal.any([signal, stop.signal]), stdout: file.fd },
    );
  } finally {
    clearTimeout(silence);
    clearInterval(looking);
  }
  await file.sync();
};
