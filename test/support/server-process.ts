import { spawn } from 'node:child_process';
import { generateKeyPairSync, randomBytes } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { constants, tmpdir } from 'node:os';
import { join } from 'node:path';
import { guard } from '../../scripts/services/lifeline.ts';
import { projectRoot } from '../../scripts/services/project.ts';
import { COMPILE_CACHE } from './compile-cache.ts';

const START_DEADLINE_MS = 45_000;

/** Shared by all servers of one test file, so that they accept each other's tokens as replicas do. */
const TEST_SECRETS = {
  SESSION_SECRET: randomBytes(32).toString('hex'),
  PASSWORD_PEPPER: `1:${randomBytes(32).toString('hex')}`,
  SIGNING_KEYS: generateKeyPairSync('ec', {
    namedCurve: 'P-256',
    privateKeyEncoding: { type: 'pkcs8', format: 'pem' },
    publicKeyEncoding: { type: 'spki', format: 'pem' },
  }).privateKey,
};

/** The real program, in a process of its own. */
export interface ServerProcess {
  readonly url: string;
  readonly pid: number;
  /** Everything it has written so far, errors included. */
  logs(): string;
  /** Asks it to end and returns its exit code; for a death by signal, minus the number of the signal. */
  stop(signal?: NodeJS.Signals): Promise<number>;
}

const listeningUrl = (logs: string): string | null => {
  const line = logs.split('\n').find(each => each.includes('"msg":"listening"') && each.endsWith('}'));
  return line === undefined ? null : (JSON.parse(line) as { url: string }).url;
};

/**
 * Starts `src/main.ts` on a free port. Only the given variables count, on top of test secrets and a data folder that is
 * removed afterwards; DATABASE_URL and REDIS_URL are the caller's to give.
 * @throws with the log when it ends instead of listening.
 */
export const startServer = async (
  environment: Readonly<Record<string, string>>,
  program = 'src/main.ts',
): Promise<ServerProcess> => {
  const dataFolder = await mkdtemp(join(tmpdir(), 'daymark-server-'));
  const child = spawn(process.execPath, [program], {
    cwd: projectRoot,
    stdio: ['ignore', 'pipe', 'pipe'],
    env: {
      PATH: process.env.PATH,
      ...COMPILE_CACHE,
      NODE_ENV: 'test',
      HOST: '127.0.0.1',
      PORT: '0',
      DATA_DIR: dataFolder,
      ...TEST_SECRETS,
      ...environment,
    },
  });
  let logs = '';
  let ended = false;
  let onChange: () => void = () => undefined;
  for (const stream of [child.stdout, child.stderr])
    stream.setEncoding('utf8').on('data', (text: string) => {
      logs += text;
      onChange();
    });
  const exit = new Promise<number>(resolve =>
    child.once('close', (code, signal) => {
      ended = true;
      onChange();
      resolve(code ?? -(signal === null ? 1 : constants.signals[signal]));
    }),
  );
  const pid = child.pid ?? 0;
  const callOff = guard(pid, 'TERM', dataFolder);

  const stop = async (signal: NodeJS.Signals = 'SIGTERM') => {
    if (!ended) child.kill(signal);
    const code = await exit;
    callOff();
    await rm(dataFolder, { recursive: true, force: true });
    return code;
  };

  const url = await new Promise<string | null>(resolve => {
    const deadline = setTimeout(() => resolve(null), START_DEADLINE_MS);
    onChange = () => {
      const listening = listeningUrl(logs);
      if (listening === null && !ended) return;
      clearTimeout(deadline);
      resolve(listening);
    };
  });
  if (url !== null) return { url, pid, logs: () => logs, stop };
  const code = await stop('SIGKILL');
  throw new Error(`The server did not listen (exit ${code}):\n${logs}`);
};
