import MarkdownIt from 'markdown-it';
import { autolinks } from './autolinks.ts';
import { footnotes } from './footnotes.ts';
import { headingAnchors } from './headings.ts';
import { highlightedCode } from './highlight.ts';
import { taskLists } from './task-lists.ts';

/** CommonMark with raw HTML, and the tables, strikethrough and alignment of GFM as the sanitiser lets them through. */
const commonMark = (): MarkdownIt => {
  const md = new MarkdownIt({ html: true, linkify: true });
  md.renderer.rules.s_open = () => '<del>';
  md.renderer.rules.s_close = () => '</del>';
  // Styles are never let through.
  md.renderer.rules.td_open = md.renderer.rules.th_open = (tokens, index, options, _environment, self) => {
    const align = /^text-align:(\w+)$/.exec(tokens[index]?.attrGet('style') ?? '')?.[1];
    if (align) tokens[index]?.attrSet('align', align);
    return self.renderToken(tokens, index, options);
  };
  return md;
};

/** Holds no state of a text, so that one is enough for all. */
export const markdownParser = commonMark()
  .use(autolinks)
  .use(taskLists)
  .use(footnotes)
  .use(headingAnchors)
  .use(highlightedCode);
