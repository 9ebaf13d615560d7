import type { IncomingMessage, ServerResponse } from 'node:http';
import type { HeaderList } from './security-headers.ts';
import { ClientGone, problemOf, problemText } from './problem.ts';
import { discardRest, hasBody } from './read-body.ts';
import { contextOf } from './request-context.ts';

/**
 * Writes the answers of the API. All headers go out in one `writeHead` with a flat list: with express's own
 * `response.json` the headers alone cost several times as much as the rest of the pipeline.
 */
export class Responder {
  readonly #security: HeaderList;
  readonly #isDraining: () => boolean;

  constructor(security: HeaderList, isDraining: () => boolean) {
    this.#security = security;
    this.#isDraining = isDraining;
  }

  json(
    response: ServerResponse,
    status: number,
    cacheControl: string,
    payload: string,
    more: HeaderList,
  ): void {
    const headers = this.#headersFor(response, 'application/json; charset=utf-8', cacheControl, payload);
    for (const text of more) headers.push(text);
    response.writeHead(status, headers).end(payload);
  }

  empty(response: ServerResponse, status: number, cacheControl: string, more: HeaderList): void {
    if (this.#isDraining()) response.shouldKeepAlive = false;
    const headers = ['Cache-Control', cacheControl, 'X-Request-Id', contextOf(response.req).requestId];
    if (status !== 204) headers.push('Content-Length', '0');
    for (const text of this.#security) headers.push(text);
    for (const text of more) headers.push(text);
    response.writeHead(status, headers).end();
  }

  /** Turns any error into its problem. Never throws, and never sets a cookie. */
  problem(request: IncomingMessage, response: ServerResponse, error: unknown): void {
    const context = contextOf(request);
    if (error instanceof ClientGone || response.headersSent) {
      // Half an answer cannot be taken back; cutting it is the only way to say that it is not whole.
      if (!(error instanceof ClientGone)) context.failure = error;
      response.destroy();
      return;
    }
    const problem = problemOf(error);
    context.code = problem.code;
    if (problem.worthLogging) context.failure = error;
    response.removeHeader('Set-Cookie');
    const payload = problemText(problem, context.requestId);
    const headers = this.#headersFor(response, 'application/problem+json', 'no-store', payload);
    for (const text of problem.headers) headers.push(text);
    if (!request.complete && hasBody(request)) discardRest(request);
    response.writeHead(problem.status, headers).end(payload);
  }

  #headersFor(
    response: ServerResponse,
    contentType: string,
    cacheControl: string,
    payload: string,
  ): string[] {
    if (this.#isDraining()) response.shouldKeepAlive = false;
    const headers = [
      'Content-Type',
      contentType,
      'Content-Length',
      String(Buffer.byteLength(payload)),
      'Cache-Control',
      cacheControl,
      'X-Request-Id',
      contextOf(response.req).requestId,
    ];
    for (const text of this.#security) headers.push(text);
    return headers;
  }
}
