import { z } from 'zod';
import type { AccountId } from '../../shared/domain/identity.ts';
import { publicUserView } from '../../shared/presentation/public-user-view.ts';
import { type Route, route } from '../../shared/presentation/route.ts';
import { ArticleNotFound } from '../domain/errors.ts';
import type { ArticleId } from '../domain/ids.ts';
import type { ArticleQueries } from '../services/article-queries.ts';
import type { ArticleService } from '../services/article-service.ts';
import {
  bodyField,
  featuredImageField,
  metaDescriptionField,
  slugParameter,
  statusField,
  tagField,
  titleField,
} from './article-fields.ts';
import { type ArticleViews, writtenShape } from './article-views.ts';

const tag = 'Articles';
const BODY_LIMIT_BYTES = 1_000_000;

const details = {
  meta_description: metaDescriptionField.optional(),
  tags: z.array(tagField).optional().meta({ description: 'At most 10.' }),
  status: statusField.optional(),
};

const refusals = {
  403: ['not_permitted'],
  404: ['article_not_found'],
  429: ['too_many_attempts'],
};
const textRefusals = ['too_many_tags', 'body_too_complex'];

/** What authors do with their articles. */
export class ArticleController {
  readonly #articles: ArticleService;
  readonly #queries: ArticleQueries;
  readonly #views: ArticleViews;
  readonly #publicUrl: string;

  constructor(articles: ArticleService, queries: ArticleQueries, views: ArticleViews, publicUrl: string) {
    this.#articles = articles;
    this.#queries = queries;
    this.#views = views;
    this.#publicUrl = publicUrl;
  }

  routes(): readonly Route[] {
    return [
      this.#write(),
      this.#change(),
      this.#remove(),
      this.#status('publish', 'Publish an article', (author, slug) => this.#articles.publish(author, slug)),
      this.#status('unpublish', 'Make an article a draft again', (author, slug) =>
        this.#articles.unpublish(author, slug),
      ),
    ];
  }

  #write(): Route {
    return route({
      method: 'post',
      path: '/v1/articles',
      operationId: 'writeArticle',
      tag,
      summary: 'Write an article',
      description: 'It is a draft unless `status` says otherwise. Its slug is made of the title.',
      access: 'bearer',
      bodyLimitBytes: BODY_LIMIT_BYTES,
      request: {
        body: z.strictObject({
          title: titleField,
          body: bodyField,
          featured_image: featuredImageField.nullable().optional(),
          ...details,
        }),
      },
      answers: { 201: { description: 'The article.', body: writtenShape } },
      refusals: { 409: ['slug_taken'], 422: textRefusals, 429: ['too_many_attempts'] },
      handle: async ({ caller, body }) => {
        const { meta_description: metaDescription, featured_image: featuredImage, ...same } = body;
        const facts = { ...same, metaDescription, featuredImage };
        const id = await this.#articles.write(caller.accountId, facts);
        const written = await this.#written(id, caller.accountId);
        return { status: 201, body: written, headers: { Location: this.#addressOf(written.article.slug) } };
      },
    });
  }

  #change(): Route {
    return route({
      method: 'patch',
      path: '/v1/articles/:slug',
      operationId: 'changeArticle',
      tag,
      summary: 'Change an article',
      description: 'Fields that are absent stay as they are. Old slugs lead on to the new one.',
      access: 'bearer',
      bodyLimitBytes: BODY_LIMIT_BYTES,
      request: {
        params: slugParameter,
        body: z.strictObject({
          title: titleField.optional(),
          body: bodyField.optional(),
          featured_image: featuredImageField.nullable().optional(),
          slug: z
            .string()
            .max(1_000)
            .optional()
            .meta({ description: 'Any text; a slug is made of it. A new title alone leaves the slug.' }),
          ...details,
        }),
      },
      answers: { 200: { description: 'The article, changed.', body: writtenShape } },
      refusals: { ...refusals, 409: ['slug_taken'], 422: textRefusals },
      handle: async ({ caller, params, body }) => {
        const { meta_description: metaDescription, featured_image: featuredImage, ...same } = body;
        const change = { ...same, metaDescription, featuredImage };
        const id = await this.#articles.change(caller.accountId, params.slug, change);
        return { status: 200, body: await this.#written(id, caller.accountId) };
      },
    });
  }

  #remove(): Route {
    return route({
      method: 'delete',
      path: '/v1/articles/:slug',
      operationId: 'removeArticle',
      tag,
      summary: 'Remove an article for good',
      access: 'bearer',
      request: { params: slugParameter },
      answers: { 204: { description: 'Gone. Its slugs are free again.' } },
      refusals,
      handle: async ({ caller, params }) => {
        await this.#articles.remove(caller.accountId, params.slug);
        return { status: 204 };
      },
    });
  }

  #status(
    verb: 'publish' | 'unpublish',
    summary: string,
    act: (author: AccountId, slug: string) => Promise<ArticleId>,
  ): Route {
    return route({
      method: 'post',
      path: `/v1/articles/:slug/${verb}`,
      operationId: `${verb}Article`,
      tag,
      summary,
      description: 'Doing it twice is the same as doing it once.',
      access: 'bearer',
      request: { params: slugParameter },
      answers: { 200: { description: 'The article.', body: writtenShape } },
      refusals,
      handle: async ({ caller, params }) => {
        const id = await act(caller.accountId, params.slug);
        return { status: 200, body: await this.#written(id, caller.accountId) };
      },
    });
  }

  async #written(id: ArticleId, author: AccountId): Promise<z.output<typeof writtenShape>> {
    const written = await this.#queries.written(id, author);
    if (!written) throw new ArticleNotFound();
    return { article: this.#views.article(written.article), user: publicUserView(written.user) };
  }

  #addressOf(slug: string): string {
    return `${this.#publicUrl}/v1/articles/${slug}`;
  }
}
