import { z } from 'zod';
import type { PageRequest } from '../domain/page.ts';

const wholeNumber = (most: number, fallback: number, description: string) =>
  z
    .string()
    .transform((text, context) => {
      const issue = problemWith(text, most);
      if (issue === undefined) return Number(text);
      context.addIssue({ code: 'custom', ...issue });
      return z.NEVER;
    })
    .optional()
    .transform(value => value ?? fallback)
    .meta({
      description,
      override: { type: 'integer', minimum: 1, maximum: most, default: fallback },
    });

const problemWith = (text: string, most: number) => {
  if (!/^-?\d+$/.test(text)) return { message: 'Must be a whole number.', params: { code: 'wrong_type' } };
  if (Number(text) < 1 || Number(text) > most)
    return { message: `Must be from 1 to ${most}.`, params: { code: 'out_of_range' } };
  return undefined;
};

/** `?page=&limit=`, to be spread into a larger query shape. The highest page keeps `OFFSET` within 32 bits. */
export const pageFields = {
  page: wholeNumber(10_000_000, 1, 'Which page, counted from 1.'),
  limit: wholeNumber(100, 20, 'How many entries a page has.'),
};

/** The query of a plain list. */
export const pageQuery = z.strictObject(pageFields);

/** What a list says of itself in headers. */
export interface Listing extends PageRequest {
  readonly total: number;
}

/**
 * `X-Total-Count` and `Link` (RFC 8288: first, prev, next, last), as name, value, name, value. `target` is the path
 * and query as the client sent them; its other parameters are kept.
 */
export const pageHeaders = (publicUrl: string, target: string, listing: Listing): readonly string[] => {
  const { page, limit, total } = listing;
  const last = Math.max(1, Math.ceil(total / limit));
  const links = [
    ['first', 1],
    ...(page > 1 ? [['prev', Math.min(page - 1, last)] as const] : []),
    ...(page < last ? [['next', page + 1] as const] : []),
    ['last', last],
  ] as const;
  // RFC 9112 section 3.2.2: a target may name a host, and not ours.
  const own = target.startsWith('/') ? target : target.replace(/^[^/]+:\/\/[^/?]*/, '');
  const [path = '', ...search] = own.split('?');
  const query = new URLSearchParams(search.join('?'));
  query.set('limit', String(limit));
  const link = links.map(([relation, number]) => {
    query.set('page', String(number));
    return `<${publicUrl}${path}?${query.toString()}>; rel="${relation}"`;
  });
  return ['X-Total-Count', String(total), 'Link', link.join(', ')];
};
