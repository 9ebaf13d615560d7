import fc from 'fast-check';
import { ShippedCommonPasswords } from '../../../../src/accounts/data/shipped-common-passwords.ts';

const common = new ShippedCommonPasswords();

describe('the shipped list of common passwords', () => {
  test.each(['password', '123456', 'qwertyuiop', 'p4ssw0rd', '123456789012'])('has %j', text => {
    expect(common.includes(text)).toBe(true);
  });

  test.each([
    'password1234',
    'password2026!',
    '!!password!!',
    '123password123',
    '2026-sunshine',
    'sunshine 01.01.99',
    'p4ssw0rd2026',
    'abc123!!!!!!',
    'passwordpassword',
    'password password',
    'dragonsdragons99',
    'monkey-monkey-monkey!',
    'password1password1',
    '1234567890!',
  ])('sees through what was added to it in %j', text => {
    expect(common.includes(text)).toBe(true);
  });

  test.each([
    'correct horse battery staple',
    'my password is a secret of mine',
    'sunshine over the harbour',
    'passwordsunshine',
    'password839201746352',
    'dragonfly7monkey',
    'bluebird sings',
    'x7#kq9$mwp2v',
    '839201746352',
    '',
    '1',
    '🦊🐻🐼🐨🐯🦁🐮🐷🐸🐵🐔🐧',
  ])('leaves %j alone', text => {
    expect(common.includes(text)).toBe(false);
  });

  test('a random number of twelve digits is very rarely refused', () => {
    const numbers = Array.from({ length: 2_000 }, (_, index) =>
      String((index * 715_827_883 * 97) % 1_000_000_000_000).padStart(12, '7'),
    );

    expect(numbers.filter(text => common.includes(text)).length).toBeLessThan(4);
  });

  test('phrases of four words are never refused', () => {
    const word = fc.constantFrom('password', 'monkey', 'sunshine', 'dragon', 'river', 'seven', 'quietly');

    fc.assert(
      fc.property(
        fc.uniqueArray(word, { minLength: 4, maxLength: 6 }),
        fc.constantFrom(' ', '-', ''),
        (words, between) => !common.includes(words.join(between)),
      ),
    );
  });
});
