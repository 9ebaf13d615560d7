import type { JsonValue } from '../../shared/domain/events.ts';
import type { AccountId } from '../../shared/domain/identity.ts';
import type { PersonalData } from '../../shared/services/personal-data.ts';
import type { ArticleId } from '../domain/ids.ts';
import type { ArticleQueries } from '../services/article-queries.ts';
import type { ArticleViews } from './article-views.ts';

// The longest bodies with their HTML are some megabytes together.
const BATCH = 20;

/** All articles of a person with their texts, drafts too, in the shape the API answers them elsewhere. */
export class ArticlesExport implements PersonalData {
  readonly #queries: ArticleQueries;
  readonly #views: ArticleViews;

  constructor(queries: ArticleQueries, views: ArticleViews) {
    this.#queries = queries;
    this.#views = views;
  }

  async of(accountId: AccountId): Promise<Readonly<Record<string, JsonValue>>> {
    const articles: JsonValue[] = [];
    for (let last: ArticleId | null = null; ;) {
      const batch = await this.#queries.ownTexts(accountId, last, BATCH);
      articles.push(...batch.map(each => this.#views.article(each) as unknown as JsonValue));
      last = batch.at(-1)?.id ?? null;
      if (batch.length < BATCH) return { articles };
    }
  }
}
