import fc from 'fast-check';
import { inspect } from 'node:util';
import { DomainError } from '../../../../src/shared/domain/domain-error.ts';
import { NewPassword, type NewPasswordRules } from '../../../../src/accounts/domain/new-password.ts';

const rules: NewPasswordRules = {
  minimumLength: 12,
  isCommon: text => ['letmeinplease', 'sunshine', 'straße straße'].includes(text),
  names: ['daymark', 'Alice84', 'ann-marie.müller@example.org'],
};

const codeOf = (text: string, changed: Partial<NewPasswordRules> = {}): string => {
  try {
    NewPassword.of(text, { ...rules, ...changed });
    return 'accepted';
  } catch (error) {
    if (!(error instanceof DomainError) || error.kind !== 'invalid') throw error;
    return error.code;
  }
};

describe('the length of a password', () => {
  test.each([
    ['x7#kQ9$mWp2', 'password_too_short'],
    ['x7#kQ9$mWp2v', 'accepted'],
    [`${'pqvw7 ksj2 '.repeat(23)}xyq`, 'accepted'],
    [`${'pqvw7 ksj2 '.repeat(23)}xyqr`, 'password_too_long'],
    ['', 'password_too_short'],
  ])('%j is %s', (text, expected) => {
    expect(codeOf(text)).toBe(expected);
  });

  test('counts code points, so that a character outside the basic plane is one and not two', () => {
    const elevenEmoji = '🦊🐻🐼🐨🐯🦁🐮🐷🐸🐵🐔';

    expect(codeOf(elevenEmoji)).toBe('password_too_short');
    expect(codeOf(`${elevenEmoji}🐧`)).toBe('accepted');
  });

  test('is counted after normalisation', () => {
    const composedOfTwo = 'e\u0301';

    expect(codeOf(`x7kQ9mWp2v${composedOfTwo}`)).toBe('password_too_short');
  });

  test('follows the configured minimum', () => {
    expect(codeOf('x7#kQ9$m', { minimumLength: 8 })).toBe('accepted');
    expect(codeOf('x7#kQ9$mWp2v', { minimumLength: 15 })).toBe('password_too_short');
  });
});

describe('the characters of a password', () => {
  test.each([
    'only lower case letters',
    'UPPERCASEWORDS',
    '839201746352',
    '#%&*@!$^()_-=',
    'пароль из многих слов',
    '正しい馬の電池のホチキスです',
    '  leading and trailing  ',
    'tab\tand\nline break',
  ])('%j is accepted, as no rule asks for a mixture', text => {
    expect(codeOf(text)).toBe('accepted');
  });

  test.each(['null\0byte in here', 'lone \ud800 surrogate', 'lone low \udc00 surrogate'])(
    '%j cannot be stored',
    text => {
      expect(codeOf(text)).toBe('password_unusable');
    },
  );

  test('the two ways of typing one character make one password', () => {
    const one = NewPassword.of('cafe\u0301 au lait 7', rules);
    const other = NewPassword.of('caf\u00e9 au lait 7', rules);

    expect(one.value).toBe(other.value);
  });

  test('case and spaces are kept', () => {
    expect(NewPassword.of('  Correct Horse ', rules).value).toBe('  Correct Horse ');
  });
});

describe('common passwords', () => {
  test.each(['letmeinplease', 'LetMeInPlease', 'ｌｅｔｍｅｉｎｐｌｅａｓｅ', 'STRAßE straße'])(
    '%j is refused in whatever case and width',
    text => {
      expect(codeOf(text)).toBe('password_common');
    },
  );
});

describe('a password made of names', () => {
  test.each([
    'daymarkdaymark',
    'daymark123456',
    '2026-daymark-2026',
    '!!!!DayMark!!!!',
    'd4ym4rkd4ym4rk',
    'D@ym@rk 2026',
    'd.a.y.m.a.r.k',
    'alice84alice84',
    'Alice84-1999!!',
    'al1c3842026!',
    'alice84.daymark',
    'ann-marie.müller',
    'Annmarie 2026',
    'ann marie 1984',
    'mullermuller1',
    'MÜLLERmüller99',
    'ann-marie.müller@example.org',
    'daymark 20260101',
    'daymarkabcdefgh',
    'daymarkqwertyuiop',
    'daymarksunshine',
    'sunshinedaymark',
  ])('%j can be guessed', text => {
    expect(codeOf(text)).toBe('password_guessable');
  });

  test.each([
    'my daymark has a long phrase',
    'alice84 went down the hole',
    'daymark7340192856',
    'x7#kQ9$mann2',
    'remarkable days ahead',
    'example of a good phrase',
  ])('%j is accepted: the name is a part only', text => {
    expect(codeOf(text)).toBe('accepted');
  });

  test('names of one or two letters say nothing', () => {
    expect(codeOf('bo 9174-63-82', { names: ['bo', 'b', ''] })).toBe('accepted');
  });

  test('a name that would be special in a pattern is only text', () => {
    expect(codeOf('x7#kQ9$mWp2v', { names: ['.*', '(((', 'a+b|c', '$&', '\\'] })).toBe('accepted');
  });
});

