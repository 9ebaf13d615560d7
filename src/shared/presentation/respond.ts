import type { IncomingMessage, ServerResponse } from 'node:http';
import { pipeline } from 'node:stream/promises';
import type { AnswerBytes } from './route.ts';
import { FixedHeaders, type HeaderList } from './security-headers.ts';
import { ClientGone, problemOf, problemText } from './problem.ts';
import { discardRest, hasBody } from './read-body.ts';
import { contextOf } from './request-context.ts';

const STALLED_AFTER_MS = 60_000;

/**
 * Writes the answers of the API. All headers go out in one `writeHead` with a flat list: with express's own
 * `response.json` the headers alone cost several times as much as the rest of the pipeline.
 */
export class Responder {
  readonly #security: FixedHeaders;
  readonly #isDraining: () => boolean;

  constructor(security: HeaderList, isDraining: () => boolean) {
    this.#security = new FixedHeaders(security);
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
    const headers = this.#headersFor(response, type, cacheControl, Buffer.byteLength(payload), more);
    response.writeHead(status, headers).end(payload);
  }

  /**
   * Bytes as they come. When their source breaks off or turns out to be of another length, so does the answer: its
   * length was promised, and cutting it is the only way to say that it is not whole. A client that takes nothing for a
   * minute is cut off, or it would keep the source open for as long as it likes.
   */
  async bytes(
    response: ServerResponse,
    status: number,
    cacheControl: string,
    { type, length, open }: AnswerBytes,
    more: HeaderList,
  ): Promise<void> {
    const source = response.req.method === 'HEAD' ? null : await open();
    response.writeHead(status, this.#headersFor(response, type, cacheControl, length, more));
    if (source === null) {
      response.end();
      return;
    }
    response.setTimeout(STALLED_AFTER_MS);
    await pipeline(source, exactly(length), response);
  }

  empty(response: ServerResponse, status: number, cacheControl: string, more: HeaderList): void {
    if (this.#isDraining()) response.shouldKeepAlive = false;
    const headers = ['Cache-Control', cacheControl, 'X-Request-Id', contextOf(response.req).requestId];
    if (status !== 204 && status !== 304) headers.push('Content-Length', '0');
    this.#security.appendTo(headers, more);
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
    const type = 'application/problem+json';
    const headers = this.#headersFor(response, type, 'no-store', size, problem.headers);
    if (!request.complete && hasBody(request)) discardRest(request);
    response.writeHead(problem.status, headers).end(payload);
  }

  #headersFor(
    response: ServerResponse,
    contentType: string,
    cacheControl: string,
    length: number,
    more: HeaderList,
  ): string[] {
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
    this.#security.appendTo(headers, more);
    return headers;
  }
}

const exactly = (length: number) =>
  async function* (chunks: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array, void> {
    let left = length;
    for await (const chunk of chunks) {
      left -= chunk.length;
      if (left < 0) break;
      yield chunk;
    }
    if (left !== 0) throw new Error('The source of an answer has another length than was promised.');
  };
