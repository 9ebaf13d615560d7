import { InvalidTag, TooManyTags } from './errors.ts';

const SHAPE = /^[\p{L}\p{N}](?:[\p{L}\p{N}\p{M}]|-(?=[\p{L}\p{N}])){0,39}$/u;
const MOST = 10;

/** A lower-case word, in any script; spaces become hyphens. */
export class Tag {
  readonly value: string;

  private constructor(value: string) {
    this.value = value;
  }

  static stored(value: string): Tag {
    return new Tag(value);
  }

  /** @throws {InvalidTag} */
  static of(text: string): Tag {
    const value = text
      .trim()
      .replace(/^#/, '')
      .normalize('NFC')
      .toLowerCase()
      .replaceAll(/[\s_-]+/g, '-');
    if (!SHAPE.test(value)) throw new InvalidTag();
    return new Tag(value);
  }
}

/** An article's tags, each once, in the order given. @throws {TooManyTags} */
export const tagSet = (tags: readonly Tag[]): readonly Tag[] => {
  const unique = [...new Map(tags.map(tag => [tag.value, tag])).values()];
  if (unique.length > MOST) throw new TooManyTags(MOST);
  return unique;
};
