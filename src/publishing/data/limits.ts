import type { Allowance } from '../../shared/services/rate-limits.ts';
import type { ArticleLimit } from '../services/article-limits.ts';

const HOUR = 60 * 60;

export const articleLimits: Readonly<Record<ArticleLimit, Allowance>> = {
  // An editor that saves every half minute for an hour; rendering costs more than any other write.
  'article-writes-per-account': { attempts: 120, perSeconds: HOUR },
};
