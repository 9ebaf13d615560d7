import { spawn, spawnSync } from 'node:child_process';
import { existsSync, globSync, realpathSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { Writable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { BackupFailure } from '../failure.ts';
import { guard } from '../../services/lifeline.ts';
import { redacted } from './server.ts';
import { toolEnvironment } from './tool-environment.ts';

export interface PostgresTools {
  readonly pgDump: string;
  readonly pgRestore: string;
  /** `pg_dump 15.18`. */
  readonly version: string;
  readonly major: number;
}

const PLACES = [
  '/usr/lib/postgresql/*/bin',
  '/usr/pgsql-*/bin',
  '/usr/local/pgsql/bin',
  '/opt/homebrew/opt/{postgresql,libpq}@*/bin',
  '/usr/local/opt/{postgresql,libpq}@*/bin',
  '/Applications/Postgres.app/Contents/Versions/*/bin',
];

const searchedFolders = (): readonly string[] => {
  const onPath = (process.env.PATH ?? '').split(delimiter).filter(folder => folder !== '');
  return [...new Set([...onPath, ...globSync(PLACES)])];
};

const versionOf = (program: string): string | null => {
  const { stdout } = spawnSync(program, ['--version'], {
    encoding: 'utf8',
    timeout: 10_000,
    env: toolEnvironment(undefined),
  });
  return /\d+(\.\d+)*\S*/.exec(stdout)?.[0] ?? null;
};

const inspect = (folder: string): PostgresTools | null => {
  const [pgDump, pgRestore] = [join(folder, 'pg_dump'), join(folder, 'pg_restore')];
  if (!existsSync(pgDump) || !existsSync(pgRestore)) return null;
  // Debian's, which chooses a version by rules of its own. What it chooses from is in the usual places.
  if (realpathSync(pgDump).endsWith('/pg_wrapper')) return null;
  const version = versionOf(pgDump);
  if (version === null) return null;
  return { pgDump, pgRestore, version: `pg_dump ${version}`, major: Number.parseInt(version, 10) };
};

/**
 * The tools that fit a server best: of its own major version, else of the nearest newer one, because what a much newer
 * `pg_dump` writes an older server may not understand.
 * @param serverVersion as `server_version_num`: 180004
 * @throws {BackupFailure} `tools_missing` or `tools_too_old`
 */
export const findTools = (
  serverVersion: number,
  folders: readonly string[] = searchedFolders(),
): PostgresTools => {
  const major = Math.floor(serverVersion / 10_000);
  const found: PostgresTools[] = [];
  for (const folder of folders) {
    const tools = inspect(folder);
    if (tools?.major === major) return tools;
    if (tools !== null) found.push(tools);
  }
  found.sort((one, other) => one.major - other.major);
  const newest = found.at(-1);
  if (newest === undefined)
    throw new BackupFailure(
      'unavailable',
      'tools_missing',
      `pg_dump and pg_restore are not on this machine. Install the client of Postgres ${major} (Debian: apt-get install postgresql-client-${major}).`,
    );
  const fitting = found.find(tools => tools.major > major);
  if (fitting !== undefined) return fitting;
  throw new BackupFailure(
    'unavailable',
    'tools_too_old',
    `The server is Postgres ${major}, and the newest tools here are ${newest.version}: they cannot read it. Install the client of Postgres ${major} or newer.`,
  );
};

export interface ToolUse {
  /** The database it connects to. `pg_restore` wants `--dbname` besides; the name of the database will do. */
  readonly databaseUrl?: string;
  readonly signal: AbortSignal;
  /** Where what it writes goes: a stream, or the descriptor of a file, in which it may also go back. */
  readonly stdout?: Writable | number;
}

const STDERR_TAIL = 4_000;
const INSISTS_AFTER_MS = 2_000;

/**
 * Runs a program of Postgres to its end. It ends with the signal: asked first, then made to. The password goes through
 * the environment, never through the arguments.
 * @throws {BackupFailure} with the end of what it said as errors; the signal's reason when that is aborted.
 */
export const runTool = async (
  path: string,
  words: readonly string[],
  { databaseUrl, signal, stdout }: ToolUse,
): Promise<void> => {
  signal.throwIfAborted();
  const output = typeof stdout === 'number' ? stdout : stdout === undefined ? 'ignore' : 'pipe';
  const child = spawn(path, words, {
    cwd: '/',
    env: toolEnvironment(databaseUrl),
    stdio: ['ignore', output, 'pipe'],
    // In a group of its own, so that Ctrl-C reaches it through us and is told as what it is.
    detached: true,
  });
  // When we are killed it would go on without anybody to take what it writes, and a dump takes long.
  const callOff = child.pid === undefined ? () => undefined : guard(child.pid, 'TERM');
  let said = '';
  child.stderr?.setEncoding('utf8').on('data', (text: string) => (said = (said + text).slice(-STDERR_TAIL)));

  let insisting: NodeJS.Timeout | undefined;
  const stop = (): void => {
    child.kill('SIGTERM');
    insisting = setTimeout(() => child.kill('SIGKILL'), INSISTS_AFTER_MS);
  };
  signal.addEventListener('abort', stop, { once: true });

  const ended = new Promise<void>((resolve, reject) => {
    const settle = (problem: string | null): void => {
      signal.removeEventListener('abort', stop);
      clearTimeout(insisting);
      callOff();
      if (signal.aborted) reject(signal.reason as Error);
      else if (problem === null) resolve();
      else reject(toolFailure(path, problem, databaseUrl));
    };
    child.once('error', error => settle(error.message));
    child.once('close', (code, end) =>
      settle(code === 0 ? null : said.trim() || `ended by ${end ?? `exit code ${code ?? '?'}`}`),
    );
  });
  const reading = stdout instanceof Writable && child.stdout ? pipeline(child.stdout, stdout) : undefined;
  const [end, read] = await Promise.allSettled([ended, reading]);
  if (end.status === 'rejected') throw end.reason;
  if (read.status === 'rejected') throw read.reason;
};

type Explanation = readonly [isMeant: RegExp, exit: 'unavailable' | 'full', code: string, advice: string];

const EXPLANATIONS: readonly Explanation[] = [
  [
    // pg_dump keeps its lock timeout by way of the one for statements.
    /due to lock timeout|due to statement timeout[^]*LOCK TABLE/,
    'unavailable',
    'tables_locked',
    'something else has locked a table, a migration for instance. Try again when it is done.',
  ],
  // The second is all that Postgres says of it to whoever is the first to connect to a database.
  [/No space left on device|could not write init file/, 'full', 'disk_full', 'there is no space left.'],
  [/server version mismatch/, 'unavailable', 'tools_too_old', 'it is older than the server.'],
  [
    /password authentication failed|no password supplied|role .* does not exist/,
    'unavailable',
    'database_refuses_login',
    'Postgres refuses the user or the password of DATABASE_URL.',
  ],
  [
    /permission denied/,
    'unavailable',
    'not_permitted',
    'the user of DATABASE_URL must own the tables, or be in pg_read_all_data.',
  ],
  [
    /connection to server|could not connect|closed the connection|terminating connection|Connection refused/,
    'unavailable',
    'database_unreachable',
    'the connection to Postgres failed or broke.',
  ],
];

const toolFailure = (path: string, problem: string, databaseUrl: string | undefined): BackupFailure => {
  const name = path.split('/').at(-1) ?? path;
  const said = databaseUrl === undefined ? problem : redacted(problem, databaseUrl);
  const [, exit, code, advice] = EXPLANATIONS.find(([isMeant]) => isMeant.test(said)) ?? [];
  return new BackupFailure(
    exit ?? 'unavailable',
    code ?? `${name}_failed`,
    `${name} failed: ${advice === undefined ? '' : `${advice}\n`}${said}`,
  );
};
