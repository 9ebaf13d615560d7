import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { constants } from 'node:os';
import { guard } from '../../../../scripts/services/lifeline.ts';
import { projectRoot } from '../../../../scripts/services/project.ts';
import { COMPILE_CACHE } from '../../../support/compile-cache.ts';
import { until } from './until.ts';

/** A program of ours that is no server. */
export interface Program {
  readonly pid: number;
  /** Everything it has written so far, errors included. */
  output(): string;
  /** Only what it has written as errors. */
  errors(): string;
  /** Resolves when the text has been written; rejects when the program ends without it, or the deadline passes. */
  says(text: string, deadlineMs?: number): Promise<void>;
  /** The exit code once it has ended; for a death by signal, minus the number of the signal. */
  readonly ended: Promise<number>;
  stop(signal?: NodeJS.Signals): Promise<number>;
}

/** Runs a file of this project. Nothing but `environment` and the path is inherited. */
export const runProgram = (
  words: readonly string[],
  environment: Readonly<Record<string, string>>,
): Program => {
  const child = spawn(process.execPath, [...words], {
    cwd: projectRoot,
    stdio: ['ignore', 'pipe', 'pipe'],
    env: { PATH: process.env.PATH, ...COMPILE_CACHE, ...environment },
  });
  let output = '';
  let errors = '';
  let hasEnded = false;
  child.stdout.setEncoding('utf8').on('data', (text: string) => (output += text));
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    output += text;
    errors += text;
  });
  const callOff = guard(child.pid ?? 0, 'TERM');
  const ended = once(child, 'close').then(([code, signal]: (number | NodeJS.Signals | null)[]) => {
    hasEnded = true;
    callOff();
    return typeof code === 'number' ? code : -constants.signals[signal as NodeJS.Signals];
  });
  return {
    pid: child.pid ?? 0,
    output: () => output,
    errors: () => errors,
    ended,
    says: async (text, deadlineMs) => {
      const isSaid = (): boolean => {
        if (output.includes(text)) return true;
        if (hasEnded) throw new Error(`The program ended without saying ${text}:\n${output}`);
        return false;
      };
      await until(`the program says ${text}`, isSaid, deadlineMs);
    },
    stop: async (signal = 'SIGTERM') => {
      if (!hasEnded) child.kill(signal);
      return await ended;
    },
  };
};
