import { UnlimitedAttempts } from '../../../../src/accounts/data/unlimited-attempts.ts';

describe('with limits switched off', () => {
  test('nothing is ever refused', async () => {
    const attempts = new UnlimitedAttempts();

    for (let count = 0; count < 1_000; count++) {
      await attempts.spend();
      await attempts.guess();
      expect(await attempts.trySpend()).toBe(true);
    }
    await attempts.forgive();
  });
});
