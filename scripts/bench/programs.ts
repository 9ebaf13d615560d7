import { spawn, type ChildProcess } from 'node:child_process';
import { generateKeyPairSync, randomBytes } from 'node:crypto';
import { closeSync, openSync, readFileSync } from 'node:fs';
import { once } from 'node:events';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { guard } from '../services/lifeline.ts';
import { logTail } from '../services/log-tail.ts';
import { freePort } from '../services/ports.ts';
import { projectRoot } from '../services/project.ts';

const START_DEADLINE_MS = 20_000;

/** The environment of production, as far as one machine without a mail server can have it. */
export const productionEnvironment = (
  databaseUrl: string,
  redisUrl: string,
  folder: string,
): Readonly<Record<string, string>> => ({
  PATH: process.env.PATH ?? '',
  HOME: process.env.HOME ?? '',
  NODE_ENV: 'production',
  PUBLIC_URL: 'https://bench.example',
  DATABASE_URL: databaseUrl,
  DATABASE_POOL_SIZE: '10',
  REDIS_URL: redisUrl,
  DATA_DIR: folder,
  SMTP_URL: 'smtp://127.0.0.1:1',
  MAIL_FROM: 'Daymark <no-reply@bench.example>',
  SESSION_SECRET: randomBytes(32).toString('hex'),
  PASSWORD_PEPPER: `1:${randomBytes(32).toString('hex')}`,
  SIGNING_KEYS: generateKeyPairSync('ec', {
    namedCurve: 'P-256',
    privateKeyEncoding: { type: 'pkcs8', format: 'pem' },
    publicKeyEncoding: { type: 'spki', format: 'pem' },
  }).privateKey,
  LOG_LEVEL: 'info',
  // As `npm start` has it; a program that compiles its own sources keeps some megabytes of that.
  NODE_COMPILE_CACHE: '.local/compile-cache',
  DRAIN_DELAY: '0',
});

/** The options that `npm start` gives to node. */
export const startOptions = (): readonly string[] => {
  const { scripts } = JSON.parse(readFileSync(join(projectRoot, 'package.json'), 'utf8')) as {
    scripts: { start: string };
  };
  const words = scripts.start.split(' ');
  return words.slice(words.indexOf('node') + 1).filter(word => word.startsWith('--'));
};

/** A server in a process of its own. */
export interface Program extends AsyncDisposable {
  readonly child: ChildProcess;
  readonly port: number;
  readonly url: string;
}

/** Milliseconds until `/healthz` says 200, or null when the process ends or the deadline passes first. */
export const untilHealthy = async (child: ChildProcess, port: number): Promise<number | null> => {
  const start = performance.now();
  while (child.exitCode === null && performance.now() - start < START_DEADLINE_MS) {
    const status = await fetch(`http://127.0.0.1:${port}/healthz`).then(
      async response => {
        await response.arrayBuffer();
        return response.status;
      },
      () => 0,
    );
    if (status === 200) return performance.now() - start;
    await delay(5);
  }
  return null;
};

/** Starts one of our programs and waits until it answers. Its log goes to a file, as in production. */
export const startProgram = async (
  name: 'product' | 'floor',
  environment: Readonly<Record<string, string>>,
  { folder, options }: { folder: string; options: readonly string[] },
): Promise<Program> => {
  const port = await freePort();
  const log = join(folder, `${name}.log`);
  const output = openSync(log, 'w');
  const child = spawn(process.execPath, [...options, join(import.meta.dirname, `${name}.ts`)], {
    cwd: projectRoot,
    env: { ...environment, PORT: String(port) },
    detached: true,
    stdio: ['ignore', output, output, 'ipc'],
  });
  closeSync(output);
  const exit = once(child, 'exit');
  const callOff = child.pid === undefined ? () => undefined : guard(child.pid, 'TERM');
  const stop = async (): Promise<void> => {
    if (child.exitCode === null && child.signalCode === null) child.kill('SIGTERM');
    await exit;
    callOff();
  };
  if ((await untilHealthy(child, port)) === null) {
    await stop();
    throw new Error(`The ${name} did not start:\n${logTail(log)}`);
  }
  return { child, port, url: `http://127.0.0.1:${port}`, [Symbol.asyncDispose]: stop };
};
