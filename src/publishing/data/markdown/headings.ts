import type MarkdownIt from 'markdown-it';
import type Token from 'markdown-it/lib/token.mjs';
import { BodyTooComplex } from '../../domain/errors.ts';
import type { Heading } from '../../domain/rendering.ts';
import { Slug } from '../../domain/slug.ts';
import { transliterate } from '../transliterate.ts';
import { OURS } from './ours.ts';

// One on every hundred characters of the longest body.
const MOST_HEADINGS = 5_000;

export interface FlatHeading {
  readonly id: string;
  readonly level: number;
  readonly title: string;
}

/** The headings of one text in the order of its HTML. */
export interface HeadingsFound {
  headings?: FlatHeading[];
}

/** The anchor of the first heading with this text. The prefix keeps it out of the way of a page's own names. */
export const headingId = (text: string): string => `h-${slugOf(text).value}`;

const slugOf = (text: string): Slug => Slug.from(text, transliterate, () => 'section');

/** Gives every heading that is written in Markdown an id, made of its text alone, and notes them all down. */
export const headingAnchors = (md: MarkdownIt): void => {
  md.core.ruler.push('heading_anchors', ({ tokens, env }) => {
    const headings: FlatHeading[] = [];
    const unique = uniqueSlugs();
    tokens.forEach((token, index) => {
      if (token.type !== 'heading_open') return;
      if (headings.length === MOST_HEADINGS) throw new BodyTooComplex();
      const title = plainText(tokens[index + 1]?.children ?? [])
        .trim()
        .replaceAll(/\s+/g, ' ');
      const id = `h-${unique(slugOf(title)).value}`;
      token.attrSet('id', OURS + id);
      headings.push({ id, level: Number(token.tag.slice(1)), title });
    });
    (env as HeadingsFound).headings = headings;
  });
};

/** Each heading under the last one before it that is higher, whatever levels are left out between them. */
export const tableOfContents = (headings: readonly FlatHeading[]): readonly Heading[] => {
  const roots: Heading[] = [];
  const path: (Heading & { children: Heading[] })[] = [];
  for (const { id, level, title } of headings) {
    if (title === '') continue;
    const heading = { id, level, title, children: [] };
    while ((path.at(-1)?.level ?? 0) >= level) path.pop();
    (path.at(-1)?.children ?? roots).push(heading);
    path.push(heading);
  }
  return roots;
};

// A repeated one gets -2, -3. Where that is another heading's own, the next number.
const uniqueSlugs = (): ((slug: Slug) => Slug) => {
  const taken = new Set<string>();
  const lastNumbers = new Map<string, number>();
  return slug => {
    let number = lastNumbers.get(slug.value) ?? 0;
    let unique: Slug;
    do unique = slug.numbered(++number);
    while (taken.has(unique.value));
    lastNumbers.set(slug.value, number);
    taken.add(unique.value);
    return unique;
  };
};

const plainText = (tokens: readonly Token[]): string =>
  tokens
    .map(({ type, content, children }) => {
      if (type === 'image') return plainText(children ?? []);
      if (type === 'softbreak' || type === 'hardbreak') return ' ';
      return type === 'text' || type === 'code_inline' ? content : '';
    })
    .join('');
