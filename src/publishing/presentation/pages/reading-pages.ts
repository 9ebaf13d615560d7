import { readFileSync } from 'node:fs';
import type { IncomingMessage } from 'node:http';
import { Router, type RequestHandler, type Response } from 'express';
import { z } from 'zod';
import {
  conditionsOf,
  etagOf,
  isFresh,
  SHARED_BUT_ASKED,
  validatorHeaders,
} from '../../../shared/presentation/conditional.ts';
import { parseWith } from '../../../shared/presentation/parse.ts';
import { ProtocolError } from '../../../shared/presentation/problem.ts';
import { resource, sendResource } from '../../../shared/presentation/resource.ts';
import type { ArticleQueries } from '../../services/article-queries.ts';
import { articlePage } from './article-page.ts';
import { ARTICLES_ON_A_PAGE, authorPage } from './author-page.ts';
import { notFoundPage } from './page-frame.ts';

// What people wrote is shown here: nothing may run, be sent or be framed, and pictures may come from anywhere.
const POLICY = [
  "default-src 'none'",
  "style-src 'self'",
  "img-src 'self' https: http: data:",
  "base-uri 'none'",
  "form-action 'none'",
  "frame-ancestors 'none'",
].join('; ');

const ARTICLE = z.strictObject({ slug: z.string() });
const AUTHOR = z.strictObject({ username: z.string() });

export interface ReadingPagesSettings {
  /** Where people read articles. */
  readonly webUrl: string;
  readonly publicUrl: string;
}

/**
 * `GET /articles/:slug` and `GET /users/:username` for a browser, from the same queries as the API. Drafts are not shown:
 * a browser that follows a link brings no token. Nothing is served where a web app has its own pages.
 */
export const readingPages = (
  articles: Pick<ArticleQueries, 'whole' | 'ofUser'>,
  { webUrl, publicUrl }: ReadingPagesSettings,
): Router => {
  const router = Router({ caseSensitive: true, strict: true });
  if (webUrl !== publicUrl) return router;

  const article: RequestHandler = async (request, response) => {
    const { slug } = parseWith(ARTICLE, request.params);
    const found = await articles.whole(slug, null);
    if (!found) sendPage(request, response, 404, notFoundPage());
    else if (found.kind === 'moved') response.redirect(301, `/articles/${found.slug}`);
    else sendPage(request, response, 200, articlePage(found, publicUrl));
  };
  const author: RequestHandler = async (request, response) => {
    const { username } = parseWith(AUTHOR, request.params);
    const page = pageNumber(request);
    const found = page === null ? null : await articles.ofUser(username, { page, limit: ARTICLES_ON_A_PAGE });
    const isBeyondTheLast = page !== 1 && found?.items.length === 0;
    if (page === null || !found || isBeyondTheLast) sendPage(request, response, 404, notFoundPage());
    else sendPage(request, response, 200, authorPage(found, page, publicUrl));
  };
  const style = resource(
    'text/css; charset=utf-8',
    readFileSync(new URL('reading.css', import.meta.url), 'utf8'),
  );

  router.route('/articles/:slug').get(article).all(onlyGet);
  router.route('/users/:username').get(author).all(onlyGet);
  router
    .route('/reading.css')
    .get((request, response) => sendResource(request, response, style))
    .all(onlyGet);
  return router;
};

/** Null for what is no page. Other parameters are left alone: links that are passed on gather those of trackers. */
const pageNumber = ({ url = '' }: IncomingMessage): number | null => {
  const number = new URLSearchParams(url.split('?')[1]).get('page') ?? '1';
  return /^[1-9]\d{0,5}$/.test(number) ? Number(number) : null;
};

const sendPage = (request: IncomingMessage, response: Response, status: number, text: string): void => {
  const validators = { etag: etagOf(text) };
  response.setHeader('Content-Security-Policy', POLICY);
  for (const [name, value] of Object.entries(validatorHeaders(validators, SHARED_BUT_ASKED)))
    response.setHeader(name, value);
  if (status === 200 && isFresh(conditionsOf(request), validators)) {
    response.status(304).end();
    return;
  }
  response
    .status(status)
    .setHeader('Content-Type', 'text/html; charset=utf-8')
    .setHeader('Content-Length', Buffer.byteLength(text))
    .end(text);
};

const onlyGet = (): void => {
  throw new ProtocolError(405, 'method_not_allowed', 'This method is not known here.', {
    headers: ['Allow', 'GET, HEAD'],
  });
};
