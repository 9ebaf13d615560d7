import { once } from 'node:events';
import { spawn } from 'node:child_process';
import { isAlive } from '../../../scripts/services/processes.ts';
import { HelperDied, HelperJobFailed, HelperTimedOut } from '../../../src/shared/data/helper-errors.ts';
import { HelperProcess, type HelperOptions } from '../../../src/shared/data/helper-process.ts';
import { Unavailable } from '../../../src/shared/domain/domain-error.ts';
import { until } from '../../e2e/faults/support/until.ts';
import type { OddJob } from '../../support/helper-programs/odd-jobs.ts';

const PROGRAMS = new URL('../../support/helper-programs/', import.meta.url);

const open = new Set<HelperProcess<OddJob, unknown>>();
const helper = (options: Partial<HelperOptions> = {}): HelperProcess<OddJob, unknown> => {
  const made = new HelperProcess<OddJob, unknown>({
    program: new URL('odd-jobs.ts', PROGRAMS),
    deadlineMs: 20_000,
    mostWaiting: 10,
    ...options,
  });
  open.add(made);
  return made;
};

const self = async (made: HelperProcess<OddJob, unknown>) =>
  (await made.run({ do: 'self' })) as { pid: number; environment: Record<string, string> };
const gone = (pid: number) => until(`process ${pid} is gone`, () => !isAlive(pid));

afterEach(async () => {
  await Promise.all([...open].map(made => made.close()));
  open.clear();
});

test('a job goes to another process, and its result comes back as it was', async () => {
  const made = helper();
  const value = {
    bytes: new Uint8Array([1, 2]),
    at: new Date(0),
    text: 'ø\ud800',
    list: [1n, null, undefined],
  };

  expect(await made.run({ do: 'echo', value })).toEqual(value);
  expect((await self(made)).pid).not.toBe(process.pid);
});

test('an error arrives with its name, message and code, and the process goes on', async () => {
  const made = helper();
  const { pid } = await self(made);

  const refused = await made.run({ do: 'throw' }).catch((error: unknown) => error);

  expect(refused).toBeInstanceOf(HelperJobFailed);
  expect(refused).toMatchObject({ name: 'RangeError', message: 'too odd', code: 'odd_code' });
  expect(refused).not.toHaveProperty('secret');
  await expect(made.run({ do: 'throw-text' })).rejects.toBeInstanceOf(HelperJobFailed);
  await expect(made.run({ do: 'uncopyable' })).rejects.toThrow(/could not be cloned/);
  await expect(made.run({ do: 'echo', value: () => 1 })).rejects.toThrow(/could not be cloned/);
  expect((await self(made)).pid).toBe(pid);
});

test('a process that is killed in the middle fails its job, and the next job gets a new one', async () => {
  const deaths: string[] = [];
  const made = helper({ onDeath: reason => deaths.push(reason) });
  const { pid } = await self(made);

  const stuck = made.run({ do: 'stuck-promise' });
  const next = self(made);
  process.kill(pid, 'SIGKILL');

  await expect(stuck).rejects.toMatchObject({ name: 'HelperDied', signal: 'SIGKILL' });
  expect((await next).pid).not.toBe(pid);
  expect(deaths).toEqual(['The helper process ended: signal SIGKILL.']);
});

test('a program that ends itself or fills its memory fails only its own job', async () => {
  const made = helper({ nodeOptions: ['--max-old-space-size=32'] });

  await expect(made.run({ do: 'exit' })).rejects.toThrow('exit code 7');
  await expect(made.run({ do: 'fill-heap' })).rejects.toBeInstanceOf(HelperDied);
  expect(await made.run({ do: 'echo', value: 1 })).toBe(1);
});

test.each(['loop', 'stuck-promise'] as const)(
  'a job that never ends (%s) is stopped at its deadline',
  async name => {
    const deaths: string[] = [];
    const made = helper({ deadlineMs: 300, onDeath: reason => deaths.push(reason) });
    const { pid } = await self(made);

    await expect(made.run({ do: name })).rejects.toBeInstanceOf(HelperTimedOut);

    await gone(pid);
    expect(deaths).toEqual(['The helper process was over its deadline of 300 ms.']);
    expect(await made.run({ do: 'echo', value: 'again' })).toBe('again');
  },
);

test('jobs wait for their turn, and one more than may wait is refused at once', async () => {
  const made = helper({ mostWaiting: 2 });
  const order: number[] = [];
  const jobs = [1, 2, 3].map(async number => {
    await made.run({ do: 'wait', value: 50 });
    order.push(number);
  });

  await expect(made.run({ do: 'echo' })).rejects.toBeInstanceOf(Unavailable);

  await Promise.all(jobs);
  expect(order).toEqual([1, 2, 3]);
});

