import fc from 'fast-check';
import { cutAtLinks, linksIn } from '../../../src/shared/services/mailbox.ts';

test('links are found whole, without the punctuation around them', () => {
  const text =
    'Go to https://a.example/verify?token=a-b_. Or (http://b.example:3000/x)? <https://c.example/> https://a.example/verify?token=a-b_';

  expect(linksIn(text)).toEqual([
    'https://a.example/verify?token=a-b_',
    'http://b.example:3000/x',
    'https://c.example/',
  ]);
});

test('only http and https are links', () => {
  expect(linksIn('javascript:alert(1) ftp://a.example mailto:a@b.example https://')).toEqual([]);
});

test('a text that is cut at its links loses nothing', () => {
  const piece = fc.oneof(fc.string(), fc.constantFrom('https://', 'http://a.example', '.', ' ', '>'));
  fc.assert(
    fc.property(fc.array(piece), pieces => {
      const text = pieces.join('');

      expect(
        cutAtLinks(text)
          .map(part => part.text)
          .join(''),
      ).toBe(text);
    }),
  );
});
