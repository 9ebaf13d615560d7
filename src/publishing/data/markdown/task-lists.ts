import { tasklist } from '@mdit/plugin-tasklist';
import type MarkdownIt from 'markdown-it';
import { OURS } from './ours.ts';

/** `- [x] done`. The boxes only show a state: nobody can tick them. */
export const taskLists = (md: MarkdownIt): void => {
  md.use(tasklist, { label: false, containerClass: 'task-list' });
  md.renderer.rules.checkbox_input = (tokens, index) => {
    const checked = tokens[index]?.attrGet('checked') ? ' checked' : '';
    return `<input type="${OURS}checkbox"${checked} disabled>`;
  };
};
