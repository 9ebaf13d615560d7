import { z } from 'zod';
import type { AccountId } from '../../shared/domain/identity.ts';
import {
  type Conditions,
  isFresh,
  notModified,
  validatorHeaders,
} from '../../shared/presentation/conditional.ts';
import { publicUserView } from '../../shared/presentation/public-user-view.ts';
import { type Answer, type Route, route } from '../../shared/presentation/route.ts';
import { ArticleNotFound } from '../domain/errors.ts';
import type { ArticleQueries, MovedArticle, Neighbour } from '../services/article-queries.ts';
import { articleValidators, cachingOf } from './article-caching.ts';
import { slugParameter } from './article-fields.ts';
import { type ArticleViews, writtenShape } from './article-views.ts';

const neighbourShape = z.strictObject({ title: z.string(), slug: z.string() }).nullable();

/** One article, for its readers. */
export class ArticlePageController {
  readonly #queries: ArticleQueries;
  readonly #views: ArticleViews;
  readonly #publicUrl: string;

  constructor(queries: ArticleQueries, views: ArticleViews, publicUrl: string) {
    this.#queries = queries;
    this.#views = views;
    this.#publicUrl = publicUrl;
  }

  routes(): readonly Route[] {
    return [this.#read()];
  }

  #read(): Route {
    return route({
      method: 'get',
      path: '/v1/articles/:slug',
      operationId: 'readArticle',
      tag: 'Articles',
      summary: 'Read an article',
      description: 'Drafts are there for their author alone.',
      access: 'optional',
      request: { params: slugParameter },
      answers: {
        200: {
          description: 'The article, and those that its author published before and after it.',
          body: z.strictObject({
            meta: z.strictObject({
              adjacent_articles: z.strictObject({ prev: neighbourShape, next: neighbourShape }),
            }),
            ...writtenShape.shape,
          }),
        },
        301: { description: 'It has another slug now.' },
        304: { description: 'You have it already.' },
      },
      refusals: { 404: ['article_not_found'] },
      handle: async ({ params, caller, conditions }) =>
        await this.#answerTo(params.slug, caller?.accountId ?? null, conditions),
    });
  }

  async #answerTo(slug: string, viewer: AccountId | null, conditions: Conditions): Promise<Answer> {
    if (conditions.ifNoneMatch !== undefined || conditions.ifModifiedSince !== undefined) {
      const head = await this.#queries.head(slug, viewer);
      if (!head) throw new ArticleNotFound();
      if (head.kind === 'moved') return this.#movedTo(head);
      const validators = articleValidators(head);
      if (isFresh(conditions, validators)) return notModified(validators, cachingOf(head.article.status));
    }
    const found = await this.#queries.whole(slug, viewer);
    if (!found) throw new ArticleNotFound();
    if (found.kind === 'moved') return this.#movedTo(found);
    return {
      status: 200,
      headers: validatorHeaders(articleValidators(found), cachingOf(found.article.status)),
      body: {
        meta: {
          adjacent_articles: { prev: neighbourView(found.prev), next: neighbourView(found.next) },
        },
        article: this.#views.article(found.article),
        user: publicUserView(found.user),
      },
    };
  }

  // Asked about each time, because an article may take back a slug that it had before.
  #movedTo({ slug, status }: MovedArticle): Answer {
    return {
      status: 301,
      headers: { Location: `${this.#publicUrl}/v1/articles/${slug}`, 'Cache-Control': cachingOf(status) },
    };
  }
}

const neighbourView = (neighbour: Neighbour | null): z.output<typeof neighbourShape> =>
  neighbour && { title: neighbour.title, slug: neighbour.slug };
