import { together } from '../../../scripts/backup/together.ts';

const untilAborted = (signal: AbortSignal, onEnd = (): void => undefined): Promise<never> =>
  new Promise((_resolve, reject) => {
    signal.addEventListener('abort', () => {
      onEnd();
      reject(signal.reason as Error);
    });
  });
const untold = new AbortController().signal;

test('every result comes back at its place', async () => {
  expect(await together(untold, [() => Promise.resolve(1), () => Promise.resolve('two')])).toEqual([
    1,
    'two',
  ]);
});

test('the first failure stops the others, and is told when they have ended', async () => {
  const ended: string[] = [];
  const both = together(untold, [
    signal => untilAborted(signal, () => ended.push('other')),
    () => Promise.reject(new Error('first')),
  ]);

  await expect(both).rejects.toThrow('first');
  expect(ended).toEqual(['other']);
});

test('a signal from outside stops all, and is what is told', async () => {
  const outside = new AbortController();
  const both = together(outside.signal, [untilAborted, untilAborted]);

  outside.abort(new Error('from outside'));

  await expect(both).rejects.toThrow('from outside');
});
