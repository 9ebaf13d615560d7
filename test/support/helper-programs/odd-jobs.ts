import { serveJobs } from '../../../src/shared/data/helper-program.ts';

export interface OddJob {
  readonly do:
    | 'echo'
    | 'throw'
    | 'throw-text'
    | 'wait'
    | 'loop'
    | 'exit'
    | 'fill-heap'
    | 'uncopyable'
    | 'self'
    | 'stuck-promise';
  readonly value?: unknown;
}

const inRefusal = (): never => {
  throw Object.assign(new RangeError('too odd'), { code: 'odd_code', secret: 'not copied' });
};

const fillHeap = (): never => {
  const kept: number[][] = [];
  for (;;) kept.push(Array.from({ length: 100_000 }, (_, index) => index * 1.5));
};

serveJobs(async (job: OddJob): Promise<unknown> => {
  switch (job.do) {
    case 'echo':
      return job.value;
    case 'throw':
      return inRefusal();
    case 'throw-text':
      // eslint-disable-next-line @typescript-eslint/only-throw-error
      throw 'only a text';
    case 'wait':
      return await new Promise(resolve => setTimeout(resolve, Number(job.value), 'waited'));
    case 'loop':
      for (;;);
    case 'exit':
      return process.exit(7);
    case 'fill-heap':
      return fillHeap();
    case 'uncopyable':
      return () => 'a function';
    case 'self':
      return { pid: process.pid, environment: { ...process.env } };
    case 'stuck-promise':
      return await new Promise(() => undefined);
  }
});
