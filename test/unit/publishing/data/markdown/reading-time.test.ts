import { readingMinutes } from '../../../../../src/publishing/data/markdown/reading-time.ts';
import { renderMarkdown } from '../../../../../src/publishing/data/markdown/render.ts';

const minutes = (markdown: string) =>
  renderMarkdown(markdown, { origins: ['https://day.example'] }).readingMinutes;

test.each([
  ['nothing', '', 1],
  ['220 words', 'word '.repeat(220), 1],
  ['221 words', 'word '.repeat(221), 2],
  ['words with an apostrophe', "don't ".repeat(220), 1],
  ['words with accents that stand apart', 'e\u0301a\u0301 '.repeat(220), 1],
  ['code', `\`\`\`js\n${'x '.repeat(221)}\n\`\`\``, 2],
  ['addresses of links, which nobody reads', '[a](https://a.example/b/c/d/e/f) '.repeat(200), 1],
  ['characters that are written as entities', '& < " '.repeat(400), 1],
  ['440 Chinese characters', '汉'.repeat(440), 1],
  ['441 Chinese characters', '汉'.repeat(441), 2],
  ['Japanese and English', 'ひらがな word '.repeat(80), 2],
  ['Korean, which has spaces', '한국어 '.repeat(221), 2],
  ['Thai', 'ภาษาไทย'.repeat(220), 2],
])('%s', (_name, markdown, expected) => {
  expect(minutes(markdown)).toBe(expected);
});

test('a word in the middle of a tag is none', () => {
  expect(readingMinutes(`<p title="${'word '.repeat(500)}">one</p>`)).toBe(1);
});
