import { z } from 'zod';
import type { PublicPagePart } from '../../shared/presentation/public-page.ts';
import type { PublicUser } from '../../shared/services/people.ts';
import type { ArticleQueries } from '../services/article-queries.ts';
import { type ArticleViews, summaryShape } from './article-views.ts';

const SHOWN = 5;

/** What a public page shows of a person's articles. */
export class LatestArticles implements PublicPagePart {
  readonly counted = 'articles';
  readonly fields = { latest_articles: z.array(summaryShape) };
  readonly #queries: ArticleQueries;
  readonly #views: ArticleViews;

  constructor(queries: ArticleQueries, views: ArticleViews) {
    this.#queries = queries;
    this.#views = views;
  }

  async of(user: PublicUser) {
    const { items, total } = await this.#queries.latestOf(user.id, SHOWN);
    return { count: total, fields: { latest_articles: items.map(each => this.#views.summary(each)) } };
  }
}
