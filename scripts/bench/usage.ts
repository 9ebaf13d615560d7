import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';

/** What a process has used so far, told by itself, so that nothing of the load driver is counted. */
export interface Usage {
  /** User and system time of all its threads. */
  readonly cpuMs: number;
  readonly residentBytes: number;
}

/** In the measured process: answers whoever started it. Costs nothing while nobody asks. */
export const answerUsage = (): void => {
  process.on('message', () => {
    const { user, system } = process.cpuUsage();
    const usage: Usage = { cpuMs: (user + system) / 1_000, residentBytes: process.memoryUsage.rss() };
    process.send?.(usage);
  });
};

export const askUsage = async (child: ChildProcess): Promise<Usage> => {
  const answered = once(child, 'message', { signal: AbortSignal.timeout(10_000) });
  child.send('usage');
  const [usage] = (await answered) as [Usage];
  return usage;
};
