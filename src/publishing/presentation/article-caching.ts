import type { Page } from '../../shared/domain/page.ts';
import { etagOf, SHARED_BUT_ASKED, type Validators } from '../../shared/presentation/conditional.ts';
import type { ArticleHead, ArticleSummary, Author, ListedArticle } from '../services/article-queries.ts';
import type { ArticleStatus } from '../domain/article.ts';

const FOR_ITS_AUTHOR = 'private, no-cache';

export const cachingOf = (status: ArticleStatus): string =>
  status === 'published' ? SHARED_BUT_ASKED : FOR_ITS_AUTHOR;

/** An article's page shows the profile and the neighbours too, and its version rises when it is rendered again. */
export const articleValidators = ({ article, user, userVersion, prev, next }: ArticleHead): Validators => ({
  etag: etagOf(
    article.id,
    article.version,
    user.id,
    userVersion,
    ...[prev, next].flatMap(each => [each?.slug ?? null, each?.title ?? null]),
  ),
  lastModified: article.updatedAt,
});

export const listValidators = ({ items, total }: Page<ListedArticle>): Validators => ({
  etag: etagOf(
    total,
    ...items.flatMap(({ article, user, userVersion }) => [article.id, article.version, user.id, userVersion]),
  ),
});

export const summariesValidators = (
  articles: readonly ArticleSummary[],
  ...more: readonly (string | number)[]
): Validators => ({
  etag: etagOf(...more, ...articles.flatMap(article => [article.id, article.version])),
});

/** A feed changes with its articles and with the profile. */
export const feedValidators = (
  { user, userVersion }: Author,
  articles: readonly ArticleSummary[],
): Validators & { readonly lastModified: Date } => ({
  ...summariesValidators(articles, user.id, userVersion),
  lastModified: newestChange(articles) ?? user.createdAt,
});

const newestChange = (articles: readonly ArticleSummary[]): Date | null => {
  const [newest] = articles.map(({ updatedAt }) => updatedAt).toSorted((a, b) => b.getTime() - a.getTime());
  return newest ?? null;
};
