import { MAX_ATTEMPTS, retryDelayMs } from '../../../src/shared/data/retry-schedule.ts';

const MIDDLE = 0.5;

test('retries begin after a second and double up to a quarter of an hour', () => {
  const delays = [1, 2, 3, 4, 10, 11, 12, 1_000].map(attempts => retryDelayMs(attempts, MIDDLE) / 1_000);

  expect(delays).toEqual([1, 2, 4, 8, 512, 900, 900, 900]);
});

test('what failed together is spread by a quarter either way', () => {
  expect(retryDelayMs(1, 0)).toBe(750);
  expect(retryDelayMs(1, 0.999_999)).toBe(1_250);
  expect(retryDelayMs(50, 0)).toBe(675_000);
});

test('the last attempt is about three days after the first', () => {
  let total = 0;
  for (let failed = 1; failed < MAX_ATTEMPTS; failed++) total += retryDelayMs(failed, MIDDLE);

  expect(total / 86_400_000).toBeCloseTo(3, 1);
});
