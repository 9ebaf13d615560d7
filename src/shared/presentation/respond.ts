import type { IncomingMessage, ServerResponse } from 'node:http';
import { pipeline } from 'node:stream/promises';
import type { AnswerBytes } from './route.ts';
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
    this.text(response, status, cacheControl, 'application/json; charset=utf-8', payload, more);
  }

  text(
    response: ServerResponse,
    status: number,
    cacheControl: string,
    type: string,
    payload: string,
    more: HeaderList,
  ): void {
    const headers = this.#headersFor(response, type, cacheControl, Buffer.byteLength(payload));
    for (const text of more) headers.push(text);
    response.writeHead(status, headers).end(payload);
  }

  /**
   * Bytes as they come. When their source breaks off, so does the answer: its length was promised, and cutting it is
   * the only way to say that it is not whole.
   */
  async bytes(
    response: ServerResponse,
    status: number,
    cacheControl: string,
    { type, length, open }: AnswerBytes,
    more: HeaderList,
  ): Promise<void> {
    const source = response.req.method === 'HEAD' ? null : await open();
    const headers = this.#headersFor(response, type, cacheControl, length);
    for (const text of more) headers.push(text);
    response.writeHead(status, headers);
    if (source === null) response.end();
    else await pipeline(source, response);
  }

  empty(response: ServerResponse, status: number, cacheControl: string, more: HeaderList): void {
    if (this.#isDraining()) response.shouldKeepAlive = false;
    const headers = ['Cache-Control', cacheControl, 'X-Request-Id', contextOf(response.req).requestId];
    if (status !== 204 && status !== 304) headers.push('Content-Length', '0');
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
    const size = Buffer.byteLength(payload);
    const headers = this.#headersFor(response, 'application/problem+json', 'no-store', size);
    for (const text of problem.headers) headers.push(text);
    if (!request.complete && hasBody(request)) discardRest(request);
    response.writeHead(problem.status, headers).end(payload);
  }

  #headersFor(response: ServerResponse, contentType: string, cacheControl: string, length: number): string[] {
    if (this.#isDraining()) response.shouldKeepAlive = false;
    const headers = [
      'Content-Type',
      contentType,
      'Content-Length',
      String(length),
      'Cache-Control',
      cacheControl,
      'X-Request-Id',
      contextOf(response.req).requestId,
    ];
    for (const text of this.#security) headers.push(text);
    return headers;
  }
}
