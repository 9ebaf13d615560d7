import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { readdirSync, readFileSync } from 'node:fs';

/** What a process and its helpers have used so far, told by itself, so that nothing of the load driver is counted. */
export interface Usage {
  /** User and system time of all threads, and of the children that are there or have been. */
  readonly cpuMs: number;
  readonly residentBytes: number;
  /** Of the children that are there now. */
  readonly helperBytes: number;
}

/** In the measured process: answers whoever started it. Costs nothing while nobody asks. */
export const answerUsage = (): void => {
  process.on('message', () => {
    const { user, system } = process.cpuUsage();
    const helpers = helperUsage();
    const usage: Usage = {
      cpuMs: (user + system) / 1_000 + helpers.cpuMs,
      residentBytes: process.memoryUsage.rss(),
      helperBytes: helpers.residentBytes,
    };
    process.send?.(usage);
  });
};

export const askUsage = async (child: ChildProcess): Promise<Usage> => {
  const answered = once(child, 'message', { signal: AbortSignal.timeout(10_000) });
  child.send('usage');
  const [usage] = (await answered) as [Usage];
  return usage;
};

// Linux counts in hundredths of a second and in pages of 4 kB on every machine this runs on.
const TICK_MS = 10;
const PAGE_BYTES = 4_096;

/** Fields of /proc/PID/stat after the name, which may hold anything: proc_pid_stat(5), counted from field 3. */
const statOf = (pid: number | 'self'): readonly string[] => {
  const text = readFileSync(`/proc/${pid}/stat`, 'latin1');
  return text.slice(text.lastIndexOf(')') + 2).split(' ');
};

const childrenOf = (): readonly number[] =>
  readdirSync('/proc/self/task').flatMap(thread =>
    readFileSync(`/proc/self/task/${thread}/children`, 'latin1').split(' ').filter(Boolean).map(Number),
  );

const ticks = (stat: readonly string[], from: number, to: number): number =>
  stat.slice(from, to).reduce((sum, field) => sum + Number(field), 0);

const helperUsage = (): { readonly cpuMs: number; readonly residentBytes: number } => {
  if (process.platform !== 'linux') return { cpuMs: 0, residentBytes: 0 };
  // Fields 16 and 17 are the children that have ended, 14 and 15 a process's own, 24 its resident pages.
  let used = ticks(statOf('self'), 13, 15);
  let pages = 0;
  for (const pid of childrenOf()) {
    try {
      const stat = statOf(pid);
      used += ticks(stat, 11, 13);
      pages += Number(stat[21]);
    } catch {
      // It has just ended, and is among those that have.
    }
  }
  return { cpuMs: used * TICK_MS, residentBytes: pages * PAGE_BYTES };
};
