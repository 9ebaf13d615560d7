import { createHash } from 'node:crypto';
import { cpSync, existsSync, lchownSync, mkdirSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { findPostgres, type PostgresBinaries } from './postgres-binaries.ts';
import { asOurselves, asServiceUser, canEnter, inUserNamespace, type RunAs } from './unprivileged.ts';

/** Where a private Postgres lives and who runs it. */
export interface PostgresPlace {
  readonly folder: string;
  readonly data: string;
  readonly log: string;
  readonly binaries: PostgresBinaries;
  readonly runAs: RunAs;
}

/** The major version that made the data in a folder, or null when there are none. */
const majorOf = (folder: string): number | null => {
  try {
    return Number(readFileSync(join(folder, 'data/PG_VERSION'), 'utf8'));
  } catch {
    return null;
  }
};

const binariesFor = (folder: string): PostgresBinaries => {
  try {
    return findPostgres(majorOf(folder));
  } catch (error) {
    if (majorOf(folder) === null) throw error;
    throw new Error(
      `${(error as Error).message} Install it, or move ${folder} away to begin with an empty database.`,
      { cause: error },
    );
  }
};

const place = (folder: string, binaries: PostgresBinaries, runAs: RunAs): PostgresPlace => ({
  folder,
  data: join(folder, 'data'),
  log: join(folder, 'postgres.log'),
  binaries,
  runAs,
});

const giveTo = (runAs: RunAs, folder: string): void => {
  const { uid, gid } = runAs.owner ?? { uid: 0, gid: 0 };
  if (statSync(folder).uid === uid) return;
  for (const path of ['', ...readdirSync(folder, { encoding: 'utf8', recursive: true })])
    lchownSync(join(folder, path), uid, gid);
};

// A copy of the package's programs for a user who may not enter the checkout. The copy has no links to make.
const copyOf = (binaries: PostgresBinaries, folder: string): PostgresBinaries => {
  const native = dirname(binaries.directory);
  const copy = join(folder, `postgres-${binaries.major}`);
  if (!existsSync(join(copy, 'bin/postgres')))
    cpSync(native, copy, { recursive: true, verbatimSymlinks: true });
  return { ...binaries, directory: join(copy, basename(binaries.directory)) };
};

const outsideOf = (folder: string): string => {
  const name = createHash('sha256').update(folder).digest('hex').slice(0, 12);
  return join('/var/lib/daymark', name);
};

/**
 * Postgres refuses to run as root. Root therefore drops to a user without rights; where that user may not enter the
 * checkout (below /root, say), a user namespace helps; where those are forbidden too, the data move to /var/lib.
 */
export const choosePlace = (folder: string): PostgresPlace => {
  if (process.getuid?.() !== 0) {
    mkdirSync(folder, { recursive: true });
    return place(folder, binariesFor(folder), asOurselves);
  }

  mkdirSync(dirname(folder), { recursive: true });
  const dropped = asServiceUser();
  const reachable = canEnter(dropped, dirname(folder));
  const runAs = reachable ? dropped : (inUserNamespace() ?? dropped);
  const home = reachable || runAs !== dropped ? folder : outsideOf(folder);
  mkdirSync(home, { recursive: true });
  giveTo(runAs, home);

  const binaries = binariesFor(home);
  return place(home, canEnter(runAs, binaries.directory) ? binaries : copyOf(binaries, home), runAs);
};
