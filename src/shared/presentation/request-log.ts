import type { ServerResponse } from 'node:http';
import type { Request } from 'express';
import type { HttpMetrics } from './http-metrics.ts';
import type { Logger } from './logger.ts';
import { contextOf, type RequestContext } from './request-context.ts';

/**
 * A listener for a response's `close`: one line and one observation a request. The line holds no address, path,
 * query, cookie or token; the pattern of the route and the request id say enough.
 */
export const requestRecorder = (logger: Logger, metrics: HttpMetrics): ((this: ServerResponse) => void) =>
  function record(this: ServerResponse) {
    const context = contextOf(this.req);
    const seconds = (performance.now() - context.startedAt) / 1_000;
    const method = this.req.method ?? '';
    const route = context.route ?? patternOf(this.req as Request);
    // 499 is what nginx made the custom for "the client did not wait".
    const status = this.writableFinished ? this.statusCode : 499;
    metrics.observe(method, route, status, seconds);
    const line = lineOf(context, method, route, status, seconds);
    if (context.failure !== undefined) logger[status === 503 ? 'warn' : 'error'](line, 'request');
    else logger.info(line, 'request');
  };

const lineOf = (context: RequestContext, method: string, route: string, status: number, seconds: number) => ({
  method,
  route,
  status,
  duration_ms: Math.round(seconds * 1e5) / 100,
  request_id: context.requestId,
  ...(context.code === undefined ? {} : { code: context.code }),
  ...(context.failure === undefined ? {} : { err: context.failure }),
});

/** Routes that are not ours (pages, static files) leave their pattern with express. */
const patternOf = (request: Request): string => {
  const route: unknown = request.route;
  if (typeof route !== 'object' || route === null || !('path' in route)) return 'unmatched';
  return String(route.path);
};
