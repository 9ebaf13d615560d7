import cors from 'cors';
import type { NextFunction, Request, RequestHandler, Response } from 'express';
import { DomainError } from '../domain/domain-error.ts';
import { setHeaders, type HeaderList } from './security-headers.ts';

/**
 * CORS for the configured web origins, with credentials. Only browsers send `Origin`, so everybody else skips it;
 * `Vary: Origin` stands on every answer all the same (see `app.ts`).
 */
export const crossOrigin = (webOrigins: readonly string[], security: HeaderList): RequestHandler => {
  const allow = cors({
    origin: [...webOrigins],
    credentials: true,
    methods: ['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE'],
    allowedHeaders: [
      'Authorization',
      'Content-Type',
      'X-Request-Id',
      'Traceparent',
      'If-None-Match',
      'Range',
    ],
    exposedHeaders: [
      'X-Total-Count',
      'Link',
      'X-Request-Id',
      'Retry-After',
      'WWW-Authenticate',
      'ETag',
      'Location',
      'Accept-Ranges',
      'Content-Range',
    ],
    maxAge: 7_200,
  });
  return (request: Request, response: Response, next: NextFunction): void => {
    if (request.headers.origin === undefined) {
      next();
      return;
    }
    const preflight =
      request.method === 'OPTIONS' && request.headers['access-control-request-method'] !== undefined;
    if (preflight) setHeaders(response, security);
    // A plain OPTIONS is a question for the route, but cors would answer it as a preflight.
    if (request.method === 'OPTIONS' && !preflight) next();
    else allow(request, response, next);
  };
};

/**
 * Refuses state changes that a foreign page made a browser send. A client that is no browser sends neither header.
 * @throws {DomainError} `origin_not_allowed`.
 */
export const refuseForeignOrigin = (request: Request, webOrigins: ReadonlySet<string>): void => {
  const { origin } = request.headers;
  const allowed =
    origin === undefined ? request.headers['sec-fetch-site'] !== 'cross-site' : webOrigins.has(origin);
  if (!allowed)
    throw new DomainError('forbidden', 'origin_not_allowed', 'This web origin may not change anything here.');
};
