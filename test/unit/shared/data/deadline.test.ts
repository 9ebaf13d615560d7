import {
  beforeDeadline,
  DeadlinePassed,
  whenOverdue,
  withinDeadline,
} from '../../../../src/shared/data/deadline.ts';

const never = (): Promise<never> => new Promise(() => undefined);

test('what comes in time is the result, and what fails in time is the failure', async () => {
  await expect(beforeDeadline(60_000, Promise.resolve('done'))).resolves.toBe('done');
  await expect(beforeDeadline(60_000, Promise.reject(new Error('no')))).rejects.toThrow('no');
});

test('what does not come in time is given up', async () => {
  await expect(beforeDeadline(1, never())).rejects.toThrow(DeadlinePassed);
});

test('work that is given up is told to stop, and why', async () => {
  let signal: AbortSignal | undefined;

  const outcome = withinDeadline(1, given => {
    signal = given;
    return never();
  });

  await expect(outcome).rejects.toThrow('No result within 1 ms.');
  expect(signal?.reason).toBeInstanceOf(DeadlinePassed);
});

test('work that fails by itself is not told to stop', async () => {
  let signal: AbortSignal | undefined;

  const outcome = withinDeadline(60_000, given => {
    signal = given;
    return Promise.reject(new Error('no'));
  });

  await expect(outcome).rejects.toThrow('no');
  expect(signal?.aborted).toBe(false);
});

test('what was called off is not given up, not even between the deadline and the last look', async () => {
  let timesGivenUp = 0;
  const givenUp = () => (timesGivenUp += 1);

  whenOverdue(1, givenUp)();
  const callOff = whenOverdue(1, givenUp);
  // A timer that is due with ours, and runs right after it.
  await new Promise<void>(resolve =>
    setTimeout(() => {
      callOff();
      resolve();
    }, 1),
  );
  await new Promise(resolve => setImmediate(resolve));

  expect(timesGivenUp).toBe(0);
});
