import { safeAddress } from '../../../../../src/publishing/data/markdown/links.ts';
import { renderMarkdown } from '../../../../../src/publishing/data/markdown/render.ts';

const OURS = ['https://day.example', 'https://api.day.example'];
const rendered = (markdown: string) => renderMarkdown(markdown, { origins: OURS }).html.trimEnd();

test.each([
  ['https://day.example/x', 'https://day.example/x', false],
  ['https://api.day.example', 'https://api.day.example', false],
  ['HTTPS://DAY.EXAMPLE:443/x', 'HTTPS://DAY.EXAMPLE:443/x', false],
  ['http://day.example/x', 'http://day.example/x', true],
  ['https://day.example:8443/', 'https://day.example:8443/', true],
  ['https://day.example.evil.example', 'https://day.example.evil.example', true],
  ['https://day.example@evil.example', 'https://day.example@evil.example', true],
  ['https://evil.example/?https://day.example', 'https://evil.example/?https://day.example', true],
  ['/x', '/x', false],
  ['x/y:z', 'x/y:z', false],
  ['../x?y:z#w', '../x?y:z#w', false],
  ['?y', '?y', false],
  ['', '', false],
  ['mailto:a@b.example', 'mailto:a@b.example', false],
  // As a browser reads them.
  ['//evil.example/x', 'https://evil.example/x', true],
  ['/\\evil.example', 'https://evil.example/', true],
  ['\\\\evil.example', 'https://evil.example/', true],
  ['/\t/evil.example', 'https://evil.example/', true],
  ['http:/evil.example', 'http://evil.example/', true],
  ['https:///evil.example', 'https://evil.example/', true],
  ['https:x', 'https://day.example/x', false],
  [' https://evil.example\n', 'https://evil.example/', true],
])('%j leads to %s (outside: %s)', (written, href, isOutside) => {
  expect(safeAddress(written, OURS)).toEqual({ href, isOutside });
});

test.each([
  'javascript:alert(1)',
  ' JavaScript:alert(1)',
  'java\nscript:alert(1)',
  '\u0001javascript:alert(1)',
  'data:text/html,x',
  'vbscript:x',
  'file:///etc/passwd',
  'tel:123',
  'ftp://a.example',
  'x:y',
  'http://',
  'https://[',
  `https://a.example/${'x'.repeat(5_000)}`,
])('%j leads nowhere', written => {
  expect(safeAddress(written, OURS)).toBeNull();
});

test('only links to others say noopener noreferrer, and nobody opens a new window', () => {
  expect(rendered('[a](https://evil.example) [b](https://day.example) [c](/c) [d](mailto:a@b.example)')).toBe(
    '<p><a href="https://evil.example" rel="noopener noreferrer">a</a> <a href="https://day.example">b</a> ' +
      '<a href="/c">c</a> <a href="mailto:a@b.example">d</a></p>',
  );
  expect(rendered('<a href="https://evil.example" rel="opener" target="_blank">a</a>')).toBe(
    '<p><a href="https://evil.example" rel="noopener noreferrer">a</a></p>',
  );
});

test('a link that leads nowhere keeps its text', () => {
  expect(rendered('<a href="javascript:x">a</a>')).toBe('<p><a>a</a></p>');
});

test.each([
  ['[a](#intro)', '#h-intro'],
  ['[a](#Intro)', '#h-intro'],
  ['[a](#h-intro)', '#h-intro'],
  ['[a](#über-uns)', '#h-uber-uns'],
  ['<a href="#mine">a</a>', '#user-mine'],
  ['[a](#location)', '#user-location'],
  ['<a href="#%E0%A4%A">a</a>', '#user-%E0%A4%A'],
  ['[a](#)', '#'],
])('%s leads to %s in the page', (markdown, href) => {
  expect(rendered(`# Intro\n\n# Über uns\n\n<p id="mine">x</p>\n\n${markdown}`)).toContain(
    `<a href="${href}">a</a>`,
  );
});
