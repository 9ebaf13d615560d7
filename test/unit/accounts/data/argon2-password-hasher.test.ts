import { inspect } from 'node:util';
import {
  Argon2PasswordHasher,
  hashingBounds,
  type Argon2Options,
  type UnreadableHash,
} from '../../../../src/accounts/data/argon2-password-hasher.ts';
import { Unavailable } from '../../../../src/shared/domain/domain-error.ts';

const FIRST = '1:the first pepper of at least thirty-two characters';
const SECOND = '2:the second pepper: of at least thirty-two characters';
const cheap = { memoryKib: 64, passes: 1, lanes: 1 };
const PASSWORD = 'correct horse battery';

const aHasher = (peppers: readonly string[] = [FIRST], options: Argon2Options = {}) =>
  new Argon2PasswordHasher(peppers, { parameters: cheap, ...options });

describe('hashing a password', () => {
  test('the right password matches, any other does not', async () => {
    const hasher = aHasher();
    const stored = await hasher.hash(PASSWORD);

    expect(await hasher.verify(PASSWORD, stored)).toEqual({ matches: true, stale: false });
    expect(await hasher.verify(`${PASSWORD} `, stored)).toEqual({ matches: false, stale: false });
    expect(await hasher.verify(PASSWORD.toUpperCase(), stored)).toEqual({ matches: false, stale: false });
    expect(await hasher.verify('', stored)).toEqual({ matches: false, stale: false });
  });

  test('what is stored is argon2id with the recommended cost and says which pepper was used', async () => {
    const stored = await new Argon2PasswordHasher([FIRST]).hash(PASSWORD);

    expect(stored).toMatch(
      /^pepper=1\$argon2id\$v=19\$m=19456,t=2,p=1\$[A-Za-z0-9+/]{22}\$[A-Za-z0-9+/]{43}$/,
    );
  });

  test('one password is stored differently each time', async () => {
    const hasher = aHasher();

    expect(await hasher.hash(PASSWORD)).not.toBe(await hasher.hash(PASSWORD));
  });

  test.each([
    ['cafe\u0301 au lait', 'caf\u00e9 au lait'],
    ['ｆｕｌｌ ｗｉｄｔｈ', 'full width'],
    ['ﬁnally \u2460', 'finally 1'],
  ])('%j and %j are one password', async (one, other) => {
    const hasher = aHasher();

    expect(await hasher.verify(other, await hasher.hash(one))).toMatchObject({ matches: true });
  });

  test('every character counts: a long password is not cut, and a null byte does not end one', async () => {
    const hasher = aHasher();
    const long = 'x'.repeat(255);

    expect(await hasher.verify(`${long}b`, await hasher.hash(`${long}a`))).toMatchObject({ matches: false });
    expect(await hasher.verify('before\0after', await hasher.hash('before\0'))).toMatchObject({
      matches: false,
    });
  });
});

describe('the pepper', () => {
  test('without it a stored hash is worth nothing', async () => {
    const stored = await aHasher([FIRST]).hash(PASSWORD);
    const elsewhere = aHasher(['1:another pepper of at least thirty-two characters']);

    expect(await elsewhere.verify(PASSWORD, stored)).toMatchObject({ matches: false });
  });

  test('the highest version makes new hashes, in whatever order they are configured', async () => {
    expect(await aHasher([SECOND, FIRST]).hash(PASSWORD)).toMatch(/^pepper=2\$/);
    expect(
      await aHasher([FIRST, '10:a tenth pepper of at least thirty-two chars', SECOND]).hash(PASSWORD),
    ).toMatch(/^pepper=10\$/);
  });

  test('an older version is accepted and asks for a new hash', async () => {
    const stored = await aHasher([FIRST]).hash(PASSWORD);
    const rotated = aHasher([FIRST, SECOND]);

    expect(await rotated.verify(PASSWORD, stored)).toEqual({ matches: true, stale: true });
    expect(await rotated.verify(PASSWORD, await rotated.hash(PASSWORD))).toEqual({
      matches: true,
      stale: false,
    });
  });

  test('a version that is not configured matches nothing and is reported', async () => {
    const reasons: UnreadableHash[] = [];
    const stored = await aHasher([FIRST, SECOND]).hash(PASSWORD);

    const answer = await aHasher([FIRST], { onUnreadable: reason => reasons.push(reason) }).verify(
      PASSWORD,
      stored,
    );

    expect(answer).toEqual({ matches: false, stale: false });
    expect(reasons).toEqual(['pepper_unknown']);
  });

  test.each([[[]], [[FIRST, '1:the same version for a second secret....']]])(
    'peppers %j are refused at start, and not shown',
    peppers => {
      const refused = (() => {
        try {
          return aHasher(peppers);
        } catch (error) {
          return error;
        }
      })();

      expect(refused).toBeInstanceOf(Error);
      expect(inspect(refused)).not.toContain('the first pepper');
    },
  );
});

