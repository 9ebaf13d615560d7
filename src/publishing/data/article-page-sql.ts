import { PUBLIC_USER } from '../../shared/data/public-user.ts';
import type { ArticleSummary, ArticleHead, MovedArticle } from '../services/article-queries.ts';
import { type AuthorColumns, authorFrom, SUMMARY, type SummaryColumns, TEXT } from './article-columns.ts';

/** One of the two articles next to `a` in the order of publication. */
const neighbour = (direction: '<' | '>', order: 'asc' | 'desc'): string => `
  select n.title, n.slug from articles n
  where n.author_id = a.author_id and n.status = 'published' and not n.withheld
    and (n.published_at, n.id) ${direction} (a.published_at, a.id)
  order by n.published_at ${order}, n.id ${order} limit 1`;

const articleBySlug = (columns: string): string => `
  select ${columns}, ${PUBLIC_USER}, u.version as "userVersion",
    prev.title as "prevTitle", prev.slug as "prevSlug", next.title as "nextTitle", next.slug as "nextSlug"
  from slug_claims c
  join articles a on a.id = c.article_id
  join public_users u on u.id = a.author_id
  left join lateral (${neighbour('<', 'desc')}) prev on a.status = 'published'
  left join lateral (${neighbour('>', 'asc')}) next on a.status = 'published'
  where c.slug = $1 and ((a.status = 'published' and not a.withheld) or a.author_id = $2)`;

/** By any slug ($1) for a viewer ($2): everything but the text. */
export const HEAD = articleBySlug(SUMMARY);

/** As `HEAD`, with the text. */
export const WHOLE = articleBySlug(`${SUMMARY}, ${TEXT}`);

export type HeadColumns = SummaryColumns &
  AuthorColumns & {
    readonly prevTitle: string;
    readonly prevSlug: string | null;
    readonly nextTitle: string;
    readonly nextSlug: string | null;
  };

export const headFrom = <Row extends HeadColumns, Article extends ArticleSummary>(
  row: Row,
  slug: string,
  articleFrom: (row: Row) => Article,
): (ArticleHead & { readonly article: Article }) | MovedArticle => {
  if (row.slug !== slug) return { kind: 'moved', slug: row.slug, status: row.status };
  return {
    kind: 'here',
    article: articleFrom(row),
    ...authorFrom(row),
    prev: row.prevSlug === null ? null : { title: row.prevTitle, slug: row.prevSlug },
    next: row.nextSlug === null ? null : { title: row.nextTitle, slug: row.nextSlug },
  };
};
