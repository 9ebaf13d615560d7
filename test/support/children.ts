import { execFileSync } from 'node:child_process';

/** The processes that this one has started and that run a program of this name. */
export const childrenRunning = (program: string): readonly number[] =>
  execFileSync('ps', ['-A', '-o', 'pid=,ppid=,args='], { encoding: 'utf8' })
    .split('\n')
    .map(line => /^\s*(\d+)\s+(\d+)\s+(.*)$/.exec(line))
    .filter(found => found !== null && Number(found[2]) === process.pid && (found[3] ?? '').includes(program))
    .map(found => Number(found?.[1]));
