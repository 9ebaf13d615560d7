import { spawn } from 'node:child_process';
import { closeSync, openSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { createClient } from 'redis';

const START_DEADLINE_MS = 30_000;

export const redisUrl = (port: number, password: string): string =>
  password === '' ? `redis://127.0.0.1:${port}` : `redis://:${password}@127.0.0.1:${port}`;

/** The folder of the Redis that answers at a URL, or null when none answers. Rejects while it cannot tell yet. */
export const folderOf = async (url: string): Promise<string | null> => {
  const client = createClient({ url, RESP: 2, socket: { reconnectStrategy: false, connectTimeout: 1_000 } });
  client.on('error', () => undefined);
  try {
    await client.connect();
  } catch {
    return null;
  }
  try {
    await client.ping();
    return (await client.configGet('dir')).dir ?? null;
  } finally {
    client.destroy();
  }
};

export interface RedisProcess {
  readonly pid: number;
  /** Whether it answers; false when it ended instead. */
  readonly ready: Promise<boolean>;
  readonly log: string;
}

const isReady = async (url: string): Promise<boolean> => {
  try {
    return (await folderOf(url)) !== null;
  } catch {
    return false;
  }
};

/**
 * Starts one Redis as production runs it: every write in the append-only file, which is flushed each second, and nothing
 * evicted. Nobody stops it here.
 */
export const spawnRedis = (
  program: string,
  folder: string,
  {
    port,
    password,
    ...settings
  }: { port: number; password: string } & Readonly<Record<string, string | number>>,
): RedisProcess => {
  const configuration = {
    bind: '127.0.0.1',
    port,
    dir: folder,
    pidfile: join(folder, 'redis.pid'),
    save: '',
    appendonly: 'yes',
    appendfsync: 'everysec',
    'maxmemory-policy': 'noeviction',
    databases: 64,
    ...(password === '' ? {} : { requirepass: password }),
    ...settings,
  };
  const log = join(folder, 'redis.log');
  const output = openSync(log, 'w');
  // The configuration goes through the input, so that no process list shows the password.
  const server = spawn(program, ['-'], { cwd: folder, detached: true, stdio: ['pipe', output, output] });
  closeSync(output);
  let ended = false;
  const noteEnd = () => {
    ended = true;
  };
  server.once('error', noteEnd).once('exit', noteEnd);
  server.unref();
  server.stdin?.on('error', () => undefined);
  server.stdin?.end(
    Object.entries(configuration)
      .map(([name, value]) => `${name} ${JSON.stringify(String(value))}\n`)
      .join(''),
  );
  if (server.pid === undefined) throw new Error(`${program} cannot be run.`);

  const becomesReady = async (): Promise<boolean> => {
    const end = Date.now() + START_DEADLINE_MS;
    while (!ended && Date.now() < end) {
      if (await isReady(redisUrl(port, password))) return true;
      await delay(15);
    }
    return false;
  };
  return { pid: server.pid, ready: becomesReady(), log };
};
