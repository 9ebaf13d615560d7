import { createHash } from 'node:crypto';
import type { IncomingMessage } from 'node:http';

/** What a client says it has (RFC 9110 section 13.1). */
export interface Conditions {
  readonly ifNoneMatch: string | undefined;
  readonly ifModifiedSince: string | undefined;
}

/** What an answer can be recognised by. `etag` includes its quotes. */
export interface Validators {
  readonly etag: string;
  readonly lastModified?: Date;
}

export const conditionsOf = (request: IncomingMessage): Conditions => ({
  ifNoneMatch: request.headers['if-none-match'],
  ifModifiedSince: request.headers['if-modified-since'],
});

/** A weak tag over everything that an answer depends on: the same facts, the same tag. */
export const etagOf = (...facts: readonly (string | number | Date | null)[]): string => {
  const text = JSON.stringify(facts);
  return `W/"${createHash('sha256').update(text).digest('base64url').slice(0, 27)}"`;
};

const TAG = /(?:W\/)?"[\x21\x23-\x7e\x80-\xff]*"/g;

/** True when the client has this already. `If-None-Match` wins over the date (RFC 9110 section 13.2.2). */
export const isFresh = (
  { ifNoneMatch, ifModifiedSince }: Conditions,
  { etag, lastModified }: Validators,
): boolean => {
  if (ifNoneMatch !== undefined) {
    if (ifNoneMatch.trim() === '*') return true;
    const opaque = etag.replace(/^W\//, '');
    return (ifNoneMatch.match(TAG) ?? []).some(tag => tag.replace(/^W\//, '') === opaque);
  }
  if (ifModifiedSince === undefined || lastModified === undefined) return false;
  const since = Date.parse(ifModifiedSince);
  // The header knows whole seconds only.
  return !Number.isNaN(since) && Math.floor(lastModified.getTime() / 1_000) * 1_000 <= since;
};

/** The headers of an answer that a cache may keep and has to ask about each time. */
export const validatorHeaders = (
  { etag, lastModified }: Validators,
  cacheControl: string,
): Readonly<Record<string, string>> => ({
  ETag: etag,
  ...(lastModified ? { 'Last-Modified': lastModified.toUTCString() } : {}),
  'Cache-Control': cacheControl,
});

/** Kept by everybody, asked about every time: a change shows at once, and asking costs no body. */
export const SHARED_BUT_ASKED = 'public, no-cache';

/** 304 without a body. */
export const notModified = (validators: Validators, cacheControl: string) => ({
  status: 304,
  headers: validatorHeaders(validators, cacheControl),
});
