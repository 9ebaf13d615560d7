import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { guard } from '../services/lifeline.ts';
import { freePort } from '../services/ports.ts';
import { projectRoot } from '../services/project.ts';
import { untilHealthy } from './programs.ts';
import { median } from './statistics.ts';

const startOnce = async (environment: Readonly<Record<string, string>>): Promise<number> => {
  const port = await freePort();
  const child = spawn('npm', ['start'], {
    cwd: projectRoot,
    env: { ...environment, PORT: String(port) },
    detached: true,
    stdio: 'ignore',
  });
  const exit = once(child, 'exit');
  const { pid } = child;
  if (pid === undefined) throw new Error('npm cannot be run.');
  // npm and the server that it starts are one process group.
  const callOff = guard(-pid, 'TERM');
  const took = await untilHealthy(child, port);
  if (child.exitCode === null) process.kill(-pid, 'SIGTERM');
  await exit;
  callOff();
  if (took === null) throw new Error('npm start did not answer.');
  return took;
};

/** Seconds from `npm start` to the first 200 of `/healthz`; the median of several starts. */
export const coldStartSeconds = async (
  environment: Readonly<Record<string, string>>,
  times: number,
): Promise<number> => {
  const took: number[] = [];
  for (let time = 0; time < times; time++) took.push(await startOnce(environment));
  return median(took) / 1_000;
};
