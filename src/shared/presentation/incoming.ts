import type { Request } from 'express';
import type { Caller } from '../services/authenticator.ts';
import { bearerTokenOf } from './authentication.ts';
import { clientAddress, type Trust } from './client-address.ts';
import { cookiesOf } from './cookies.ts';
import { contextOf } from './request-context.ts';
import type { Cookie } from './route.ts';

/** What a handler receives. Everything that most handlers never look at is worked out when it is asked for. */
export class ParsedRequest {
  readonly params: unknown;
  readonly query: unknown;
  readonly body: unknown;
  readonly caller: Caller | undefined;
  readonly #request: Request;
  readonly #trust: Trust;

  constructor(
    request: Request,
    trust: Trust,
    caller: Caller | undefined,
    parts: { params: unknown; query: unknown; body: unknown },
  ) {
    this.#request = request;
    this.#trust = trust;
    this.caller = caller;
    this.params = parts.params;
    this.query = parts.query;
    this.body = parts.body;
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
}
