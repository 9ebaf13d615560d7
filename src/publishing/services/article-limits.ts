import type { RateLimits } from '../../shared/services/rate-limits.ts';

export type ArticleLimit = 'article-writes-per-account';

export type ArticleLimits = RateLimits<ArticleLimit>;
