import fc from 'fast-check';
import { renderMarkdown } from '../../../../../src/publishing/data/markdown/render.ts';
import type { Heading } from '../../../../../src/publishing/domain/rendering.ts';
import { hostileMarkdown } from '../../../../support/hostile-markup.ts';
import { attributeOf, dangersIn, elementsOf } from '../../../../support/safe-html.ts';

const rendered = (markdown: string) => renderMarkdown(markdown, { origins: ['https://day.example'] });
const idsIn = (headings: readonly Heading[]): string[] =>
  headings.flatMap(({ id, children }) => [id, ...idsIn(children)]);

test('hostile Markdown never becomes anything that is not allowed', () => {
  fc.assert(
    fc.property(hostileMarkdown, markdown => {
      expect(dangersIn(rendered(markdown).html)).toEqual([]);
    }),
    { numRuns: 1_000 },
  );
});

test('hostile Markdown is rendered the same each time, and every heading of its contents can be found', () => {
  fc.assert(
    fc.property(hostileMarkdown, markdown => {
      const once = rendered(markdown);
      expect(rendered(markdown)).toEqual(once);
      const { html, tableOfContents } = once;
      const ids = elementsOf(html).map(element => attributeOf(element, 'id'));
      for (const id of idsIn(tableOfContents))
        expect(ids.filter(other => other === id).length).toBeLessThanOrEqual(1);
    }),
    { numRuns: 200 },
  );
});

test('noise of the characters that Markdown and HTML are made of never becomes anything that is not allowed', () => {
  const noise = fc.string({
    unit: fc.constantFrom(
      ...'<>"\'/=&;#x:!-[]()*_`~|\\ \n\t?aisv1.@\0'.split(''),
      'script',
      'on',
      'href=',
      'javascript:',
      '<svg ',
      '<!--',
    ),
    maxLength: 200,
  });
  fc.assert(
    fc.property(noise, markdown => {
      expect(dangersIn(rendered(markdown).html)).toEqual([]);
    }),
    { numRuns: 1_000 },
  );
});
