import { renderMarkdown } from '../../../../../src/publishing/data/markdown/render.ts';

const rendered = (markdown: string) =>
  renderMarkdown(markdown, { origins: ['https://day.example'] }).html.trimEnd();

describe('CommonMark', () => {
  test.each([
    ['plain', '<p>plain</p>'],
    ['one  \ntwo\\\nthree\nfour', '<p>one<br />\ntwo<br />\nthree\nfour</p>'],
    [
      '*a* _b_ **c** __d__ ***e***',
      '<p><em>a</em> <em>b</em> <strong>c</strong> <strong>d</strong> <em><strong>e</strong></em></p>',
    ],
    ['\\*not\\* a & b &copy; &amp;', '<p>*not* a &amp; b © &amp;</p>'],
    ['`a ` `` b`c ``', '<p><code>a </code> <code>b`c</code></p>'],
    ['- a\n- b\n  - c', '<ul>\n<li>a</li>\n<li>b\n<ul>\n<li>c</li>\n</ul>\n</li>\n</ul>'],
    ['3. a\n4. b', '<ol start="3">\n<li>a</li>\n<li>b</li>\n</ol>'],
    ['> a\n> > b', '<blockquote>\n<p>a</p>\n<blockquote>\n<p>b</p>\n</blockquote>\n</blockquote>'],
    ['---', '<hr />'],
    ['    a <b>', '<pre><code>a &lt;b&gt;\n</code></pre>'],
    ['```\na <b>\n```', '<pre><code>a &lt;b&gt;\n</code></pre>'],
    ['[a](/b "c")', '<p><a title="c" href="/b">a</a></p>'],
    ['[a][r] [r]\n\n[R]: /b', '<p><a href="/b">a</a> <a href="/b">r</a></p>'],
    ['<https://day.example/x>', '<p><a href="https://day.example/x">https://day.example/x</a></p>'],
    ['<a@b.example>', '<p><a href="mailto:a@b.example">a@b.example</a></p>'],
    ['<kbd>Ctrl</kbd> <sub>1</sub>', '<p><kbd>Ctrl</kbd> <sub>1</sub></p>'],
    ['<div dir="rtl">\n\n*a*\n\n</div>', '<div dir="rtl">\n<p><em>a</em></p>\n</div>'],
    ['a <!-- b --> c', '<p>a  c</p>'],
    ['', ''],
  ])('%j', (markdown, html) => {
    expect(rendered(markdown)).toBe(html);
  });

  test('quotes and dashes stay as they were written', () => {
    expect(rendered('"a" -- \'b\' ... (c)')).toBe('<p>"a" -- \'b\' ... (c)</p>');
  });
});

describe('GFM', () => {
  test('tables, with alignment', () => {
    expect(rendered('| a | b | c | d |\n|:--|:-:|--:|---|\n| 1 | `\\|` | **3** |')).toBe(
      [
        '<table>\n<thead>\n<tr>',
        '<th align="left">a</th>\n<th align="center">b</th>\n<th align="right">c</th>\n<th>d</th>',
        '</tr>\n</thead>\n<tbody>\n<tr>',
        '<td align="left">1</td>\n<td align="center"><code>|</code></td>\n<td align="right"><strong>3</strong></td>\n<td></td>',
        '</tr>\n</tbody>\n</table>',
      ].join('\n'),
    );
  });

  test('strikethrough', () => {
    expect(rendered('~~gone~~')).toBe('<p><del>gone</del></p>');
  });

  test('task lists, which nobody can tick', () => {
    expect(rendered('- [x] done\n- [ ] open\n- [] neither')).toBe(
      [
        '<ul class="task-list">',
        '<li class="task-list-item"><input type="checkbox" checked disabled /> done</li>',
        '<li class="task-list-item"><input type="checkbox" disabled /> open</li>',
        '<li>[] neither</li>',
        '</ul>',
      ].join('\n'),
    );
  });

  test.each([
    ['https://day.example/a?b=c.', '<a href="https://day.example/a?b=c">https://day.example/a?b=c</a>.'],
    [
      '(www.day.example/x)',
      '(<a href="http://www.day.example/x" rel="noopener noreferrer">www.day.example/x</a>)',
    ],
    ['write to a@b.example', 'write to <a href="mailto:a@b.example">a@b.example</a>'],
  ])('the bare address %s is a link', (markdown, html) => {
    expect(rendered(markdown)).toBe(`<p>${html}</p>`);
  });

  test.each([
    'README.md',
    'main.rs and day.example',
    'ftp://a.example',
    '//a.example',
    'www.',
    'wwww.a.example',
  ])('%s is none', markdown => {
    expect(rendered(markdown)).toBe(`<p>${markdown}</p>`);
  });

  test('footnotes lead there and back', () => {
    expect(rendered('a[^x] b[^x] c^[inline *note*]\n\n[^x]: first\n\n    second')).toBe(
      [
        '<p>a<sup class="footnote-ref"><a id="fnref-1" href="#fn-1">1</a></sup>' +
          ' b<sup class="footnote-ref"><a id="fnref-1-2" href="#fn-1">1</a></sup>' +
          ' c<sup class="footnote-ref"><a id="fnref-2" href="#fn-2">2</a></sup></p>',
        '<section class="footnotes">\n<hr />\n<ol>\n<li id="fn-1">\n<p>first</p>',
        '<p>second <a class="footnote-backref" href="#fnref-1">↩︎</a>' +
          ' <a class="footnote-backref" href="#fnref-1-2">↩︎</a></p>',
        '</li>\n<li id="fn-2">',
        '<p>inline <em>note</em> <a class="footnote-backref" href="#fnref-2">↩︎</a></p>\n</li>\n</ol>\n</section>',
      ].join('\n'),
    );
  });

  test('a footnote that nobody mentions, or that does not exist, is no footnote', () => {
    expect(rendered('a[^y]\n\n[^x]: unused')).toBe('<p>a[^y]</p>');
  });
});

describe('images', () => {
  test('load when they come into view, and keep their description', () => {
    expect(rendered('![a *b*](https://a.example/x.png "c")')).toBe(
      '<p><img title="c" alt="a b" src="https://a.example/x.png" loading="lazy" decoding="async" /></p>',
    );
    expect(rendered('<img src="/x.png" alt="" width="10" height="5" srcset="y 2x" loading="eager">')).toBe(
      '<img alt="" width="10" height="5" src="/x.png" loading="lazy" decoding="async" />',
    );
  });

  test.each(['![a](data:image/png;base64,AAAA)', '<img src="mailto:a@b.example">', '<img alt="a">'])(
    '%s is no image',
    markdown => {
      expect(rendered(markdown)).not.toContain('<img');
    },
  );
});

test('half a character, which no database takes, becomes the replacement character', () => {
  const { html, tableOfContents } = renderMarkdown('# a\ud800\0', { origins: ['https://day.example'] });

  expect(html).toBe('<h1 id="h-a">a\ufffd\ufffd</h1>\n');
  expect(tableOfContents[0]?.title).toBe('a\ufffd\ufffd');
});

test('raw HTML cannot go deeper than can be read', () => {
  expect(rendered('<div>'.repeat(5_000)).match(/<div>/g)).toHaveLength(200);
});
