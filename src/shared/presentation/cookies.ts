import type { IncomingMessage } from 'node:http';
import cookieParser from 'cookie-parser';
import type { Request, Response } from 'express';
import type { Cookie, CookieChange } from './route.ts';

const parsePair = cookieParser();

/**
 * All cookies in the order sent. cookie-parser keeps only the first of two with one name, and which of them a client
 * meant cannot be known; so it is given one pair at a time and both stay visible.
 */
export const cookiesOf = (request: IncomingMessage): readonly Cookie[] => {
  const header = request.headers.cookie;
  return header === undefined ? [] : header.split(';').flatMap(decode);
};

const decode = (pair: string): Cookie[] => {
  const carrier: unknown = { headers: { cookie: pair } };
  const request = carrier as Request;
  parsePair(request, request.res as Response, () => undefined);
  return Object.entries(request.cookies as Record<string, unknown>).flatMap(([name, value]) =>
    // cookie-parser reads `j:{...}` as JSON; nothing here ever sets such a cookie.
    typeof value === 'string' ? [{ name, value }] : [],
  );
};

/** Every cookie is HttpOnly and Path=/, without a Domain. A cleared one expires at once. */
export const applyCookies = (response: Response, changes: readonly CookieChange[]): void => {
  for (const { name, value, maxAgeSeconds, secure, sameSite } of changes) {
    const attributes = { path: '/', httpOnly: true, secure, sameSite };
    if (value === null) response.cookie(name, '', { ...attributes, maxAge: 0 });
    else if (maxAgeSeconds === undefined) response.cookie(name, value, attributes);
    else response.cookie(name, value, { ...attributes, maxAge: maxAgeSeconds * 1_000 });
  }
};
