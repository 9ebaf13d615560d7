import { BoundedConcurrency } from '../../../../src/accounts/data/bounded-concurrency.ts';
import { Unavailable } from '../../../../src/shared/domain/domain-error.ts';

const NEVER_MS = 60_000;

const aTask = () => {
  const { promise, resolve, reject } = Promise.withResolvers<string>();
  let started = false;
  const run = () => {
    started = true;
    return promise;
  };
  return { run, finish: resolve, fail: reject, hasStarted: () => started };
};

const settled = () => new Promise<void>(resolve => setImmediate(resolve));

describe('bounded concurrency', () => {
  test('no more tasks run at once than allowed, and the next starts when one ends', async () => {
    const work = new BoundedConcurrency('Work', { running: 2, waiting: 5, longestWaitMs: NEVER_MS });
    const tasks = [aTask(), aTask(), aTask()];
    const results = tasks.map(task => work.run(task.run));
    await settled();
    const startedAtFirst = tasks.map(task => task.hasStarted());

    tasks[1]!.finish('second');
    await settled();

    expect(startedAtFirst).toEqual([true, true, false]);
    expect(tasks[2]!.hasStarted()).toBe(true);
    tasks[0]!.finish('first');
    tasks[2]!.finish('third');
    expect(await Promise.all(results)).toEqual(['first', 'second', 'third']);
  });

  test('those who wait are served in the order they came', async () => {
    const work = new BoundedConcurrency('Work', { running: 1, waiting: 5, longestWaitMs: NEVER_MS });
    const served: number[] = [];

    await Promise.all(
      [1, 2, 3, 4].map(number =>
        work.run(() => {
          served.push(number);
          return Promise.resolve();
        }),
      ),
    );

    expect(served).toEqual([1, 2, 3, 4]);
  });

  test('beyond a full line everybody is told at once to come back later', async () => {
    const work = new BoundedConcurrency('Work', { running: 1, waiting: 1, longestWaitMs: 3_000 });
    const [running, waiting, tooMany] = [aTask(), aTask(), aTask()];
    const first = work.run(running.run);
    const second = work.run(waiting.run);

    const refused = await work.run(tooMany.run).catch((error: unknown) => error);

    expect(refused).toBeInstanceOf(Unavailable);
    expect(refused).toMatchObject({ retryAfterSeconds: 3 });
    expect(tooMany.hasStarted()).toBe(false);
    running.finish('');
    waiting.finish('');
    await Promise.all([first, second]);
  });

  test('whose turn does not come in time is told so, is never run, and gives up the place in line', async () => {
    const work = new BoundedConcurrency('Work', { running: 1, waiting: 1, longestWaitMs: 1 });
    const [running, waiting, next] = [aTask(), aTask(), aTask()];
    const first = work.run(running.run);

    await expect(work.run(waiting.run)).rejects.toBeInstanceOf(Unavailable);

    running.finish('');
    await first;
    next.finish('next');
    expect(await work.run(next.run)).toBe('next');
    expect(waiting.hasStarted()).toBe(false);
  });

  test('a task that fails, or throws at once, frees its place', async () => {
    const work = new BoundedConcurrency('Work', { running: 1, waiting: 0, longestWaitMs: NEVER_MS });

    await expect(work.run(() => Promise.reject(new Error('failed')))).rejects.toThrow('failed');
    await expect(
      work.run(() => {
        throw new Error('threw');
      }),
    ).rejects.toThrow('threw');

    expect(await work.run(() => Promise.resolve('fine'))).toBe('fine');
  });
});
