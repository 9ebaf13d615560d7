import { createReadStream, createWriteStream } from 'node:fs';
import { open, rename, rm } from 'node:fs/promises';
import { dirname } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { BackupFailure } from '../failure.ts';
import { type DumpOrder, dumpInto } from './dump.ts';
import { Meter } from './meter.ts';
import { readDump } from '../reading/read-dump.ts';
import type { Report } from '../report.ts';
import { together } from '../together.ts';
import type { Transformation } from '../transformation.ts';

/** A dump on this disk, perhaps encrypted, and proven to be what can be restored. */
export interface Archive {
  readonly path: string;
  readonly bytes: number;
  readonly sha256: string;
  readonly dumpBytes: number;
  readonly dumpSha256: string;
}

export interface ArchiveOrder extends DumpOrder {
  readonly recipients: readonly string[];
  /** Where the finished file is to be. */
  readonly path: string;
}

const PIECE_BYTES = 262_144;

/** Takes a while to load, so only those wait for it who want it. */
const encryption = async (recipients: readonly string[]): Promise<Transformation> =>
  (await import('../encryption.ts')).encryptTo(recipients);

/** Measures a dump, encrypted into another file or as it is. */
const pack = async (
  dump: string,
  encrypted: { readonly by: Transformation; readonly path: string } | null,
  signal: AbortSignal,
): Promise<Omit<Archive, 'path'>> => {
  const source = createReadStream(dump, { highWaterMark: PIECE_BYTES });
  const raw = new Meter();
  if (encrypted === null) {
    await pipeline(source, raw.takeAll, { signal });
    const [bytes, sha256] = [raw.bytes, raw.sha256()];
    return { bytes, sha256, dumpBytes: bytes, dumpSha256: sha256 };
  }
  const packed = new Meter();
  // It is on the disk, and not only on its way there, before it is closed.
  const sink = createWriteStream(encrypted.path, { flags: 'wx', mode: 0o600, flush: true });
  await pipeline(source, raw.pass, encrypted.by, packed.pass, sink, { signal });
  return {
    ...{ bytes: packed.bytes, sha256: packed.sha256() },
    ...{ dumpBytes: raw.bytes, dumpSha256: raw.sha256() },
  };
};

/**
 * Dumps one snapshot into a file that has its name only when it is whole, on the disk, and read by pg_restore down to the
 * commands for the database: what is cut off, or was compressed wrongly, is no backup.
 * @throws {BackupFailure} after everything it began is gone: programs and files.
 */
export const makeArchive = async (
  order: ArchiveOrder,
  signal: AbortSignal,
  report: Report,
): Promise<Archive> => {
  const { tools, recipients, path } = order;
  const by = recipients.length === 0 ? null : await encryption(recipients);
  const partial = `${path}.partial`;
  const dump = by === null ? partial : `${path}.plain.partial`;
  const made: string[] = [];
  try {
    {
      await using file = await open(dump, 'wx', 0o600);
      made.push(dump);
      await dumpInto(file, order, report, signal);
    }
    if (by !== null) made.push(partial);
    const [, measured] = await together(signal, [
      either => readDump(tools.pgRestore, dump, either),
      either => pack(dump, by === null ? null : { by, path: partial }, either),
    ]);
    if (by !== null) await rm(dump);
    await rename(partial, path);
    await syncFolder(dirname(path));
    return { path, ...measured };
  } catch (error) {
    for (const each of made) await rm(each, { force: true });
    signal.throwIfAborted();
    throw localFailure(error, path);
  }
};

const syncFolder = async (path: string): Promise<void> => {
  await using folder = await open(path, 'r');
  await folder.sync();
};

const localFailure = (error: unknown, path: string): unknown => {
  const { code = '', message, syscall } = error as NodeJS.ErrnoException;
  const isDumpFull = code === 'disk_full' && message.includes('output file');
  if (isDumpFull || ['ENOSPC', 'EDQUOT', 'EFBIG'].includes(code))
    return new BackupFailure(
      'full',
      'disk_full',
      `The disk is full: ${dirname(path)}. Make room, or set BACKUP_WORK_DIR to another disk.`,
      { cause: error },
    );
  if (error instanceof BackupFailure) return error;
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
