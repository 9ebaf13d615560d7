import type { Request } from 'express';
import type { Caller } from '../services/authenticator.ts';
import { bearerTokenOf } from './authentication.ts';
import { clientAddress, type Trust } from './client-address.ts';
import { cookiesOf } from './cookies.ts';
import { conditionsOf, type Conditions } from './conditional.ts';
import { contextOf } from './request-context.ts';
import type { Cookie, RangeRequest, UploadedFile } from './route.ts';

/** What a handler receives. Everything that most handlers never look at is worked out when it is asked for. */
export class ParsedRequest {
  readonly params: unknown;
  readonly query: unknown;
  readonly body: unknown;
  readonly caller: Caller | undefined;
  readonly #request: Request;
  readonly #trust: Trust;
  readonly #files: AsyncIterable<UploadedFile> | undefined;

  constructor(
    request: Request,
    trust: Trust,
    caller: Caller | undefined,
    parts: {
      params: unknown;
      query: unknown;
      body?: unknown;
      files?: AsyncIterable<UploadedFile>;
    },
  ) {
    this.#request = request;
    this.#trust = trust;
    this.caller = caller;
    this.params = parts.params;
    this.query = parts.query;
    this.body = parts.body;
    this.#files = parts.files;
  }

  get bearerToken(): string | undefined {
    return bearerTokenOf(this.#request);
  }

  get cookies(): readonly Cookie[] {
    return cookiesOf(this.#request);
  }

  get ip(): string {
    return clientAddress(this.#request, this.#trust);
  }

  get userAgent(): string | undefined {
    return this.#request.headers['user-agent'];
  }

  get requestId(): string {
    return contextOf(this.#request).requestId;
  }

  get conditions(): Conditions {
    return conditionsOf(this.#request);
  }

  get range(): RangeRequest {
    const { headers, method } = this.#request;
    // RFC 9110 section 14.2: ranges are defined for GET alone.
    if (method !== 'GET') return { range: undefined, ifRange: undefined };
    // Node joins a repeated header into one text, whatever its types say.
    return { range: headers.range, ifRange: headers['if-range'] as string | undefined };
  }

  get files(): AsyncIterable<UploadedFile> {
    if (!this.#files) throw new Error('This route declares no upload.');
    return this.#files;
  }
}
