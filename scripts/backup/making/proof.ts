import { once } from 'node:events';
import { BackupFailure } from '../failure.ts';
import type { RunningTool } from '../postgres/postgres-tools.ts';
import type { Transformation } from '../transformation.ts';

/** Never fails: how the program ended tells what it thought of what it was given. */
const give = async ({ stdin, ended }: RunningTool, piece: Uint8Array): Promise<void> => {
  // One that has read all it wants, or has failed, takes no more.
  if (stdin.destroyed || stdin.write(piece)) return;
  await Promise.race([once(stdin, 'drain'), ended]).catch(() => undefined);
};

/**
 * Lets a dump pass, and reads it on the way as a restore would, down to the commands for the database. The end comes only
 * when all of it could be read: what is cut off, or was compressed wrongly, is no backup.
 * @param check a `pg_restore` that reads from its input and throws the result away
 */
export const proveReadable = (check: RunningTool): Transformation =>
  async function* (source) {
    // It says nothing, and has not ended before that was heard.
    check.stdout.resume();
    for await (const piece of source) {
      await give(check, piece);
      yield piece;
    }
    check.stdin.end();
    try {
      await check.ended;
    } catch (error) {
      throw new BackupFailure(
        'unusable',
        'dump_unreadable',
        `The dump cannot be read: ${(error as Error).message}`,
        { cause: error },
      );
    }
  };
