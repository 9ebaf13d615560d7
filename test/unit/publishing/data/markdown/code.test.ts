import { renderMarkdown } from '../../../../../src/publishing/data/markdown/render.ts';
import { textOf } from '../../../../support/safe-html.ts';

const rendered = (markdown: string) =>
  renderMarkdown(markdown, { origins: ['https://day.example'] }).html.trimEnd();
const fenced = (info: string, code: string) => `\`\`\`${info}\n${code}\n\`\`\``;

test('code in a known language gets class names and nothing else', () => {
  expect(rendered(fenced('ts', "const a = '<b>'; // x"))).toBe(
    '<pre><code class="language-ts hljs"><span class="hljs-keyword">const</span> a = ' +
      '<span class="hljs-string">\'&lt;b&gt;\'</span>; <span class="hljs-comment">// x</span>\n</code></pre>',
  );
});

test.each([
  'js',
  'typescript',
  'python',
  'rust',
  'c++',
  'C#',
  'haskell',
  'dockerfile',
  'sql',
  'html',
  'x86asm',
])('it knows %s', language => {
  expect(rendered(fenced(language, 'if (x) return "y";'))).toMatch(
    new RegExp(`^<pre><code class="language-${language.toLowerCase().replaceAll('+', '\\+')} hljs">`),
  );
});

test('the first word names the language', () => {
  expect(rendered(fenced(' JS {1,3} title="x"', 'x'))).toContain('class="language-js hljs"');
});

test.each([
  ['mermaid', '<pre><code class="language-mermaid">const a = 1;\n</code></pre>'],
  ['', '<pre><code>const a = 1;\n</code></pre>'],
  ['"><b', '<pre><code>const a = 1;\n</code></pre>'],
  ['__proto__', '<pre><code class="language-__proto__">const a = 1;\n</code></pre>'],
  ['constructor', '<pre><code class="language-constructor">const a = 1;\n</code></pre>'],
])('a language that nobody knows (%j) is not guessed', (info, html) => {
  expect(rendered(fenced(info, 'const a = 1;'))).toBe(html);
});

test('the code itself stays what it was', () => {
  const code = 'type A<T> = { [k in keyof T]: `${T}` } & { "x": \'&amp;\' };\n\t<script>alert(1)</script>';

  for (const language of ['ts', 'html', 'php', 'markdown', 'unknown', ''])
    expect(textOf(rendered(fenced(language, code)))).toBe(`${code}\n`);
});

test('very much code stays plain', () => {
  const html = rendered(`${fenced('js', 'const a = 1;\n'.repeat(9_000))}\n\n${fenced('js', 'const b = 2;')}`);

  expect(html).toContain('<code class="language-js">const a');
  expect(html).toContain('<code class="language-js hljs"><span class="hljs-keyword">const</span> b');
});
