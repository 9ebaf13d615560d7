import { flushCompileCache } from 'node:module';
import { Worker } from 'node:worker_threads';
import type { HelperMessage } from './helper-messages.ts';

// A thread of its own, because the main one may be busy for ever when the parent dies. Plain JavaScript, so that it
// needs no second copy of what reads TypeScript.
const LIFELINE = `
const { workerData } = require('node:worker_threads');
setInterval(() => {
  if (process.ppid !== workerData.parent) process.kill(process.pid, 'SIGKILL');
}, 500);
`;

/**
 * The whole of a helper's program: answers one job after another until its parent lets it go or dies. An error that
 * `handle` throws goes to whoever asked for the job; only its name, message and `code` arrive there.
 */
// The types are those that the parent names for its end.
// eslint-disable-next-line @typescript-eslint/no-unnecessary-type-parameters
export const serveJobs = <Job, Result>(handle: (job: Job) => Promise<Result> | Result): void => {
  // A terminal and a service manager signal every process; the parent decides when its helpers end.
  process.on('SIGINT', () => undefined).on('SIGTERM', () => undefined);
  // An orderly exit would wait for threads that are still decoding something.
  process.on('disconnect', () => process.kill(process.pid, 'SIGKILL'));
  // The number is read here: by the time the thread runs, a job may have come and the parent may have died.
  const workerData = { parent: process.ppid };
  new Worker(LIFELINE, {
    eval: true,
    workerData,
    env: {},
    resourceLimits: { maxOldGenerationSizeMb: 8 },
  }).unref();
  process.on('message', job => void answer(() => handle(job as Job)));
  say({ kind: 'ready' });
  // Helpers end by SIGKILL, so nothing is written at their exit.
  setImmediate(flushCompileCache);
};

const answer = async (work: () => unknown): Promise<void> => {
  try {
    say({ kind: 'result', result: await work() });
  } catch (error) {
    const { name, message, code } = error as NodeJS.ErrnoException;
    const text = (value: unknown) => (typeof value === 'string' ? value : '');
    say({ kind: 'error', name: text(name), message: text(message), code: text(code) || null });
  }
};

const say = (message: HelperMessage<unknown>): void => {
  process.send?.(message);
};
