import { spawn, type ChildProcess } from 'node:child_process';
import { openSync, closeSync } from 'node:fs';
import { readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import pg from 'pg';
import { writeAccess } from './access.ts';
import { guard } from './lifeline.ts';
import { withLockFile } from './lock-file.ts';
import { logTail } from './log-tail.ts';
import { freePort } from './ports.ts';
import { ensureCluster, postgresEnvironment, SUPERUSER } from './postgres-cluster.ts';
import { choosePlace, type PostgresPlace } from './postgres-place.ts';
import { commandLine, endProcess, isAlive } from './processes.ts';
import type { PrivateServer, StartOptions } from './private-server.ts';
import { invocation } from './unprivileged.ts';

const DATABASE = 'daymark';
const START_DEADLINE_MS = 60_000;
const ATTEMPTS = 10;

const databaseUrl = (port: number, password: string, database: string) =>
  `postgres://${SUPERUSER}:${password}@127.0.0.1:${port}/${database}`;

/** Runs one statement as the superuser of a private server. */
const ask = async (url: string, text: string, values: unknown[] = []): Promise<unknown[]> => {
  const client = new pg.Client({ connectionString: url, ssl: false, connectionTimeoutMillis: 5_000 });
  client.on('error', () => undefined);
  try {
    await client.connect();
    return (await client.query<Record<string, unknown>>(text, values)).rows;
  } finally {
    await client.end();
  }
};

interface Running {
  readonly pid: number;
  readonly port: number;
}

/** The server that has the data open. A pid file that outlived its server is removed. */
const findRunning = async ({ data }: PostgresPlace): Promise<Running | null> => {
  const file = join(data, 'postmaster.pid');
  const lines = (await readFile(file, 'utf8').catch(() => '')).split('\n');
  const [pid, port] = [Number(lines[0]), Number(lines[3])];
  if (!(pid > 0)) return null;
  if (isAlive(pid) && commandLine(pid).includes(data)) return { pid, port };
  await rm(file, { force: true });
  return null;
};

const isReady = async (url: string): Promise<boolean> => {
  try {
    await ask(url, 'select 1');
    return true;
  } catch (error) {
    // 28P01: it answers, and will never let us in.
    if ((error as { code?: string }).code === '28P01') throw error;
    return false;
  }
};

const becomesReady = async (port: number, password: string, isRunning: () => boolean): Promise<boolean> => {
  const end = Date.now() + START_DEADLINE_MS;
  while (isRunning() && Date.now() < end) {
    if (await isReady(databaseUrl(port, password, 'postgres'))) return true;
    await delay(15);
  }
  return false;
};

/** Makes the database when it is not there, and returns its URL. */
const ensureDatabase = async (port: number, password: string): Promise<string> => {
  const maintenance = databaseUrl(port, password, 'postgres');
  const found = await ask(maintenance, 'select 1 from pg_database where datname = $1', [DATABASE]);
  if (found.length === 0) await ask(maintenance, `create database ${DATABASE}`);
  return databaseUrl(port, password, DATABASE);
};

const launch = (
  place: PostgresPlace,
  port: number,
  { background, settings = {} }: StartOptions,
): ChildProcess => {
  const log = openSync(place.log, 'w');
  const configuration = {
    listen_addresses: '127.0.0.1',
    port: String(port),
    unix_socket_directories: '',
    timezone: 'UTC',
    log_timezone: 'UTC',
    ...settings,
  };
  const { program, words } = invocation(place.runAs, join(place.binaries.directory, 'postgres'), [
    '-D',
    place.data,
    ...Object.entries(configuration).flatMap(([name, value]) => ['-c', `${name}=${value}`]),
  ]);
  const server = spawn(program, words, {
    ...place.runAs.owner,
    cwd: '/',
    env: postgresEnvironment(),
    detached: true,
    stdio: ['ignore', log, log],
  });
  closeSync(log);
  if (background) server.unref();
  return server;
};

/** A start that may succeed when it is tried again: the port was taken meanwhile, or a crashed server still winds up. */
const isPassing = (log: string): boolean =>
  /could not bind|could not create any TCP|is still in use|lock file "postmaster.pid" already exists/.test(
    log,
  );

const startOn = async (
  place: PostgresPlace,
  port: number,
  password: string,
  options: StartOptions,
): Promise<PrivateServer | null> => {
  const server = launch(place, port, options);
  const failed = new Promise<never>((_resolve, reject) => server.once('error', reject));
  failed.catch(() => undefined);
  const { pid } = server;
  if (pid === undefined) return await failed;
  const callOff = options.background
    ? () => undefined
    : guard(pid, 'INT', options.temporary ? place.folder : '');
  const stop = async () => {
    await endProcess(pid, 'SIGINT');
    callOff();
    if (options.temporary) await rm(place.folder, { recursive: true, force: true });
  };

  try {
    if (await becomesReady(port, password, () => server.exitCode === null && server.signalCode === null))
      return { url: await ensureDatabase(port, password), pid, adopted: false, stop };
  } catch (error) {
    await stop();
    throw error;
  }
  const log = logTail(place.log);
  if (isPassing(log)) {
    await endProcess(pid, 'SIGINT');
    callOff();
    return null;
  }
  await stop();
  throw new Error(`The private Postgres did not start:\n${log}`);
};

const startOrAdopt = async (place: PostgresPlace, options: StartOptions): Promise<PrivateServer> => {
  const access = await ensureCluster(place);

  const running = await findRunning(place);
  if (running) {
    const { pid, port } = running;
    if (await becomesReady(port, access.password, () => isAlive(pid)))
      return {
        url: await ensureDatabase(port, access.password),
        pid,
        adopted: true,
        stop: () => Promise.resolve(),
      };
  }

  for (let attempt = 0, preferred = access.port; attempt < ATTEMPTS; attempt++, preferred = undefined) {
    const port = await freePort(preferred);
    const server = await startOn(place, port, access.password, options);
    if (server) {
      await writeAccess(place.folder, { ...access, port });
      return server;
    }
    await delay(200);
  }
  throw new Error(`The private Postgres did not start:\n${logTail(place.log)}`);
};

/**
 * A Postgres of our own on a free loopback port, with its data below `folder`. One that already runs there, started by
 * another command, is used as it is and left running.
 */
export const startPostgres = (folder: string, options: StartOptions = {}): Promise<PrivateServer> => {
  const place = choosePlace(folder);
  return withLockFile(join(place.folder, 'start.lock'), () => startOrAdopt(place, options));
};

/** Ends the private Postgres of a folder, whoever started it. Returns whether there was one. */
export const stopPostgres = async (folder: string): Promise<boolean> => {
  const running = await findRunning(choosePlace(folder));
  if (running) await endProcess(running.pid, 'SIGINT');
  return running !== null;
};
