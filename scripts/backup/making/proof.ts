import { once } from 'node:events';
import { createZstdDecompress } from 'node:zlib';
import type { Transformation } from '../encryption.ts';
import { BackupFailure } from '../failure.ts';
import type { RunningTool } from '../postgres/postgres-tools.ts';

const PIECE_BYTES = 65_536;

const unreadable = (how: string, cause?: unknown): BackupFailure =>
  new BackupFailure('unusable', 'dump_unreadable', `The dump cannot be read: ${how}`, { cause });

const orUnreadable = async (work: Promise<unknown>): Promise<void> => {
  try {
    await work;
  } catch (error) {
    throw unreadable((error as Error).message, error);
  }
};

/** Never fails: how the program ended tells what it thought of what it was given. */
const give = async ({ stdin, ended }: RunningTool, piece: Uint8Array): Promise<void> => {
  // One that has read all it wants, or has failed, takes no more.
  if (stdin.destroyed || stdin.write(piece)) return;
  await Promise.race([once(stdin, 'drain'), ended]).catch(() => undefined);
};

/**
 * Lets a compressed dump pass, and unpacks it on the way as a restore would, down to the commands for the database. The
 * end comes only when all of it could be read: what is cut off, or was compressed wrongly, is no backup.
 * @param check a `pg_restore` that reads from its input and throws the result away
 * @param dumpBytes how long the dump was, asked when it has ended
 */
export const proveReadable = (check: RunningTool, dumpBytes: () => number): Transformation =>
  async function* (source) {
    // It says nothing, and has not ended before that was heard.
    check.stdout.resume();
    const unpack = createZstdDecompress({ chunkSize: PIECE_BYTES });
    let unpacked = 0;
    const reading = (async () => {
      for await (const piece of unpack as AsyncIterable<Uint8Array>) {
        unpacked += piece.length;
        await give(check, piece);
      }
      check.stdin.end();
    })();
    reading.catch(() => undefined);
    try {
      for await (const piece of source) {
        if (!unpack.write(piece)) await orUnreadable(Promise.race([once(unpack, 'drain'), reading]));
        yield piece;
      }
      unpack.end();
      await orUnreadable(reading);
      await orUnreadable(check.ended);
      if (unpacked !== dumpBytes()) throw unreadable('it is not what was dumped.');
    } finally {
      unpack.destroy();
    }
  };
