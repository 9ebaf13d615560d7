import { type PublicUserColumns, publicUserFrom } from '../../shared/data/public-user.ts';
import type { ArticleSummary, ArticleText, Author } from '../services/article-queries.ts';

/** The columns of an `articles a` without its text. */
export const SUMMARY = `
  a.id, a.title, a.slug, a.meta_description as "metaDescription", a.featured_image as "featuredImage", a.tags,
  a.status, a.reading_minutes as "readingMinutes", a.created_at as "createdAt", a.updated_at as "updatedAt",
  a.published_at as "publishedAt", a.version`;

/** Large values lie apart from their rows: only who names them pays for them. */
export const TEXT = 'a.body, a.html, a.table_of_contents as "tableOfContents"';

/** What everybody may see, in the words of the partial indexes. */
export const SEEN = `a.status = 'published' and not a.withheld`;

export type SummaryColumns = ArticleSummary;
export type TextColumns = ArticleText;
export type AuthorColumns = PublicUserColumns & { readonly userVersion: number };

export const summaryFrom = (row: SummaryColumns): ArticleSummary => ({
  id: row.id,
  title: row.title,
  slug: row.slug,
  metaDescription: row.metaDescription,
  featuredImage: row.featuredImage,
  tags: row.tags,
  status: row.status,
  readingMinutes: row.readingMinutes,
  createdAt: row.createdAt,
  updatedAt: row.updatedAt,
  publishedAt: row.publishedAt,
  version: row.version,
});

export const textFrom = (row: SummaryColumns & TextColumns): ArticleSummary & ArticleText => ({
  ...summaryFrom(row),
  body: row.body,
  html: row.html,
  tableOfContents: row.tableOfContents,
});

export const authorFrom = (row: AuthorColumns): Author => ({
  user: publicUserFrom(row),
  userVersion: row.userVersion,
});
