import { delayAfterGuess, limits } from '../../../../src/accounts/data/limits.ts';

describe('the delay after a guess at a password', () => {
  test('doubles after the free ones, up to fifteen minutes', () => {
    const delays = Array.from({ length: 18 }, (_, index) => delayAfterGuess(index + 1, limits.guesses));

    expect(delays).toEqual([0, 0, 0, 0, 0, 1, 2, 4, 8, 16, 32, 64, 128, 256, 512, 900, 900, 900]);
  });

  test('stays at fifteen minutes however many there were', () => {
    expect(delayAfterGuess(1_000_000, limits.guesses)).toBe(900);
  });
});
