import { HelperProcess } from '../../../src/shared/data/helper-process.ts';
import type { OddJob } from './odd-jobs.ts';

// A parent for a test to kill: it writes its child's process id, has it do the job named on the command line, and is
// done once there is nothing to wait for.
const helper = new HelperProcess<OddJob, unknown>({
  program: new URL('odd-jobs.ts', import.meta.url),
  deadlineMs: 60_000,
  mostWaiting: 1,
});
const { pid } = (await helper.run({ do: 'self' })) as { pid: number };
process.stdout.write(`child ${pid}.\n`);
const name = process.argv[2] as OddJob['do'] | undefined;
if (name) void helper.run({ do: name }).catch(() => undefined);
