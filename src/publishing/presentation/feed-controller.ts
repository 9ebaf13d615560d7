import { z } from 'zod';
import { UserNotFound } from '../../shared/domain/user-not-found.ts';
import {
  type Conditions,
  isFresh,
  notModified,
  SHARED_BUT_ASKED,
  validatorHeaders,
} from '../../shared/presentation/conditional.ts';
import { type Answer, type Route, route } from '../../shared/presentation/route.ts';
import type { ArticleQueries } from '../services/article-queries.ts';
import { feedValidators } from './article-caching.ts';
import type { ArticleViews } from './article-views.ts';
import { FEED_FORMATS, type FeedFormat, feedOf } from './feeds.ts';

const NEWEST = 20;

const NAMES = { atom: 'Atom', json: 'JSON Feed', rss: 'RSS' } as const;

export class FeedController {
  readonly #queries: ArticleQueries;
  readonly #views: ArticleViews;
  readonly #publicUrl: string;
  readonly #webUrl: string;

  constructor(
    queries: ArticleQueries,
    views: ArticleViews,
    { publicUrl, webUrl }: { readonly publicUrl: string; readonly webUrl: string },
  ) {
    this.#queries = queries;
    this.#views = views;
    this.#publicUrl = publicUrl;
    this.#webUrl = webUrl;
  }

  routes(): readonly Route[] {
    return (['atom', 'json', 'rss'] as const).map(format => this.#feed(format));
  }

  #feed(format: FeedFormat): Route {
    return route({
      method: 'get',
      path: `/v1/users/:username/feed.${format}`,
      operationId: `get${format.charAt(0).toUpperCase()}${format.slice(1)}Feed`,
      tag: 'Articles',
      summary: `What somebody has published, as ${NAMES[format]}`,
      access: 'public',
      request: { params: z.strictObject({ username: z.string() }) },
      answers: {
        200: { description: `The newest ${NEWEST}, whole.`, types: [FEED_FORMATS[format]] },
        304: { description: 'You have this already.' },
      },
      refusals: { 404: ['user_not_found'] },
      handle: async ({ params, conditions }) => await this.#answer(format, params.username, conditions),
    });
  }

  async #answer(format: FeedFormat, username: string, conditions: Conditions): Promise<Answer> {
    if (conditions.ifNoneMatch !== undefined || conditions.ifModifiedSince !== undefined) {
      const head = await this.#queries.ofUser(username, { page: 1, limit: NEWEST });
      if (!head) throw new UserNotFound();
      const validators = feedValidators(head, head.items);
      if (isFresh(conditions, validators)) return notModified(validators, SHARED_BUT_ASKED);
    }
    const texts = await this.#queries.latestTexts(username, NEWEST);
    if (!texts) throw new UserNotFound();
    const validators = feedValidators(texts, texts.articles);
    const place = { addresses: this.#addresses(texts.user.username), updated: validators.lastModified };
    const home = `${this.#webUrl}/users/${texts.user.username}`;
    return {
      status: 200,
      headers: validatorHeaders(validators, SHARED_BUT_ASKED),
      text: { type: FEED_FORMATS[format], content: feedOf(format, texts, place, this.#views, home) },
    };
  }

  #addresses(username: string): Readonly<Record<FeedFormat, string>> {
    const base = `${this.#publicUrl}/v1/users/${username}/feed`;
    return { atom: `${base}.atom`, json: `${base}.json`, rss: `${base}.rss` };
  }
}
