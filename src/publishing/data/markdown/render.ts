import { BodyTooComplex } from '../../domain/errors.ts';
import type { Rendering } from '../../domain/rendering.ts';
import { Anchors } from './anchors.ts';
import { tableOfContents, type HeadingsFound } from './headings.ts';
import type { HighlightBudget } from './highlight.ts';
import { markdownParser } from './parser.ts';
import { readingMinutes } from './reading-time.ts';
import { sanitise } from './sanitise.ts';
import { RENDERER_VERSION } from './version.ts';

// Six times the longest body. Only a text made for it grows more: a footnote's mention is four characters and becomes 150.
const LONGEST_HTML = 3_000_000;

export interface RenderSettings {
  /** Ours, the page's own first: links to all others lead outside. */
  readonly origins: readonly string[];
}

/** May take very long for a text that is made for it. @throws {BodyTooComplex} where it would become too large. */
export const renderMarkdown = (markdown: string, { origins }: RenderSettings): Rendering => {
  const environment: HeadingsFound & HighlightBudget = {};
  // Half a character cannot be stored.
  const rendered = markdownParser.render(markdown.toWellFormed(), environment);
  if (rendered.length > LONGEST_HTML) throw new BodyTooComplex();
  const headings = environment.headings ?? [];
  const html = sanitise(rendered, { origins, anchors: new Anchors(headings.map(({ id }) => id)) });
  if (html.length > LONGEST_HTML) throw new BodyTooComplex();
  return {
    html,
    tableOfContents: tableOfContents(headings),
    readingMinutes: readingMinutes(html),
    rendererVersion: RENDERER_VERSION,
  };
};
