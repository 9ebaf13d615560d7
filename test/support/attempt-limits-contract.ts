import { limits, type Limits } from '../../src/accounts/data/limits.ts';
import type { AttemptLimits } from '../../src/accounts/services/attempt-limits.ts';
import { TooManyAttempts } from '../../src/shared/domain/domain-error.ts';

/** Few attempts, so that a test is short, and long windows, so that none ends while it runs. */
export const strictLimits: Limits = {
  allowances: {
    ...limits.allowances,
    'login-per-ip': { attempts: 3, perSeconds: 600 },
    'register-per-ip': { attempts: 3, perSeconds: 600 },
    'mail-per-address': { attempts: 2, perSeconds: 600 },
    'mail-token-per-ip': { attempts: 1, perSeconds: 1 },
  },
  guesses: { free: 3, firstDelaySeconds: 60, longestDelaySeconds: 900, forgottenAfterSeconds: 3_600 },
};

/** Tells how many of the attempts got through; fails on any other error than a refusal. */
export const countPassed = async (attempts: readonly Promise<void>[]): Promise<number> => {
  const outcomes = await Promise.allSettled(attempts);
  for (const outcome of outcomes)
    if (outcome.status === 'rejected') expect(outcome.reason).toBeInstanceOf(TooManyAttempts);
  return outcomes.filter(outcome => outcome.status === 'fulfilled').length;
};

export const times = (count: number, attempt: () => Promise<void>): Promise<void>[] =>
  Array.from({ length: count }, attempt);

let used = 0;

/** A mail address that no other test has used. */
export const anAddress = (): string => `somebody-${process.pid}-${Date.now()}-${used++}@example.org`;

/** An IPv6 network that no other test has used. */
export const aNetwork = (): string =>
  `2001:db8:${(process.pid % 65_536).toString(16)}:${((Date.now() + used++) % 65_536).toString(16)}`;

