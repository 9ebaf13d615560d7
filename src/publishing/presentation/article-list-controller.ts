import { z } from 'zod';
import { UserNotFound } from '../../shared/domain/user-not-found.ts';
import {
  etagOf,
  isFresh,
  notModified,
  SHARED_BUT_ASKED,
  validatorHeaders,
  type Conditions,
  type Validators,
} from '../../shared/presentation/conditional.ts';
import { pageFields, pageQuery, type Listing } from '../../shared/presentation/page.ts';
import { publicUserShape, publicUserView } from '../../shared/presentation/public-user-view.ts';
import { type Answer, type Route, route } from '../../shared/presentation/route.ts';
import type { ArticleQueries } from '../services/article-queries.ts';
import { listValidators, summariesValidators } from './article-caching.ts';
import { statusField, tagField } from './article-fields.ts';
import { type ArticleViews, listedArticleShape, summaryShape } from './article-views.ts';

const tag = 'Articles';

export class ArticleListController {
  readonly #queries: ArticleQueries;
  readonly #views: ArticleViews;

  constructor(queries: ArticleQueries, views: ArticleViews) {
    this.#queries = queries;
    this.#views = views;
  }

  routes(): readonly Route[] {
    return [this.#all(), this.#ofUser(), this.#own(), this.#tags()];
  }

  #all(): Route {
    return route({
      method: 'get',
      path: '/v1/articles',
      operationId: 'listArticles',
      tag,
      summary: 'List or search published articles',
      access: 'public',
      request: {
        query: z.strictObject({
          ...pageFields,
          tag: tagField.optional(),
          author: z.string().max(100).optional().meta({ description: 'A username.' }),
          q: z.string().max(200).optional().meta({
            description:
              'Words to look for; the newest 1,000 articles that hold them are found. "Phrases", `or` and `-without` work as in a web search.',
          }),
        }),
      },
      answers: {
        200: {
          description: 'Newest first.',
          body: z.strictObject({ articles: z.array(listedArticleShape) }),
        },
        304: { description: 'You have this page already.' },
      },
      handle: async ({ query, conditions }) => {
        const { tag: wanted, author, q, ...page } = query;
        const words = q?.trim() === '' ? undefined : q;
        const found = await this.#queries.list({ tag: wanted?.value, author, words }, page);
        const articles = () =>
          found.items.map(({ article, user }) =>
            Object.assign(this.#views.summary(article), { user: publicUserView(user) }),
          );
        const listing = { ...page, total: found.total };
        return listed(conditions, listValidators(found), listing, () => ({ articles: articles() }));
      },
    });
  }

  #ofUser(): Route {
    return route({
      method: 'get',
      path: '/v1/users/:username/articles',
      operationId: 'listArticlesOfUser',
      tag,
      summary: 'What somebody has published',
      access: 'public',
      request: { params: z.strictObject({ username: z.string() }), query: pageQuery },
      answers: {
        200: {
          description: 'Newest first.',
          body: z.strictObject({ articles: z.array(summaryShape), user: publicUserShape }),
        },
        304: { description: 'You have this page already.' },
      },
      refusals: { 404: ['user_not_found'] },
      handle: async ({ params, query, conditions }) => {
        const found = await this.#queries.ofUser(params.username, query);
        if (!found) throw new UserNotFound();
        const { items, total, user, userVersion } = found;
        const validators = summariesValidators(items, total, user.id, userVersion);
        return listed(conditions, validators, { ...query, total }, () => ({
          articles: items.map(each => this.#views.summary(each)),
          user: publicUserView(user),
        }));
      },
    });
  }

  #own(): Route {
    return route({
      method: 'get',
      path: '/v1/accounts/me/articles',
      operationId: 'listOwnArticles',
      tag,
      summary: 'Your own articles, drafts too',
      access: 'bearer',
      request: { query: z.strictObject({ ...pageFields, status: statusField.optional() }) },
      answers: {
        200: {
          description: 'The one begun last first.',
          body: z.strictObject({ articles: z.array(summaryShape) }),
        },
      },
      handle: async ({ caller, query }) => {
        const { status, ...page } = query;
        const { items, total } = await this.#queries.own(caller.accountId, status ?? null, page);
        return {
          status: 200,
          body: { articles: items.map(each => this.#views.summary(each)) },
          listing: { ...page, total },
        };
      },
    });
  }

  #tags(): Route {
    return route({
      method: 'get',
      path: '/v1/tags',
      operationId: 'listTags',
      tag,
      summary: 'What published articles are about',
      access: 'public',
      request: { query: pageQuery },
      answers: {
        200: {
          description: 'Most used first.',
          body: z.strictObject({
            tags: z.array(z.strictObject({ tag: z.string(), articles: z.int().positive() })),
          }),
        },
        304: { description: 'You have this page already.' },
      },
      handle: async ({ query, conditions }) => {
        const { items, total } = await this.#queries.tags(query);
        const validators = { etag: etagOf(total, ...items.flatMap(each => [each.tag, each.articles])) };
        return listed(conditions, validators, { ...query, total }, () => ({
          tags: items.map(({ tag: name, articles }) => ({ tag: name, articles })),
        }));
      },
    });
  }
}

const listed = (
  conditions: Conditions,
  validators: Validators,
  listing: Listing,
  body: () => object,
): Answer =>
  isFresh(conditions, validators)
    ? notModified(validators, SHARED_BUT_ASKED)
    : { status: 200, headers: validatorHeaders(validators, SHARED_BUT_ASKED), body: body(), listing };
