import { PUBLIC_USER } from '../../shared/data/public-user.ts';
import type { PageRequest } from '../../shared/domain/page.ts';
import type { ArticleFilter } from '../services/article-queries.ts';
import { SEEN, SUMMARY } from './article-columns.ts';

export interface ListStatement {
  readonly text: string;
  readonly values: readonly unknown[];
  /** Absent where the best plan depends on the values. */
  readonly name?: string;
}

/** A search finds the newest so many: counting what half of all articles hold would cost more than anybody reads. */
export const MOST_FOUND = 1_000;

/**
 * The page's ids come first and over an index alone; only its rows are then read. The total comes of the same statement,
 * so it is there also where the page is beyond the end: without a filter, for one author and for one tag it is kept (see
 * article-totals.mapping.ts), for everything else it is counted.
 */
export const listStatement = (filter: ArticleFilter, page: PageRequest): ListStatement =>
  filter.words === undefined ? browsing(filter, page) : searching({ ...filter, words: filter.words }, page);

const pageValues = ({ page, limit }: PageRequest): unknown[] => [limit, (page - 1) * limit];

const browsing = ({ author, tag }: ArticleFilter, page: PageRequest): ListStatement => {
  const values = pageValues(page);
  const conditions = [SEEN];
  let scope = `''`;
  if (author !== undefined) {
    const id = authorId(values.push(author.toLowerCase()));
    conditions.push(`a.author_id = ${id}`);
    scope = `'author:' || ${id}`;
  }
  if (tag !== undefined) {
    const at = values.push(tag);
    conditions.push(`a.tags @> array[$${at}]`);
    scope = `'tag:' || $${at}`;
  }
  const found = `from articles a where ${conditions.join(' and ')}`;
  const text =
    author !== undefined && tag !== undefined
      ? pageOfFound(`select a.id, a.published_at ${found}`)
      : `with page as (select a.id ${found} ${NEWEST_FIRST} limit $1 offset $2),
           counted as (select coalesce((select total from article_totals where scope = ${scope}), 0) as total)
         ${PAGE_OF_ARTICLES}`;
  if (tag !== undefined) return { text, values };
  return { text, values, name: author === undefined ? 'articles' : 'articles-by-author' };
};

/**
 * Words as they are written, or their stems in English. What says only what is not wanted (`querytree` leaves `T` of it)
 * finds nothing: no index helps there. One author's articles are few enough to look through; among all of them
 * `matching_articles`, which stands in the migrations, keeps the planner to the search index.
 */
const searching = (
  { author, tag, words }: ArticleFilter & { readonly words: string },
  page: PageRequest,
): ListStatement => {
  const values = pageValues(page);
  const at = values.push(words, tag ?? null);
  const query = `(websearch_to_tsquery('simple', $${at - 1}) || websearch_to_tsquery('english', $${at - 1}))`;
  const isAnswerable = `querytree(${query}) <> 'T'`;
  if (author === undefined) {
    const found = `select found.* from matching_articles(${query}, $${at}, ${MOST_FOUND}) found where ${isAnswerable}`;
    return { text: pageOfFound(found), values, name: 'articles-by-words' };
  }
  const found = `
    select a.id, a.published_at from articles a
    where ${SEEN} and a.author_id = ${authorId(values.push(author.toLowerCase()))} and a.search @@ ${query}
      and ($${at}::text is null or a.tags @> array[$${at}]) and ${isAnswerable}
    ${NEWEST_FIRST} limit ${MOST_FOUND}`;
  return { text: pageOfFound(found), values, name: 'articles-by-author-and-words' };
};

const authorId = (at: number): string => `(select id from public_users where key = $${at})`;

/** A page of what was found, all of which is counted. */
const pageOfFound = (found: string): string => `
  with found as materialized (${found}),
    page as (select a.id from found a ${NEWEST_FIRST} limit $1 offset $2),
    counted as (select count(*)::int as total from found)
  ${PAGE_OF_ARTICLES}`;

const NEWEST_FIRST = 'order by a.published_at desc, a.id desc';

const PAGE_OF_ARTICLES = `
  select counted.total, ${SUMMARY}, ${PUBLIC_USER}, u.version as "userVersion"
  from counted left join (
    page join articles a using (id) join public_users u on u.id = a.author_id
  ) on true
  ${NEWEST_FIRST}`;
