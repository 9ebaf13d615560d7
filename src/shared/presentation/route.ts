import type { Readable } from 'node:stream';
import type { ZodType } from 'zod';
import type { Caller } from '../services/authenticator.ts';
import type { Conditions } from './conditional.ts';
import type { Listing } from './page.ts';

/**
 * Who may call a route. `optional`: anybody, and a token tells who it is; `bearer`: anybody signed in; `admin`: signed
 * in with the admin role. All three answer an unusable access token with 403, as the product's contract wants.
 */
export type Access = 'public' | 'optional' | 'bearer' | 'admin';

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
  /** Present unless the route is public; with `optional` only when a token was sent. */
  readonly caller: A extends 'public' ? undefined : A extends 'optional' ? Caller | undefined : Caller;
  /** The bearer token of the `Authorization` header, unverified; only for routes that accept an expired one. */
  readonly bearerToken: string | undefined;
  /** All cookies in the order sent, so that a name sent twice can be seen. */
  readonly cookies: readonly Cookie[];
  /** The client's address, taken from `X-Forwarded-For` only behind the configured proxies. */
  readonly ip: string;
  readonly userAgent: string | undefined;
  readonly requestId: string;
  /** What the client has already, for routes that can answer 304. */
  readonly conditions: Conditions;
  /** The `Range` and `If-Range` headers, for routes that answer bytes. */
  readonly range: RangeRequest;
  /** The files of a multipart body, one after the other; only for routes that declare `upload`. */
  readonly files: AsyncIterable<UploadedFile>;
}

export interface RangeRequest {
  readonly range: string | undefined;
  readonly ifRange: string | undefined;
}

/** One file of a multipart body. Its stream has to be read to its end before the next file comes. */
export interface UploadedFile {
  /** As the client calls it; for messages only. */
  readonly name: string;
  /** Fails with `DomainError` `file_too_large` beyond the limit, and with `ClientGone` when the client leaves. */
  readonly bytes: Readable;
}

/** What a multipart body may hold. More is refused with 413 before it is read. */
export interface UploadLimits {
  readonly mostFiles: number;
  readonly mostBytesPerFile: number;
  /** How long the whole body may take to arrive; the server's limit for other requests does not count. */
  readonly deadlineSeconds: number;
  /** How long no byte of it may come. */
  readonly idleSeconds: number;
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
  /** Instead of a JSON body. */
  readonly text?: { readonly type: string; readonly content: string };
  /** Instead of a JSON body: bytes that flow. */
  readonly bytes?: AnswerBytes;
  readonly headers?: Readonly<Record<string, string>>;
  readonly cookies?: readonly CookieChange[];
  /** For a list: the router adds `X-Total-Count` and `Link`. */
  readonly listing?: Listing;
}

export interface AnswerBytes {
  readonly type: string;
  readonly length: number;
  /** Called only when a body is sent: not for HEAD. */
  readonly open: () => Promise<Readable>;
}

/** What a status means in the API's description, and the shape of its body (none for 204). */
export interface DeclaredAnswer {
  readonly description: string;
  readonly body?: ZodType;
  /** The media types of an answer that is not JSON. */
  readonly types?: readonly string[];
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
  /** The body is multipart/form-data with files. */
  readonly upload?: UploadLimits;
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