test('who has waited too long for a turn is told so, and loses it', async () => {
  const made = helper({ longestWaitMs: 50 });
  await self(made);
  const first = made.run({ do: 'wait', value: 500 });

  await expect(made.run({ do: 'echo', value: 'late' })).rejects.toBeInstanceOf(Unavailable);

  expect(await first).toBe('waited');
  expect(await made.run({ do: 'echo', value: 'next' })).toBe('next');
});

test('several processes work side by side where that is wanted, and no more than that', async () => {
  const made = helper({ processes: 2 });

  const pids = await Promise.all([1, 2, 3, 4].map(async () => (await self(made)).pid));

  expect(new Set(pids).size).toBe(2);
});

test('an idle process is let go, which is no death, and a new one comes when it is needed', async () => {
  const deaths: string[] = [];
  const made = helper({ idleMs: 20, onDeath: reason => deaths.push(reason) });
  const { pid } = await self(made);

  await gone(pid);

  expect((await self(made)).pid).not.toBe(pid);
  expect(deaths).toEqual([]);
});

test('an idle process that died is replaced', async () => {
  const made = helper();
  const { pid } = await self(made);

  process.kill(pid, 'SIGKILL');
  await gone(pid);

  await until('a new process answers', async () => (await self(made).catch(() => null))?.pid !== pid);
});

test('a program that does not load is no fault of the job', async () => {
  const deaths: string[] = [];
  const made = helper({ program: new URL('broken.ts', PROGRAMS), onDeath: reason => deaths.push(reason) });

  await expect(made.run({ do: 'echo' })).rejects.toBeInstanceOf(Unavailable);

  expect(deaths[0]).toContain('exit code 1');
  expect(deaths[0]).toContain('broken while loading');
});

test('the child sees none of our secrets', async () => {
  process.env.SESSION_SECRET = 'of the parent';
  const made = helper({ environment: { TOLD: 'yes' } });

  const { environment } = await self(made);

  delete process.env.SESSION_SECRET;
  expect(environment.PATH).toBe(process.env.PATH);
  expect(environment.TOLD).toBe('yes');
  const harmless = ['PATH', 'HOME', 'TMPDIR', 'NODE_COMPILE_CACHE', 'TZ', 'LANG', 'TOLD'];
  const ofNode = ['NODE_CHANNEL_FD', 'NODE_CHANNEL_SERIALIZATION_MODE'];
  expect([...harmless, ...ofNode]).toEqual(expect.arrayContaining(Object.keys(environment)));
});

test('signals that a terminal or a service manager sends to all do not end a job', async () => {
  const made = helper();
  const { pid } = await self(made);
  const job = made.run({ do: 'wait', value: 200 });

  process.kill(pid, 'SIGINT');
  process.kill(pid, 'SIGTERM');

  expect(await job).toBe('waited');
});

test('closing lets the running job finish, refuses what waits and what comes, and ends the process', async () => {
  const made = helper();
  const { pid } = await self(made);
  const running = made.run({ do: 'wait', value: 200 });
  const waiting = made.run({ do: 'echo' });

  await Promise.all([
    made.close(),
    expect(running).resolves.toBe('waited'),
    expect(waiting).rejects.toBeInstanceOf(Unavailable),
  ]);

  expect(isAlive(pid)).toBe(false);
  await expect(made.run({ do: 'echo' })).rejects.toBeInstanceOf(Unavailable);
  await made.close();
});

const parent = (...words: string[]) => {
  const process_ = spawn(process.execPath, [new URL('parent.ts', PROGRAMS).pathname, ...words], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  let output = '';
  process_.stdout.setEncoding('utf8').on('data', (text: string) => (output += text));
  const child = () => Number(/child (\d+)\./.exec(output)?.[1]) || null;
  return { process: process_, ended: once(process_, 'exit'), child };
};

test.each(['wait', 'loop'])(
  'the child goes when its parent is killed, also in the middle of "%s"',
  async name => {
    const { process: killed, ended, child } = parent(name);
    const pid = await until('the parent has a child', child);

    killed.kill('SIGKILL');

    await ended;
    await gone(pid);
  },
);

test('an idle child does not keep its parent alive', async () => {
  const { ended, child } = parent();

  expect(await ended).toEqual([0, null]);

  await gone(child() ?? 0);
});
