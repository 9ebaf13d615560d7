import fc from 'fast-check';
import { tableOfContents, type FlatHeading } from '../../../../../src/publishing/data/markdown/headings.ts';
import { renderMarkdown } from '../../../../../src/publishing/data/markdown/render.ts';
import type { Heading } from '../../../../../src/publishing/domain/rendering.ts';
import { attributeOf, elementsOf } from '../../../../support/safe-html.ts';

const render = (markdown: string) => renderMarkdown(markdown, { origins: ['https://day.example'] });
const idsOf = (markdown: string) =>
  elementsOf(render(markdown).html)
    .filter(({ tagName }) => /^h\d$/.test(tagName))
    .map(element => attributeOf(element, 'id'));
const outline = (headings: readonly Heading[]): unknown[] =>
  headings.map(({ title, children }) => (children.length > 0 ? [title, outline(children)] : title));

test.each([
  ['# Getting Started', 'h-getting-started'],
  ['Setext\n===', 'h-setext'],
  ['## Über `code` & *more*', 'h-uber-code-more'],
  ['# Привет, мир', 'h-privet-mir'],
  ['# 你好', 'h-nihao'],
  ['# a ![picture](x.png) <b>c</b> [d](/e)', 'h-a-picture-c-d'],
  ['# Title {#mine}', 'h-title-mine'],
  ['# cookie', 'h-cookie'],
  ['# 🎉', 'h-section'],
  ['# a[^1]\n\n[^1]: b', 'h-a'],
])('%j has the id %s', (markdown, id) => {
  expect(idsOf(markdown)).toEqual([id]);
});

test('repeated ones get -2 and -3 exactly, and the next number where that is taken', () => {
  expect(idsOf('# A\n# B\n# A\n## a\n# A 2\n# A')).toEqual([
    'h-a',
    'h-b',
    'h-a-2',
    'h-a-3',
    'h-a-2-2',
    'h-a-4',
  ]);
});

test('ids stay the same when something else changes', () => {
  expect(idsOf('text\n\n# B\n\n# A')).toEqual(idsOf('# B\n\nother *text*\n\n# A'));
});

test('ids of raw HTML clash with none of ours', () => {
  const { html } = render(
    '# A\n\nx[^1]\n\n[^1]: y\n\n<p id="h-a">1</p>\n<p id="fn-1">2</p>\n<p id="a">3</p>\n<p id="a">4</p>',
  );

  const ids = elementsOf(html).flatMap(element => attributeOf(element, 'id') ?? []);
  expect(ids.toSorted()).toEqual(['fn-1', 'fnref-1', 'h-a', 'user-a', 'user-fn-1', 'user-h-a']);
});

test('the contents are nested by level, also where levels are left out', () => {
  const contents = (markdown: string) => outline(render(markdown).tableOfContents);

  expect(contents('# A\n## B\n### C\n## D\n# E')).toEqual([['A', [['B', ['C']], 'D']], 'E']);
  expect(contents('# A\n#### B\n## C\n### D')).toEqual([['A', ['B', ['C', ['D']]]]]);
  expect(contents('### A\n# B\n## C')).toEqual(['A', ['B', ['C']]]);
  expect(contents('no heading')).toEqual([]);
});

test('an entry has the id, the level and the title as plain text', () => {
  const { tableOfContents: contents } = render(
    '##  The *`<b>` &amp; **more***  [^1]\n\n[^1]: note\n\n#\n\n# ![](x.png)',
  );

  expect(contents).toEqual([{ id: 'h-the-b-more', level: 2, title: 'The <b> & more', children: [] }]);
});

test('a heading in a quotation or a list has its place, in the order of the page', () => {
  expect(outline(render('> # A\n\n- # B\n\n# C[^1]\n\n[^1]: # D').tableOfContents)).toEqual([
    'A',
    'B',
    'C',
    'D',
  ]);
});

test('whatever the headings are, each is once in the contents, in order, under the last higher one', () => {
  const headings = fc
    .array(fc.record({ level: fc.integer({ min: 1, max: 6 }) }), { maxLength: 30 })
    .map(list =>
      list.map(({ level }, index): FlatHeading => ({ id: `h-${index}`, level, title: `${index}` })),
    );
  const flat = (list: readonly Heading[]): Heading[] =>
    list.flatMap(heading => [heading, ...flat(heading.children)]);
  fc.assert(
    fc.property(headings, list => {
      const contents = flat(tableOfContents(list));
      expect(contents.map(({ id, level, title }) => ({ id, level, title }))).toEqual(list);
      for (const { level, children } of contents)
        for (const child of children) expect(child.level).toBeGreaterThan(level);
    }),
  );
});

test('ids are unique and of one shape, whatever the titles are', () => {
  const title = fc.oneof(
    fc.constantFrom('a', 'a 2', 'a-2', 'A', 'a 2 2', '!', 'x'.repeat(100), 'section'),
    fc.string({ unit: 'binary' }),
  );
  fc.assert(
    fc.property(fc.array(title, { maxLength: 20 }), titles => {
      const ids = idsOf(titles.map(text => `# ${text.replaceAll(/\s/g, ' ')}`).join('\n\n'));
      expect(new Set(ids).size).toBe(ids.length);
      for (const id of ids) expect(id).toMatch(/^h-[a-z\d]+(-[a-z\d]+)*$/);
    }),
  );
});

test('more headings than anybody reads are refused', () => {
  expect(() => render('# a\n'.repeat(5_001))).toThrow(expect.objectContaining({ code: 'body_too_complex' }));
});
