import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { setTimeout as delay } from 'node:timers/promises';

export const isAlive = (pid: number): boolean => {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
};

/** The command line of a process, or an empty text. Tells a server from a stranger that was given its old number. */
export const commandLine = (pid: number): string => {
  try {
    return process.platform === 'linux'
      ? readFileSync(`/proc/${pid}/cmdline`, 'utf8').replaceAll('\0', ' ')
      : execFileSync('ps', ['-o', 'command=', '-p', String(pid)], { encoding: 'utf8' });
  } catch {
    return '';
  }
};

/** Whether the process is gone before the deadline. */
export const hasEnded = async (pid: number, deadlineMs: number): Promise<boolean> => {
  const end = Date.now() + deadlineMs;
  while (isAlive(pid)) {
    if (Date.now() > end) return false;
    await delay(20);
  }
  return true;
};

/** Asks a process to end, insists after the deadline, and returns when it is gone. */
export const endProcess = async (pid: number, signal: NodeJS.Signals, deadlineMs = 20_000): Promise<void> => {
  for (const next of [signal, 'SIGKILL'] as const) {
    try {
      process.kill(pid, next);
    } catch {
      return;
    }
    if (await hasEnded(pid, deadlineMs)) return;
  }
};
