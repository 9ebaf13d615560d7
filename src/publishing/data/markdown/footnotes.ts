import { footnote, type FootNoteToken } from '@mdit/plugin-footnote';
import type MarkdownIt from 'markdown-it';
import type Token from 'markdown-it/lib/token.mjs';
import { OURS } from './ours.ts';

/**
 * `[^name]` and `^[inline]`. Notes are numbered in the order of their first mention; `fn-1` is the note, `fnref-1` and
 * `fnref-1-2` are the places that mention it.
 */
export const footnotes = (md: MarkdownIt): void => {
  md.use(footnote);
  const { rules } = md.renderer;
  rules.footnote_ref = (tokens, index) => {
    const { number, mention } = at(tokens, index);
    return `<sup class="footnote-ref"><a href="#${OURS}fn-${number}" id="${OURS}fnref-${mention}">${number}</a></sup>`;
  };
  rules.footnote_block_open = () => '<section class="footnotes">\n<hr>\n<ol>\n';
  rules.footnote_open = (tokens, index) => `<li id="${OURS}fn-${at(tokens, index).number}">\n`;
  rules.footnote_anchor = (tokens, index) =>
    ` <a href="#${OURS}fnref-${at(tokens, index).mention}" class="footnote-backref">\u21a9\ufe0e</a>`;
};

const at = (tokens: readonly Token[], index: number): { number: number; mention: string } => {
  const { id, subId = 0 } = (tokens[index] as FootNoteToken).meta as { id: number; subId?: number };
  const number = id + 1;
  return { number, mention: subId === 0 ? `${number}` : `${number}-${subId + 1}` };
};
