import fc from 'fast-check';
import { GreetingMessage } from '../../../../src/guestbook/domain/greeting-message.ts';
import { GreetingName } from '../../../../src/guestbook/domain/greeting-name.ts';
import { holdsLink } from '../../../../src/guestbook/domain/links.ts';
import { DomainError } from '../../../../src/shared/domain/domain-error.ts';

const codeOf = (make: () => unknown): string => {
  try {
    make();
  } catch (error) {
    if (error instanceof DomainError) return error.code;
    throw error;
  }
  return 'none';
};

const nameCode = (text: string) => codeOf(() => GreetingName.of(text));
const messageCode = (text: string) => codeOf(() => GreetingMessage.of(text));
const character = (code: number) => String.fromCodePoint(code);
const range = (from: number, to: number) => Array.from({ length: to - from + 1 }, (_, index) => from + index);

// What the issue names: the controls of ISO 6429, and the embeddings, overrides and isolates of Unicode.
const CONTROLS = [...range(0x00, 0x1f), ...range(0x7f, 0x9f)].filter(code => code !== 0x0a);
const OVERRIDES = [...range(0x202a, 0x202e), ...range(0x2066, 0x2069)];

describe('a name', () => {
  test.each(['Grace', 'Ægir Ó’Brien', '李', '🦊', 'محمد', 'שלום', '1', '-', 'e\u0301'])('may be %s', text => {
    expect(GreetingName.of(`  ${text}\n`).value).toBe(text.normalize('NFC'));
  });

  test('has 1 to 80 code points after trimming', () => {
    expect(GreetingName.of(` ${'🦊'.repeat(80)} `).value).toHaveLength(160);
    expect(nameCode('🦊'.repeat(81))).toBe('too_long');
    expect(nameCode('')).toBe('blank_name');
  });

  test('has no control character and no override, wherever it stands', () => {
    const accepted = [...CONTROLS, ...OVERRIDES].filter(
      code => nameCode(`a${character(code)}b`) !== 'unseen_characters',
    );

    expect(accepted).toEqual([]);
  });

  test('may hold the marks that Hebrew and Arabic are written with: they turn nothing around', () => {
    for (const code of [0x200e, 0x200f, 0x061c]) expect(nameCode(`a${character(code)}b`)).toBe('none');
  });

  test.each(['\n', '\r\n', '\u2028', '\u2029'])('has one line, so no %j', lineBreak => {
    expect(nameCode(`a${lineBreak}b`)).toBe('line_break');
  });

  // Zero-width characters, joiners, marks, the byte order mark, fillers of Hangul, an empty Braille pattern, a soft
  // hyphen, variation selectors and tags.
  test.each([
    ...[0x20, 0xa0, 0x3000, 0x200b, 0x200c, 0x200d, 0x200e, 0x200f, 0x2060, 0xfeff, 0x00ad, 0x034f],
    ...[0x115f, 0x1160, 0x3164, 0xffa0, 0x2800, 0x180e, 0xfe0f, 0xe0041],
  ])('is not only U+%x', code => {
    expect(nameCode(character(code).repeat(3))).toBe('blank_name');
    expect(nameCode(`${character(code)}a`)).toBe('none');
  });
});

describe('a message', () => {
  test('has up to 500 code points on as many lines as one likes', () => {
    expect(GreetingMessage.of(' one\r\ntwo\n\nthree ')?.value).toBe('one\ntwo\n\nthree');
    expect(messageCode('🦊'.repeat(500))).toBe('none');
    expect(messageCode('🦊'.repeat(501))).toBe('too_long');
  });

  test('has no control character and no override', () => {
    const accepted = [...CONTROLS, ...OVERRIDES].filter(
      code => messageCode(`a${character(code)}b`) !== 'unseen_characters',
    );

    expect(accepted).toEqual([]);
  });

  test.each(['', ' \n\t ', '\u200b\u2800'])('of nothing to see is none: %j', text => {
    expect(GreetingMessage.of(text)).toBeNull();
  });
});

test('whatever is taken can be taken again and is the same', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'binary', maxLength: 100 }), text => {
      if (nameCode(text) !== 'none') return;
      const { value } = GreetingName.of(text);
      expect(GreetingName.of(value).value).toBe(value);
      expect(value).not.toMatch(/[\p{Cc}\u202a-\u202e\u2066-\u2069]/u);
    }),
    { numRuns: 2_000 },
  );
});

describe('an address that a reader could follow', () => {
  test.each([
    'http://example.com',
    'HTTPS://EXAMPLE.COM/x',
    'see(https://a.b)',
    'ftp://host',
    'myapp://open',
    'www.example.xyz',
    'look:www.ex',
    'example.com',
    'Visit Example.Com today',
    'example.com.',
    'spam.example.co.uk',
    'example.shop/offer',
    'bit.ly/3abc',
    'exämple.de',
    'пример.рф/купить',
    'xn--e1afmkfd.xn--p1ai',
    'example.zz:8080',
    'example.zz?ref=1',
    '//evil.com',
    '[click](evil.com)',
    '192.0.2.1/x',
    '192.0.2.1:80',
    'me@example.org',
    'mail me at first.last+tag@mail.example.museum',
    'mailto:me',
    'tel:+491234',
    'javascript:alert(1)',
    'exam\u200bple.com',
    'www\u00ad.example.zz',
    'ｅｘａｍｐｌｅ．ｃｏｍ',
    'example。com',
    'http：//example',
  ])('is found in %j', text => {
    expect(holdsLink(text)).toBe(true);
  });

  test.each([
    'Hello!',
    'Danke.Super Seite',
    'nice.It was great',
    'e.g. this, i.e. that',
    'z.B./u.a.',
    '3.14 or 1.2.3',
    'Node.js is fun',
    'and/or',
    '10:30',
    'at 5 p.m.',
    'me @ home',
    '@grace said so',
    'C++ > C',
    'Wait...what?',
    'Really?!Yes.No?',
    'Mr.Smith',
    'note: this',
  ])('is not found in %j', text => {
    expect(holdsLink(text)).toBe(false);
  });

  test('is looked for in no time, whatever the text', () => {
    const hostile = ['a.', 'www.', 'a@', '1.', 'a-', 'xn--', 'http:/', '\u200b'].map(part =>
      part.repeat(500 / part.length),
    );
    const start = performance.now();

    for (const text of hostile) holdsLink(text);

    // A few milliseconds; what looks back and forth would take minutes.
    expect(performance.now() - start).toBeLessThan(1_000);
  });
});
