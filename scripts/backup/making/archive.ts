import { createWriteStream } from 'node:fs';
import { open, rename, rm } from 'node:fs/promises';
import { dirname } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { BackupFailure } from '../failure.ts';
import { Meter } from './meter.ts';
import { type PostgresTools, startTool } from '../postgres/postgres-tools.ts';
import { proveReadable } from './proof.ts';
import type { Report } from '../report.ts';
import { type Transformation, unchanged } from '../transformation.ts';

/** A dump on this disk, perhaps encrypted, and proven to be what pg_dump wrote. */
export interface Archive {
  readonly path: string;
  readonly bytes: number;
  readonly sha256: string;
  readonly dumpBytes: number;
  readonly dumpSha256: string;
}

export interface DumpOrder {
  readonly tools: PostgresTools;
  readonly databaseUrl: string;
  readonly snapshot: string;
  readonly lockTimeoutSeconds: number;
  readonly recipients: readonly string[];
  /** Where the finished file is to be. */
  readonly path: string;
  /** How long pg_dump may write nothing after it has its locks. */
  readonly silenceMs?: number;
}

const SILENCE_MS = 600_000;
const PIECE_BYTES = 262_144;

const startDump = ({ tools, databaseUrl, snapshot, lockTimeoutSeconds }: DumpOrder, signal: AbortSignal) =>
  startTool(
    tools.pgDump,
    [
      '--format=custom',
      // Level 6, its own choice, takes three times as long for a tenth less. Uncompressed, every row is a block of its
      // own, and each job of a restore goes from block to block to find its tables.
      '--compress=1',
      `--snapshot=${snapshot}`,
      '--no-owner',
      '--no-privileges',
      '--no-password',
      `--lock-wait-timeout=${lockTimeoutSeconds * 1_000}`,
    ],
    { databaseUrl, signal },
  );

/** Takes a while to load, so only those wait for it who want it. */
const encryption = async (recipients: readonly string[]): Promise<Transformation> =>
  (await import('../encryption.ts')).encryptTo(recipients);

/** Reads a dump as a restore would, and throws the result away: it finds what is cut off or does not fit together. */
const startCheck = ({ tools }: DumpOrder, signal: AbortSignal) =>
  startTool(tools.pgRestore, ['--file=/dev/null'], { signal });

/**
 * Dumps one snapshot into a file that has its name only when it is whole.
 * @throws {BackupFailure} after everything it began is gone: programs and files.
 */
export const makeArchive = async (
  order: DumpOrder,
  signal: AbortSignal,
  report: Report,
): Promise<Archive> => {
  const { recipients, path, lockTimeoutSeconds, silenceMs = SILENCE_MS } = order;
  const partial = `${path}.partial`;
  const stop = new AbortController();
  const running = AbortSignal.any([signal, stop.signal]);
  const silence = setTimeout(
    () =>
      stop.abort(
        new BackupFailure(
          'unavailable',
          'dump_silent',
          'pg_dump has stopped writing. Does Postgres still answer?',
        ),
      ),
    silenceMs + lockTimeoutSeconds * 1_000,
  );
  const [dump, check] = [startDump(order, running), startCheck(order, running)];
  const [raw, packed] = [new Meter(), new Meter()];
  const dumped = async function* (): AsyncGenerator<Uint8Array> {
    for await (const piece of dump.stdout as AsyncIterable<Uint8Array>) {
      silence.refresh();
      raw.add(piece);
      report.progress(raw.bytes, null);
      yield piece;
    }
    // The end of its output is no sign of success.
    await dump.ended;
  };
  try {
    // It is on the disk, and not only on its way there, before it is closed.
    const sink = createWriteStream(partial, {
      flags: 'wx',
      mode: 0o600,
      flush: true,
      highWaterMark: PIECE_BYTES,
    });
    const proved = proveReadable(check);
    const encrypted = recipients.length === 0 ? unchanged : await encryption(recipients);
    await pipeline(dumped, proved, encrypted, packed.pass, sink, { signal: running });
    await rename(partial, path);
    await syncFolder(dirname(path));
  } catch (error) {
    const reason: unknown = running.aborted ? running.reason : error;
    stop.abort(reason);
    await Promise.allSettled([dump.ended, check.ended]);
    if ((reason as NodeJS.ErrnoException).code !== 'EEXIST') await rm(partial, { force: true });
    throw localFailure(reason, path);
  } finally {
    clearTimeout(silence);
  }
  return {
    path,
    bytes: packed.bytes,
    sha256: packed.sha256(),
    dumpBytes: raw.bytes,
    dumpSha256: raw.sha256(),
  };
};

const syncFolder = async (path: string): Promise<void> => {
  await using folder = await open(path, 'r');
  await folder.sync();
};

const localFailure = (error: unknown, path: string): unknown => {
  if (error instanceof BackupFailure) return error;
  const { code = '', message, syscall } = error as NodeJS.ErrnoException;
  if (['ENOSPC', 'EDQUOT', 'EFBIG'].includes(code))
    return new BackupFailure(
      'full',
      'disk_full',
      `The disk is full: ${dirname(path)}. Make room, or set BACKUP_WORK_DIR to another disk.`,
      { cause: error },
    );
  if (code === 'EEXIST')
    return new BackupFailure(
      'unavailable',
      'file_exists',
      `${path}.partial is there already. Take it away and try again.`,
    );
  return syscall === undefined
    ? error
    : new BackupFailure(
        'unavailable',
        'disk_failed',
        `${dirname(path)} (BACKUP_WORK_DIR) fails: ${message}`,
        { cause: error },
      );
};
