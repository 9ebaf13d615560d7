/** Writes letters and digits of any script in ASCII, one word at a time. What it cannot write it leaves out. */
export type Transliterate = (word: string) => string;

const LONGEST = 80;

/**
 * An article's name in its address: lower-case ASCII words joined by single hyphens, at most 80 characters. It is what
 * others link to, so a new title does not change it.
 */
export class Slug {
  readonly value: string;

  private constructor(value: string) {
    this.value = value;
  }

  static stored(value: string): Slug {
    return new Slug(value);
  }

  /**
   * Accents are folded and other scripts transliterated. Everything that is neither letter nor digit becomes a hyphen,
   * together with its neighbours. `shortId` (lower-case letters and digits) stands in where nothing is left.
   */
  static from(text: string, transliterate: Transliterate, shortId: () => string): Slug {
    const words = folded(text)
      .split(/[^\p{L}\p{N}\p{M}]+/u)
      .map(word =>
        transliterate(word)
          .toLowerCase()
          .replaceAll(/[^a-z0-9]/g, ''),
      )
      .filter(word => word !== '');
    return new Slug(joined(words, LONGEST) || shortId());
  }

  /** The slug itself for 1, and `slug-2`, `slug-3` after it, shortened where the number needs the room. */
  numbered(number: number): Slug {
    if (number === 1) return this;
    const suffix = `-${number}`;
    return new Slug(joined(this.value.split('-'), LONGEST - suffix.length) + suffix);
  }
}

/**
 * Compatibility forms and accents come apart (NFKD). Only Latin and Greek letters lose what was set on top of them: in
 * other scripts a mark is a vowel or makes another letter, and goes back to its place (NFC). Characters that only say
 * how their neighbours are shown are no gaps between words, except the space without a width.
 */
const folded = (text: string): string =>
  text
    .replaceAll(/[\p{Cf}--\u200b]+/gv, '')
    .normalize('NFKD')
    .replaceAll(/([\p{Script=Latin}\p{Script=Greek}])\p{M}+/gu, '$1')
    .normalize('NFC');

/** As many whole words as fit; the first one alone is cut where it is too long. */
const joined = (words: readonly string[], longest: number): string => {
  let text = words[0]?.slice(0, longest) ?? '';
  for (const word of words.slice(1)) {
    if (text.length + 1 + word.length > longest) break;
    text += `-${word}`;
  }
  return text;
};
