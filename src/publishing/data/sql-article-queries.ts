import type { Sql } from '../../shared/data/postgres.ts';
import { PUBLIC_USER } from '../../shared/data/public-user.ts';
import type { AccountId } from '../../shared/domain/identity.ts';
import type { Page, PageRequest } from '../../shared/domain/page.ts';
import type { ArticleStatus } from '../domain/article.ts';
import type { ArticleId } from '../domain/ids.ts';
import type {
  ArticleFilter,
  ArticleHead,
  ArticleQueries,
  ArticleSummary,
  ArticleText,
  AuthorPage,
  AuthorTexts,
  ListedArticle,
  MovedArticle,
  TagTotal,
  WholeArticle,
  WrittenArticle,
} from '../services/article-queries.ts';
import {
  type AuthorColumns,
  authorFrom,
  SEEN,
  SUMMARY,
  type SummaryColumns,
  summaryFrom,
  TEXT,
  type TextColumns,
  textFrom,
} from './article-columns.ts';
import { listStatement } from './article-list-sql.ts';
import { HEAD, type HeadColumns, headFrom, WHOLE } from './article-page-sql.ts';

const AUTHOR = `${PUBLIC_USER}, u.version as "userVersion"`;
const NEWEST_FIRST = 'order by a.published_at desc, a.id desc';

/** What a left join gives where there is no row. */
type Maybe<Columns> = Columns | { readonly [Name in keyof Columns]: null };
type Counted<Columns> = Maybe<Columns> & { readonly total: number };

export class SqlArticleQueries implements ArticleQueries {
  readonly #sql: Sql;

  constructor(sql: Sql) {
    this.#sql = sql;
  }

  async head(slug: string, viewer: AccountId | null): Promise<ArticleHead | MovedArticle | null> {
    const [row] = await this.#sql.prepared<HeadColumns>('article-head', HEAD, [slug, viewer]);
    return row ? headFrom(row, slug, summaryFrom) : null;
  }

  async whole(slug: string, viewer: AccountId | null): Promise<WholeArticle | MovedArticle | null> {
    const [row] = await this.#sql.prepared<HeadColumns & TextColumns>('article', WHOLE, [slug, viewer]);
    return row ? headFrom(row, slug, textFrom) : null;
  }

  async written(id: ArticleId, author: AccountId): Promise<WrittenArticle | null> {
    const [row] = await this.#sql.prepared<SummaryColumns & TextColumns & AuthorColumns>(
      'article-written',
      `select ${SUMMARY}, ${TEXT}, ${AUTHOR} from articles a join public_users u on u.id = a.author_id
       where a.id = $1 and a.author_id = $2`,
      [id, author],
    );
    return row ? { article: textFrom(row), ...authorFrom(row) } : null;
  }

  async list(filter: ArticleFilter, page: PageRequest): Promise<Page<ListedArticle>> {
    const { name, text, values } = listStatement(filter, page);
    type Row = Counted<SummaryColumns & AuthorColumns>;
    const rows =
      name === undefined
        ? await this.#sql.query<Row>(text, values)
        : await this.#sql.prepared<Row>(name, text, values);
    // A row is a summary and more: the hottest list makes no copies of it.
    const items = rows.filter(isThere).map(row => ({ article: row, ...authorFrom(row) }));
    return { items, total: rows[0]?.total ?? 0 };
  }

  async ofUser(username: string, { page, limit }: PageRequest): Promise<AuthorPage | null> {
    const rows = await this.#sql.prepared<Counted<SummaryColumns> & AuthorColumns>(
      'articles-of-user',
      `select ${AUTHOR}, coalesce(t.total, 0) as total, a.*
       from public_users u
       left join article_totals t on t.scope = 'author:' || u.id
       left join lateral (
         select ${SUMMARY} from articles a where a.author_id = u.id and ${SEEN} ${NEWEST_FIRST} limit $2 offset $3
       ) a on true
       where u.key = $1 order by a."publishedAt" desc, a.id desc`,
      [username.toLowerCase(), limit, (page - 1) * limit],
    );
    const [first] = rows;
    if (!first) return null;
    return { ...authorFrom(first), total: first.total, items: rows.filter(isThere).map(summaryFrom) };
  }

  async own(
    author: AccountId,
    status: ArticleStatus | null,
    { page, limit }: PageRequest,
  ): Promise<Page<ArticleSummary>> {
    const rows = await this.#sql.prepared<Counted<SummaryColumns>>(
      'own-articles',
      `with own as (select id from articles where author_id = $1 and ($2::text is null or status = $2)),
         page as (select id from own order by id desc limit $3 offset $4)
       select counted.total, ${SUMMARY} from (select count(*)::int as total from own) counted
       left join (page join articles a using (id)) on true order by a.id desc`,
      [author, status, limit, (page - 1) * limit],
    );
    return { items: rows.filter(isThere).map(summaryFrom), total: rows[0]?.total ?? 0 };
  }

  async ownTexts(
    author: AccountId,
    after: ArticleId | null,
    most: number,
  ): Promise<readonly (ArticleSummary & ArticleText)[]> {
    const rows = await this.#sql.query<SummaryColumns & TextColumns>(
      `select ${SUMMARY}, ${TEXT} from articles a
       where a.author_id = $1 and ($2::uuid is null or a.id > $2) order by a.id limit $3`,
      [author, after, most],
    );
    return rows.map(textFrom);
  }

  async latestOf(author: AccountId, most: number): Promise<Page<ArticleSummary>> {
    const rows = await this.#sql.prepared<Counted<SummaryColumns>>(
      'latest-articles',
      `select coalesce((select total from article_totals where scope = 'author:' || $1::uuid), 0) as total, a.*
       from (select 1) one left join lateral (
         select ${SUMMARY} from articles a where a.author_id = $1 and ${SEEN} ${NEWEST_FIRST} limit $2
       ) a on true
       order by a."publishedAt" desc, a.id desc`,
      [author, most],
    );
    return { items: rows.filter(isThere).map(summaryFrom), total: rows[0]?.total ?? 0 };
  }

  async latestTexts(username: string, most: number): Promise<AuthorTexts | null> {
    const rows = await this.#sql.prepared<Maybe<SummaryColumns & TextColumns> & AuthorColumns>(
      'latest-texts',
      `select ${AUTHOR}, a.* from public_users u left join lateral (
         select ${SUMMARY}, ${TEXT} from articles a where a.author_id = u.id and ${SEEN} ${NEWEST_FIRST} limit $2
       ) a on true
       where u.key = $1 order by a."publishedAt" desc, a.id desc`,
      [username.toLowerCase(), most],
    );
    const [first] = rows;
    return first ? { ...authorFrom(first), articles: rows.filter(isThere).map(textFrom) } : null;
  }

  async tags({ page, limit }: PageRequest): Promise<Page<TagTotal>> {
    const rows = await this.#sql.prepared<Maybe<TagTotal> & { readonly total: number }>(
      'tags',
      `with used as (
         select substr(scope, 5) as tag, total as articles from article_totals
         where starts_with(scope, 'tag:') and total > 0
       )
       select counted.total, page.* from (select count(*)::int as total from used) counted
       left join (select * from used order by articles desc, tag limit $1 offset $2) page on true
       order by page.articles desc, page.tag`,
      [limit, (page - 1) * limit],
    );
    const items = rows.flatMap(({ tag, articles }) => (tag === null ? [] : [{ tag, articles }]));
    return { items, total: rows[0]?.total ?? 0 };
  }
}

const isThere = <Row extends { readonly id: unknown }>(
  row: Row,
): row is Exclude<Row, { readonly id: null }> => row.id !== null;
