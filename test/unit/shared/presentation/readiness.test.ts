import { ProtocolError } from '../../../../src/shared/presentation/problem.ts';
import { Readiness } from '../../../../src/shared/presentation/readiness.ts';

const outcome = async (readiness: Readiness): Promise<unknown> => {
  try {
    await readiness.require();
    return 'ready';
  } catch (error) {
    return error instanceof ProtocolError ? (error.members.failing ?? error.code) : error;
  }
};

test('everything that fails is named, also what throws at once', async () => {
  const readiness = new Readiness(
    [
      { name: 'a', ping: () => Promise.reject(new Error('down')) },
      { name: 'b', ping: () => Promise.resolve() },
      {
        name: 'c',
        ping: () => {
          throw new Error('at once');
        },
      },
    ],
    () => false,
  );

  expect(await outcome(readiness)).toEqual(['a', 'c']);
});

test('what takes longer than it may fails', async () => {
  const readiness = new Readiness(
    [{ name: 'frozen', ping: () => new Promise(() => undefined) }],
    () => false,
    { deadlineMs: 5 },
  );

  expect(await outcome(readiness)).toEqual(['frozen']);
});

test('many questions at one moment are one ping, and later ones see the change', async () => {
  let now = 0;
  let pings = 0;
  let up = true;
  const ping = () => {
    pings++;
    return up ? Promise.resolve() : Promise.reject(new Error('down'));
  };
  const readiness = new Readiness([{ name: 'redis', ping }], () => false, { now: () => now });

  const together = await Promise.all([outcome(readiness), outcome(readiness)]);
  up = false;
  const soon = await outcome(readiness);
  now = 501;
  const later = await outcome(readiness);

  expect([together, soon, later]).toEqual([['ready', 'ready'], 'ready', ['redis']]);
  expect(pings).toBe(2);
});

test('while draining nobody is asked any more', async () => {
  const readiness = new Readiness(
    [{ name: 'redis', ping: () => Promise.reject(new Error('down')) }],
    () => true,
  );

  expect(await outcome(readiness)).toBe('draining');
});
