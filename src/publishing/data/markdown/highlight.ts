import hljs from 'highlight.js';
import type MarkdownIt from 'markdown-it';

// Colours make code 20 times as expensive: up to 10 ms for a kilobyte. Far more than an article shows stays plain.
const MOST_HIGHLIGHTED = 100_000;
const LANGUAGE = /^[\w+#.-]{1,40}$/;

// A few grammars contain parts of which they do not know the language; guessing would try all of them.
hljs.configure({ languages: [] });

/** How much code of one article has got its colours. */
export interface HighlightBudget {
  highlighted?: number;
}

/** Fenced code: the language that is named, where it is known, and never a guess. Only class names, no styles. */
export const highlightedCode = (md: MarkdownIt): void => {
  md.renderer.rules.fence = (tokens, index, _options, environment: HighlightBudget) => {
    const { info = '', content = '' } = tokens[index] ?? {};
    const [word = ''] = md.utils.unescapeAll(info).trim().split(/\s/, 1);
    const language = word.toLowerCase();
    if (!LANGUAGE.test(language)) return `<pre><code>${md.utils.escapeHtml(content)}</code></pre>\n`;
    const highlighted = (environment.highlighted ?? 0) + content.length;
    if (!hljs.getLanguage(language) || highlighted > MOST_HIGHLIGHTED)
      return `<pre><code class="language-${language}">${md.utils.escapeHtml(content)}</code></pre>\n`;
    environment.highlighted = highlighted;
    const html = hljs.highlight(content, { language, ignoreIllegals: true }).value;
    return `<pre><code class="language-${language} hljs">${html}</code></pre>\n`;
  };
};
