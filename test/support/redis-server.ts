import { mkdtemp, realpath, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createClient } from 'redis';
import { guard } from '../../scripts/services/lifeline.ts';
import { logTail } from '../../scripts/services/log-tail.ts';
import { freePort } from '../../scripts/services/ports.ts';
import { REDIS_ADVICE } from '../../scripts/services/private-services.ts';
import { endProcess } from '../../scripts/services/processes.ts';
import { provideRedis } from '../../scripts/services/redis-binary.ts';
import { redisUrl as urlOf, spawnRedis } from '../../scripts/services/redis-process.ts';
import { testServices } from './services.ts';

/** The logical database of this jest worker. Test files of one worker run one after another, so each may empty it. */
export const redisUrl = (): string => {
  const url = testServices().redisUrls[Number(process.env.JEST_WORKER_ID) - 1];
  if (url === undefined)
    throw new Error(`Jest worker ${process.env.JEST_WORKER_ID ?? '?'} has no Redis database.`);
  return url;
};

/** `redisUrl()` after everything in it is gone. */
export const emptyRedisUrl = async (): Promise<string> => {
  const client = createClient({ url: redisUrl(), RESP: 2 });
  client.on('error', () => undefined);
  await client.connect();
  await client.flushDb();
  client.destroy();
  return redisUrl();
};

/** A Redis of one test's own, to be killed, frozen and restarted. */
export interface FaultyRedis {
  readonly url: string;
  readonly port: number;
  /** At once, as `kill -9` does. */
  kill(): Promise<void>;
  /** Starts it again on the same port with the data that its append-only file has; ends it first if it runs. */
  restart(): Promise<void>;
  /** Accepts connections and bytes, and answers nothing. */
  pause(): void;
  resume(): void;
  /** Ends it for good and removes its data. */
  stop(): Promise<void>;
}

export interface FaultyRedisOptions {
  /** Settings in the words of `redis.conf`, such as `{ maxmemory: '2mb' }`. */
  readonly settings?: Readonly<Record<string, string>>;
}

export const startRedisServer = async ({ settings = {} }: FaultyRedisOptions = {}): Promise<FaultyRedis> => {
  const program = provideRedis();
  if (program === null) throw new Error(REDIS_ADVICE);
  const folder = await realpath(await mkdtemp(join(tmpdir(), 'daymark-redis-')));
  const port = await freePort();

  const start = async (): Promise<{ end: (signal: NodeJS.Signals) => Promise<void>; pid: number }> => {
    const server = spawnRedis(program, folder, { ...settings, port, password: '' });
    const callOff = guard(server.pid, 'INT', folder);
    if (!(await server.ready)) throw new Error(`Redis did not start:\n${logTail(server.log)}`);
    const end = async (signal: NodeJS.Signals) => {
      // A stopped process would take the request to end only once it goes on.
      process.kill(server.pid, 'SIGCONT');
      await endProcess(server.pid, signal);
      callOff();
    };
    return { pid: server.pid, end };
  };

  let server: Awaited<ReturnType<typeof start>> | null = await start();
  const end = async (signal: NodeJS.Signals) => {
    const ending = server;
    server = null;
    await ending?.end(signal);
  };
  const signal = (name: NodeJS.Signals) => {
    if (server) process.kill(server.pid, name);
  };
  return {
    url: urlOf(port, ''),
    port,
    kill: () => end('SIGKILL'),
    restart: async () => {
      await end('SIGINT');
      server = await start();
    },
    pause: () => signal('SIGSTOP'),
    resume: () => signal('SIGCONT'),
    stop: async () => {
      await end('SIGINT');
      await rm(folder, { recursive: true, force: true });
    },
  };
};