/** What holds wherever attempts are counted. */
export const attemptLimitsContract = (where: string, make: (table: Limits) => AttemptLimits): void => {
  describe(`attempts counted ${where}`, () => {
    const refusalOf = async (attempt: Promise<void>): Promise<TooManyAttempts> => {
      const refused = await attempt.catch((error: unknown) => error);
      if (!(refused instanceof TooManyAttempts))
        throw new Error(`expected a refusal, got ${String(refused)}`);
      return refused;
    };

    test('beyond the allowance an attempt is refused, and told when to come back', async () => {
      const attempts = make(strictLimits);
      const network = aNetwork();
      for (let count = 0; count < 3; count++) await attempts.spend('login-per-ip', `${network}::1`);

      const refused = await refusalOf(attempts.spend('login-per-ip', `${network}::1`));

      expect(refused.retryAfterSeconds).toBeGreaterThan(590);
      expect(refused.retryAfterSeconds).toBeLessThanOrEqual(600);
    });

    test('of fifty attempts at once exactly the allowance gets through', async () => {
      const attempts = make(strictLimits);
      const network = aNetwork();

      expect(await countPassed(times(50, () => attempts.spend('login-per-ip', `${network}::1`)))).toBe(3);
    });

    test('each limit counts for itself', async () => {
      const attempts = make(strictLimits);
      const network = aNetwork();
      await countPassed(times(9, () => attempts.spend('login-per-ip', `${network}::1`)));

      await expect(attempts.spend('register-per-ip', `${network}::1`)).resolves.toBeUndefined();
    });

    test('all addresses of one IPv6 network share an allowance, and the next network has its own', async () => {
      const attempts = make(strictLimits);
      const [network, next] = [aNetwork(), aNetwork()];
      for (let count = 0; count < 3; count++)
        await attempts.spend('login-per-ip', `${network}:${count.toString(16)}::${count.toString(16)}`);

      await refusalOf(attempts.spend('login-per-ip', `${network}:ffff:ffff:ffff:ffff`));

      await expect(attempts.spend('login-per-ip', `${next}::1`)).resolves.toBeUndefined();
    });

    test('a quiet limit answers instead of refusing', async () => {
      const attempts = make(strictLimits);
      const address = anAddress();

      const answers = [];
      for (let count = 0; count < 4; count++)
        answers.push(await attempts.trySpend('mail-per-address', address));

      expect(answers).toEqual([true, true, false, false]);
    });

    test('an allowance comes back when its time is over', async () => {
      const attempts = make(strictLimits);
      const network = aNetwork();
      await attempts.spend('mail-token-per-ip', `${network}::1`);
      const early = await refusalOf(attempts.spend('mail-token-per-ip', `${network}::1`));

      await new Promise(resolve => setTimeout(resolve, 1_050));

      expect(early.retryAfterSeconds).toBe(1);
      await expect(attempts.spend('mail-token-per-ip', `${network}::1`)).resolves.toBeUndefined();
    });

    test('after a few wrong guesses the next has to wait', async () => {
      const attempts = make(strictLimits);
      const address = anAddress();
      for (let count = 0; count < 4; count++) await attempts.guess(address, null);

      const refused = await refusalOf(attempts.guess(address, null));

      expect(refused.retryAfterSeconds).toBeGreaterThan(55);
      expect(refused.retryAfterSeconds).toBeLessThanOrEqual(60);
    });

    test('the wait is twice as long after each further guess', async () => {
      const briefly = { ...strictLimits.guesses, free: 1, firstDelaySeconds: 1 };
      const attempts = make({ ...strictLimits, guesses: briefly });
      const address = anAddress();
      await attempts.guess(address, null);
      await attempts.guess(address, null);
      const first = await refusalOf(attempts.guess(address, null));
      await new Promise(resolve => setTimeout(resolve, 1_050));
      await attempts.guess(address, null);

      const second = await refusalOf(attempts.guess(address, null));

      expect([first, second].map(refused => refused.retryAfterSeconds)).toEqual([1, 2]);
    });

    test('asking again while the wait lasts does not make it longer', async () => {
      const attempts = make(strictLimits);
      const address = anAddress();
      for (let count = 0; count < 4; count++) await attempts.guess(address, null);

      for (let count = 0; count < 20; count++) await refusalOf(attempts.guess(address, null));

      expect((await refusalOf(attempts.guess(address, null))).retryAfterSeconds).toBeLessThanOrEqual(60);
    });

    test('of fifty guesses at once only the free ones and one more get through', async () => {
      const attempts = make(strictLimits);
      const address = anAddress();

      expect(await countPassed(times(50, () => attempts.guess(address, null)))).toBe(4);
    });

    test('the owner at a known device is not locked out by the guesses of strangers', async () => {
      const attempts = make(strictLimits);
      const address = anAddress();
      await countPassed(times(50, () => attempts.guess(address, null)));

      await expect(attempts.guess(address, 'a-known-device')).resolves.toBeUndefined();
      await refusalOf(attempts.guess(address, null));
    });

    test('a known device is limited too, by itself', async () => {
      const attempts = make(strictLimits);
      const address = anAddress();

      expect(await countPassed(times(50, () => attempts.guess(address, 'a-stolen-device')))).toBe(4);
      await expect(attempts.guess(address, null)).resolves.toBeUndefined();
    });

    test('a right guess empties its own bucket and no other', async () => {
      const attempts = make(strictLimits);
      const address = anAddress();
      await countPassed(times(9, () => attempts.guess(address, null)));
      await countPassed(times(9, () => attempts.guess(address, 'a-device')));

      await attempts.forgive(address, 'a-device');

      expect(await countPassed(times(9, () => attempts.guess(address, 'a-device')))).toBe(4);
      await refusalOf(attempts.guess(address, null));
    });

    test('the guesses at one address do not count for another', async () => {
      const attempts = make(strictLimits);
      await countPassed(times(9, () => attempts.guess(anAddress(), null)));

      await expect(attempts.guess(anAddress(), null)).resolves.toBeUndefined();
    });
  });
};
