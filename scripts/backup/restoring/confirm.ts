import type { Surroundings } from '../command.ts';
import { BackupFailure } from '../failure.ts';

/**
 * Nobody replaces a database by mistake: its name has to be typed, or given as `--confirm`. There is no plain yes, which
 * fingers and scripts give to anything.
 * @throws {BackupFailure} `not_confirmed`
 */
export const confirm = async (
  { ask, signal }: Pick<Surroundings, 'ask' | 'signal'>,
  name: string,
  given: string | undefined,
): Promise<void> => {
  const typed = given ?? (ask && (await answer(ask('Type the name of the database to go on: '), signal)));
  if (typed === null)
    throw new BackupFailure(
      'refused',
      'not_confirmed',
      `Nothing was done. To replace the database, confirm its name: --confirm ${name}`,
    );
  if (typed.trim() === name) return;
  throw new BackupFailure(
    'refused',
    'not_confirmed',
    `Nothing was done: the database is called ${name}, and "${typed.trim().slice(0, 80)}" was confirmed.`,
  );
};

const answer = async (asked: Promise<string>, signal: AbortSignal): Promise<string> => {
  try {
    return await asked;
  } catch (error) {
    signal.throwIfAborted();
    // Ctrl-C or Ctrl-D at the question reaches the terminal and not the process.
    throw new BackupFailure('interrupted', 'interrupted', 'Nothing was done.', { cause: error });
  }
};