describe('the cost', () => {
  test.each([
    { memoryKib: 128, passes: 1, lanes: 1 },
    { memoryKib: 64, passes: 2, lanes: 1 },
    { memoryKib: 64, passes: 1, lanes: 2 },
  ])('a hash made at another cost than %j matches and asks for a new one', async parameters => {
    const stored = await aHasher().hash(PASSWORD);

    expect(await aHasher([FIRST], { parameters }).verify(PASSWORD, stored)).toEqual({
      matches: true,
      stale: true,
    });
  });

  test('a cost that could not be read back is refused at start', () => {
    expect(() => aHasher([FIRST], { parameters: { memoryKib: 1_000_000, passes: 2, lanes: 1 } })).toThrow();
  });
});

describe('a stored text that somebody tampered with', () => {
  const salt = 'c29tZXNhbHRzb21lc2FsdA';
  const digest = 'ZGlnZXN0ZGlnZXN0ZGlnZXN0ZGlnZXN0ZGlnZXN0ZGk';
  const withCost = (cost: string) => `pepper=1$argon2id$v=19$${cost}$${salt}$${digest}`;

  test.each([
    [withCost('m=4194304,t=2,p=1'), 'parameters_out_of_bounds'],
    [withCost('m=65537,t=1,p=1'), 'parameters_out_of_bounds'],
    [withCost('m=65536,t=16,p=1'), 'parameters_out_of_bounds'],
    [withCost('m=64,t=999,p=1'), 'parameters_out_of_bounds'],
    [withCost('m=64,t=0,p=1'), 'parameters_out_of_bounds'],
    [withCost('m=64,t=1,p=255'), 'parameters_out_of_bounds'],
    [withCost('m=64,t=1,p=0'), 'parameters_out_of_bounds'],
    [withCost('m=1,t=1,p=1'), 'parameters_out_of_bounds'],
    [withCost('m=99999999999,t=1,p=1'), 'not_a_hash'],
    [withCost('t=1,m=64,p=1'), 'not_a_hash'],
    [withCost('m=64,t=1,p=1').replace('argon2id', 'argon2i'), 'not_a_hash'],
    [withCost('m=64,t=1,p=1').replace('v=19', 'v=16'), 'not_a_hash'],
    [withCost('m=64,t=1,p=1').replace(salt, 'c29t'), 'not_a_hash'],
    [withCost('m=64,t=1,p=1').replace(digest, digest.repeat(1_000)), 'not_a_hash'],
    [`${withCost('m=64,t=1,p=1')}\n`, 'not_a_hash'],
    [`$argon2id$v=19$m=64,t=1,p=1$${salt}$${digest}`, 'not_a_hash'],
    [PASSWORD, 'not_a_hash'],
    ['', 'not_a_hash'],
    [withCost('m=64,t=1,p=1').replace('pepper=1', 'pepper=77'), 'pepper_unknown'],
  ] satisfies [string, UnreadableHash][])('%s matches nothing: %s', async (stored, expected) => {
    const reasons: UnreadableHash[] = [];

    const answer = await aHasher([FIRST], { onUnreadable: reason => reasons.push(reason) }).verify(
      PASSWORD,
      stored,
    );

    expect(answer).toEqual({ matches: false, stale: false });
    expect(reasons).toEqual([expected]);
  });
});

describe('overload', () => {
  const narrow = { running: 1, waiting: 2, longestWaitMs: 60_000 };

  test.each(['hash', 'verifyNothing'] as const)(
    'beyond the line %s answers that it is unavailable, without the password in the error',
    async method => {
      const hasher = aHasher([FIRST], { concurrency: narrow });

      const outcomes = await Promise.allSettled(Array.from({ length: 10 }, () => hasher[method](PASSWORD)));

      const refused = outcomes
        .filter(outcome => outcome.status === 'rejected')
        .map(outcome => outcome.reason);
      expect(refused).toHaveLength(7);
      for (const error of refused) {
        expect(error).toBeInstanceOf(Unavailable);
        expect(inspect(error, { depth: 9 })).not.toContain(PASSWORD);
      }
      await expect(hasher.verifyNothing(PASSWORD)).resolves.toBeUndefined();
    },
  );

  test('an account that does not exist waits in the same line as one that does', async () => {
    const hasher = aHasher([FIRST], { concurrency: { ...narrow, waiting: 0 } });
    const stored = await hasher.hash(PASSWORD);

    const occupied = hasher.verify(PASSWORD, stored);

    await expect(hasher.verifyNothing(PASSWORD)).rejects.toBeInstanceOf(Unavailable);
    await occupied;
  });

  test.each([
    [1, 4, 1],
    [2, 4, 2],
    [64, 4, 3],
    [64, 65, 64],
    [8, 1, 1],
  ])('with %d cores and %d threads, %d hashes run at once', (cores, threads, running) => {
    expect(hashingBounds(cores, threads)).toEqual({ running, waiting: 32 * running, longestWaitMs: 3_000 });
  });
});
