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
   * Accents are folded, other scripts transliterated, everything that is neither letter nor digit becomes a hyphen.
   * `shortId` (lower-case letters and digits) stands in where nothing is left.
   */
  static from(text: string, transliterate: Transliterate, shortId: () => string): Slug {
    const words = withoutAccents(text)
      .split(/[^\p{L}\p{N}]+/u)
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

// Compatibility forms and accents come apart (NFKD), and what was only set on top of a letter is dropped.
const withoutAccents = (text: string): string => text.normalize('NFKD').replaceAll(/\p{M}+/gu, '');

/** As many whole words as fit; the first one alone is cut where it is too long. */
const joined = (words: readonly string[], longest: number): string => {
  let text = words[0]?.slice(0, longest) ?? '';
  for (const word of words.slice(1)) {
    if (text.length + 1 + word.length > longest) break;
    text += `-${word}`;
  }
  return text;
};
