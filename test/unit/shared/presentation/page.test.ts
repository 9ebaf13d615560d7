import { pageHeaders, pageQuery } from '../../../../src/shared/presentation/page.ts';

const linksOf = (
  page: number,
  limit: number,
  total: number,
  target = '/v1/things',
): Record<string, string> => {
  const headers = pageHeaders('https://api.example.org', target, { page, limit, total });
  expect(headers.slice(0, 3)).toEqual(['X-Total-Count', String(total), 'Link']);
  return Object.fromEntries(
    [...headers[3]!.matchAll(/<([^>]*)>; rel="(\w+)"/g)].map(([, url, relation]) => [relation!, url!]),
  );
};
const at = (page: number, limit = 10) => `https://api.example.org/v1/things?limit=${limit}&page=${page}`;

test('without parameters a list begins with twenty', () => {
  expect(pageQuery.parse({})).toEqual({ page: 1, limit: 20 });
  expect(pageQuery.parse({ page: '3', limit: '100' })).toEqual({ page: 3, limit: 100 });
});

test('a page in the middle has four neighbours', () => {
  expect(linksOf(2, 10, 35)).toEqual({ first: at(1), prev: at(1), next: at(3), last: at(4) });
});

test('the first page has nothing before it, the last nothing after it', () => {
  expect(Object.keys(linksOf(1, 10, 35))).toEqual(['first', 'next', 'last']);
  expect(Object.keys(linksOf(4, 10, 35))).toEqual(['first', 'prev', 'last']);
  expect(linksOf(3, 10, 30)).toEqual({ first: at(1), prev: at(2), last: at(3) });
});

test('an empty list is one page', () => {
  expect(linksOf(1, 10, 0)).toEqual({ first: at(1), last: at(1) });
});

test('from beyond the end the way leads back to the last page', () => {
  expect(linksOf(9, 10, 35)).toEqual({ first: at(1), prev: at(4), last: at(4) });
});

test('links lead to us whatever the request named', () => {
  expect(linksOf(1, 10, 5, 'http://evil.example/v1/things?limit=10').first).toBe(at(1));
  expect(linksOf(1, 10, 5, '//evil.example/x').first).toMatch(/^https:\/\/api\.example\.org\//);
});
