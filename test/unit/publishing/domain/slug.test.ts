import fc from 'fast-check';
import { Slug } from '../../../../src/publishing/domain/slug.ts';
import { transliterate } from '../../../../src/publishing/data/transliterate.ts';

const SHORT_ID = '0123456789';
const slugOf = (text: string) => Slug.from(text, transliterate, () => SHORT_ID).value;
const words = (count: number) => Array.from({ length: count }, () => 'word').join(' ');

test.each([
  [
    '@talel, the #slug for this string should contain 54 word characters!',
    'talel-the-slug-for-this-string-should-contain-54-word-characters',
  ],
  ['Den här texten kommer att sakna både "ä" och "å"', 'den-har-texten-kommer-att-sakna-bade-a-och-a'],
  ['a-b c', 'a-b-c'],
  ['  leading and trailing  ', 'leading-and-trailing'],
  ['tabs\tand\r\nlines', 'tabs-and-lines'],
  ['snake_case and a/b\\c', 'snake-case-and-a-b-c'],
  ['--- A --- B ---', 'a-b'],
  ['Crème brûlée à la façon de Noël', 'creme-brulee-a-la-facon-de-noel'],
  ['Ångström Øre Ærø Straße STRASSE ẞ', 'angstrom-ore-aero-strasse-strasse-ss'],
  ['Łódź, Đakovo, Þingvellir, cœur', 'lodz-dakovo-thingvellir-coeur'],
  ['İstanbul ılık', 'istanbul-ilik'],
  ['Việt Nam ế', 'viet-nam-e'],
  ['ﬁne ²³ ① Ⅷ ｆｕｌｌ', 'fine-23-1-viii-full'],
  ['Привет, мир! Толстой и Щука', 'privet-mir-tolstoy-i-shchuka'],
  ['Ελληνικά και ψυχή', 'ellinika-kai-psychi'],
  ['हिन्दी', 'hindi'],
  ['がんばって', 'ganbatte'],
  ['你好，世界', 'nihao-shijie'],
  ['한국어', 'hangugeo'],
  ['مرحبا 123 ٣', 'mrhb-123-3'],
  ['I ❤️ TypeScript 🎉🎉 1️⃣', 'i-typescript-1'],
  ['soft\u00adhyphen zero\u200dwidth zero\u200bspace', 'softhyphen-zerowidth-zero-space'],
  ["don't", 'don-t'],
  ['C++ & C#', 'c-c'],
])('%j becomes %s', (text, slug) => {
  expect(slugOf(text)).toBe(slug);
});

test.each(['', ' ', '!!!', '---', '🎉', '\u0301', '\ud83d', '\u200b'])(
  'nothing usable (%j) gets a short id',
  text => {
    expect(slugOf(text)).toBe(SHORT_ID);
  },
);

test('a long text is cut at a word', () => {
  expect(slugOf(words(40))).toBe(words(16).replaceAll(' ', '-'));
  expect(slugOf(`${words(15)} six77`)).toBe(`${words(15)} six77`.replaceAll(' ', '-'));
  expect(slugOf(`${words(15)} sixty7`)).toBe(words(15).replaceAll(' ', '-'));
});

test('a single word that is too long is cut', () => {
  expect(slugOf('x'.repeat(200))).toBe('x'.repeat(80));
  expect(slugOf(`a ${'x'.repeat(200)}`)).toBe('a');
});

test('numbers are put behind exactly, and take their room from whole words', () => {
  const slug = Slug.from('Title', transliterate, () => SHORT_ID);

  expect([1, 2, 3, 10].map(number => slug.numbered(number).value)).toEqual([
    'title',
    'title-2',
    'title-3',
    'title-10',
  ]);
  const full = `${words(15)} six77`.replaceAll(' ', '-');
  expect(Slug.stored(full).numbered(2).value).toBe(`${words(15).replaceAll(' ', '-')}-2`);
  expect(Slug.stored('x'.repeat(80)).numbered(12).value).toBe(`${'x'.repeat(77)}-12`);
});

const SHAPE = /^[a-z0-9]+(-[a-z0-9]+)*$/;
// Every code unit, lone surrogates included, and texts that look like titles.
const anything = fc.oneof(
  fc
    .array(fc.integer({ min: 0, max: 0xff_ff }), { maxLength: 150 })
    .map(units => String.fromCharCode(...units)),
  fc.string({ unit: 'binary', maxLength: 150 }),
  fc.string({ unit: 'grapheme', maxLength: 150 }),
  fc
    .array(fc.constantFrom('wörd', 'Привет', '-', ' ', '🎉', 'Ä', 'x'.repeat(90), '2', '\u0301'), {
      maxLength: 40,
    })
    .map(parts => parts.join('')),
);

describe('whatever the text is', () => {
  test('a slug has its shape and at most 80 characters', () => {
    fc.assert(
      fc.property(anything, text => {
        const slug = slugOf(text);
        expect(slug).toMatch(SHAPE);
        expect(slug.length).toBeLessThanOrEqual(80);
      }),
      { numRuns: 2_000 },
    );
  });

  test('the slug of a slug is itself', () => {
    fc.assert(fc.property(anything, text => slugOf(slugOf(text)) === slugOf(text)));
  });

  test('the form of normalisation does not matter', () => {
    fc.assert(
      fc.property(anything, fc.constantFrom('NFC', 'NFD', 'NFKC', 'NFKD'), (text, form) => {
        expect(slugOf(text.normalize(form))).toBe(slugOf(text));
      }),
      { numRuns: 2_000 },
    );
  });

  test('what surrounds the words does not matter', () => {
    const junk = fc.string({
      unit: fc.constantFrom(' ', '-', '_', '!', '🎉', '\t', '"', '\u200b', '—'),
      maxLength: 9,
    });
    fc.assert(
      fc.property(junk, anything, junk, (before, text, after) => {
        expect(slugOf(`${before} ${text} ${after}`)).toBe(slugOf(text));
      }),
    );
  });

  test('a number ends the slug, which keeps its shape and its length', () => {
    fc.assert(
      fc.property(anything, fc.integer({ min: 2, max: 1_000_000 }), (text, number) => {
        const { value } = Slug.stored(slugOf(text)).numbered(number);
        expect(value).toMatch(SHAPE);
        expect(value.endsWith(`-${number}`)).toBe(true);
        expect(value.length).toBeLessThanOrEqual(80);
      }),
    );
  });
});

test('case does not matter', () => {
  const letters =
    'abcxyzäöüåøæéñçłđþабвгдежзийклмнопрстуфхцчшщъыьэюяёїєґαβγδεζηθικλμνξοπρσςτυφχψωάέήί 0123456789-';
  fc.assert(
    fc.property(fc.string({ unit: fc.constantFrom(...letters.split('')), maxLength: 100 }), text => {
      expect(slugOf(text.toUpperCase())).toBe(slugOf(text));
    }),
  );
});