describe('a password of sequences', () => {
  test.each([
    'aaaaaaaaaaaa',
    'aaaaaaaaaaa1',
    '            ',
    '🦊🦊🦊🦊🦊🦊🦊🦊🦊🦊🦊🦊',
    'abababababab',
    'abcabcabcabc',
    'x7kqx7kqx7kq',
    'x7kq9mx7kq9m',
    'x7kq9x7kq9x7',
    'AbCdAbCdabcd',
    'abcdefghijkl',
    'lkjihgfedcba',
    '123456789012',
    '098765432109',
    'uvwxyzabcdef',
    'abcdef123456',
    'aabbccddeeff',
    '111222333444',
    'qwertyuiopas',
    'azertyuiopqs',
    'abcdefghijkl!',
    '!@#$%^&*()!@#',
    'hellohellohello!!1',
  ])('%j can be guessed', text => {
    expect(codeOf(text)).toBe('password_guessable');
  });

  test.each([
    'correct horse battery staple',
    'abc is where I start 77',
    'mississippi bookkeeper',
    'x7kq9mw2x7kq9mw2',
    'ha ha ha, said the walrus',
  ])('%j is accepted', text => {
    expect(codeOf(text)).toBe('accepted');
  });
});

describe('whatever is typed', () => {
  const typed = fc.oneof(
    fc.string({ unit: 'binary', maxLength: 300 }),
    fc.string({ unit: 'grapheme', maxLength: 300 }),
    fc.string({ unit: fc.constantFrom('a', '1', '!', 'daymark', '\0', '\ud800', 'ß', 'ﷺ'), maxLength: 300 }),
  );

  test('is accepted or refused with one of the codes, and an accepted one obeys the bounds', () => {
    fc.assert(
      fc.property(typed, text => {
        const code = codeOf(text);

        expect(code).toMatch(/^(accepted|password_(unusable|too_short|too_long|guessable|common))$/);
        if (code !== 'accepted') return;
        const { value } = NewPassword.of(text, rules);
        expect(Array.from(value).length).toBeGreaterThanOrEqual(12);
        expect(Array.from(value).length).toBeLessThanOrEqual(256);
        expect(value).toBe(text.normalize('NFKC'));
        expect(NewPassword.of(value, rules).value).toBe(value);
      }),
    );
  });

  test('a generated password is never refused', () => {
    const generated = fc.string({
      unit: fc.constantFrom(...Array.from('abcdefghijkmnopqrstuvwxyzABCDEFGHJKLMNPQRSTUVWXYZ23456789#%+-_')),
      minLength: 20,
      maxLength: 64,
    });

    fc.assert(
      // fast-check likes to repeat itself; what a password manager makes has many different characters.
      fc.property(
        generated.filter(text => new Set(text.toLowerCase()).size > 14),
        text => codeOf(text) === 'accepted',
      ),
    );
  });

  test('a name with digits or punctuation around it is never accepted', () => {
    const around = fc.string({ unit: fc.constantFrom(...Array.from('0123456789!?.-_ #')), maxLength: 8 });

    fc.assert(
      fc.property(
        around,
        fc.constantFrom('daymark', 'DAYMARK', 'd4ymark', 'Alice84', 'annmarie'),
        (decoration, name) => {
          const text = `${decoration.slice(0, 4)}${name}${decoration.slice(4)}`;

          expect(codeOf(text)).toMatch(/^password_(guessable|too_short)$/);
        },
      ),
    );
  });

  test('is not shown by an error, by JSON or by inspection', () => {
    const secret = 'x7#kQ9$mWp2v';
    const password = NewPassword.of(secret, rules);

    expect(JSON.stringify({ password })).not.toContain(secret);
    expect(inspect(password, { depth: 9, showHidden: true })).not.toContain(secret);
    fc.assert(
      fc.property(fc.constantFrom('letmeinplease', 'daymark123456', 'qzx', 'aaaaaaaaaaaa'), text => {
        try {
          NewPassword.of(text, rules);
        } catch (error) {
          expect(inspect(error)).not.toContain(text);
        }
      }),
    );
  });
});
