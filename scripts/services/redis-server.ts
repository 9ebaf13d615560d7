import { mkdir, readFile, realpath, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { newPassword, readAccess, writeAccess, type Access } from './access.ts';
import { guard } from './lifeline.ts';
import { withLockFile } from './lock-file.ts';
import { logTail } from './log-tail.ts';
import { freePort } from './ports.ts';
import type { PrivateServer, StartOptions } from './private-server.ts';
import { commandLine, endProcess, hasEnded, isAlive } from './processes.ts';
import { folderOf, redisUrl, spawnRedis } from './redis-process.ts';

const ATTEMPTS = 10;
const ADOPTION_DEADLINE_MS = 10_000;

/** The number in the pid file, if a Redis has it. */
const pidIn = async (folder: string): Promise<number | null> => {
  const pid = Number(await readFile(join(folder, 'redis.pid'), 'utf8').catch(() => ''));
  return pid > 0 && isAlive(pid) && /redis|valkey/.test(commandLine(pid)) ? pid : null;
};

/** The server that writes this folder. It may take a moment to answer while it loads or ends. */
const findRunning = async (folder: string, access: Access): Promise<{ pid: number; url: string } | null> => {
  const end = Date.now() + ADOPTION_DEADLINE_MS;
  for (;;) {
    const pid = await pidIn(folder);
    if (pid === null || access.port === undefined) return null;
    const url = redisUrl(access.port, access.password);
    const answered = await folderOf(url).catch(() => null);
    if (answered === folder) return { pid, url };
    // The port belongs to somebody else, so the number in the pid file does as well.
    if (answered !== null) return null;
    if (Date.now() > end) throw new Error(`The private Redis, process ${pid}, does not answer.`);
    await delay(50);
  }
};

const startOn = async (
  program: string,
  folder: string,
  port: number,
  { password }: Access,
  { background = false, temporary = false, settings = {} }: StartOptions,
): Promise<PrivateServer | null> => {
  const server = spawnRedis(program, folder, { ...settings, port, password });
  const callOff = background ? () => undefined : guard(server.pid, 'INT', temporary ? folder : '');
  const stop = async () => {
    await endProcess(server.pid, 'SIGINT');
    callOff();
    if (temporary) await rm(folder, { recursive: true, force: true });
  };
  if (await server.ready) return { url: redisUrl(port, password), pid: server.pid, adopted: false, stop };
  const log = logTail(server.log);
  await endProcess(server.pid, 'SIGINT');
  callOff();
  if (/bind: Address already in use/i.test(log)) return null;
  throw new Error(`The private Redis did not start:\n${log}`);
};

/**
 * A Redis of our own on a free loopback port, with its data in `folder`. One that already runs there, started by another
 * command, is used as it is and left running.
 */
export const startRedis = async (
  program: string,
  folder: string,
  options: StartOptions = {},
): Promise<PrivateServer> => {
  await mkdir(folder, { recursive: true, mode: 0o700 });
  const home = await realpath(folder);
  return withLockFile(join(home, 'start.lock'), async () => {
    const access = (await readAccess(home)) ?? { password: newPassword() };
    const running = await findRunning(home, access);
    if (running) return { ...running, adopted: true, stop: () => Promise.resolve() };

    for (let attempt = 0, preferred = access.port; attempt < ATTEMPTS; attempt++, preferred = undefined) {
      const port = await freePort(preferred);
      // Written first: a server must never run on a port that the next command cannot learn.
      await writeAccess(home, { ...access, port });
      const server = await startOn(program, home, port, access, options);
      if (server) return server;
    }
    throw new Error('The private Redis found no free port.');
  });
};

/** Ends the private Redis of a folder, whoever started it. Returns whether there was one. */
export const stopRedis = async (folder: string): Promise<boolean> => {
  const home = await realpath(folder).catch(() => folder);
  const access = await readAccess(home);
  const running = access && (await findRunning(home, access));
  if (!running) return false;
  await endProcess(running.pid, 'SIGINT');
  return hasEnded(running.pid, 0);
};
