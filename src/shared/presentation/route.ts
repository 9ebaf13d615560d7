import type { ZodType } from 'zod';
import type { Caller } from '../services/authenticator.ts';
import type { Listing } from './page.ts';

/**
 * Who may call a route. `bearer`: anybody signed in; `admin`: signed in with the admin role.
 * Both answer an unusable access token with 403, as the product's contract wants.
 */
export type Access = 'public' | 'bearer' | 'admin';

/** The shapes a request is parsed into. Absent means: nothing is accepted there. */
export interface RequestShape {
  readonly params?: ZodType;
  readonly query?: ZodType;
  readonly body?: ZodType;
}

type Parsed<Shape extends RequestShape, Part extends keyof RequestShape> =
  Shape[Part] extends ZodType<infer Out> ? Out : undefined;

export interface Cookie {
  readonly name: string;
  readonly value: string;
}

/** What a handler receives: parsed values, never the raw request. */
export interface Incoming<Shape extends RequestShape = RequestShape, A extends Access = Access> {
  readonly params: Parsed<Shape, 'params'>;
  readonly query: Parsed<Shape, 'query'>;
  readonly body: Parsed<Shape, 'body'>;
  /** Present unless the route is public. */
  readonly caller: A extends 'public' ? undefined : Caller;
  /** The bearer token of the `Authorization` header, unverified; only for routes that accept an expired one. */
  readonly bearerToken: string | undefined;
  /** All cookies in the order sent, so that a name sent twice can be seen. */
  readonly cookies: readonly Cookie[];
  /** The client's address, taken from `X-Forwarded-For` only behind the configured proxies. */
  readonly ip: string;
  readonly userAgent: string | undefined;
  readonly requestId: string;
}

export interface CookieChange {
  readonly name: string;
  /** `null` clears the cookie. */
  readonly value: string | null;
  readonly maxAgeSeconds?: number;
  /** Every cookie is HttpOnly and Path=/; this is false only on plain-HTTP localhost in development. */
  readonly secure: boolean;
  readonly sameSite: 'strict' | 'lax';
}

/** What a handler answers. `body` is absent for 204. Exactly the declared fields; an aggregate is never sent. */
export interface Answer {
  readonly status: number;
  readonly body?: unknown;
  readonly headers?: Readonly<Record<string, string>>;
  readonly cookies?: readonly CookieChange[];
  /** For a list: the router adds `X-Total-Count` and `Link`. */
  readonly listing?: Listing;
}

/** What a status means in the API's description, and the shape of its body (none for 204). */
export interface DeclaredAnswer {
  readonly description: string;
  readonly body?: ZodType;
}

/**
 * One endpoint: its place, its shapes and what it does. The router, the parser and the OpenAPI document all read
 * this one declaration.
 */
export interface Route<Shape extends RequestShape = RequestShape, A extends Access = Access> {
  readonly method: 'get' | 'post' | 'put' | 'patch' | 'delete';
  /** Express syntax: `/v1/users/:username`. */
  readonly path: string;
  /** Unique; the name of the method in a generated client. */
  readonly operationId: string;
  readonly tag: string;
  readonly summary: string;
  readonly description?: string;
  readonly access: A;
  readonly request?: Shape;
  /** Success answers by status. */
  readonly answers: Readonly<Record<number, DeclaredAnswer>>;
  /** Problem codes by status that this route can answer beyond those every route can. */
  readonly refusals?: Readonly<Record<number, readonly string[]>>;
  /** The largest body accepted, in bytes; 100 kB unless said. */
  readonly bodyLimitBytes?: number;
  /** True for answers that carry a token or a secret: `Cache-Control: no-store`. */
  readonly noStore?: boolean;
  /** True when the refresh cookie is (also) what identifies the caller; said in the API's description. */
  readonly usesRefreshCookie?: boolean;
  readonly handle: (incoming: Incoming<Shape, A>) => Promise<Answer>;
}

/** Declares a route with the types of its shapes inferred, and forgets them so that routes fit in one list. */
export const route = <const Shape extends RequestShape, const A extends Access>(
  declared: Route<Shape, A>,
): Route => declared;
