import type { IncomingMessage } from 'node:http';
import { DomainError } from '../domain/domain-error.ts';

/** The query's fields, each once. @throws {DomainError} `malformed_query` or `duplicate_parameter`. */
export const queryOf = (request: IncomingMessage): Record<string, string> => {
  const target = request.url ?? '';
  const mark = target.indexOf('?');
  if (mark === -1 || mark === target.length - 1) return {};
  const text = target.slice(mark + 1);
  if (!decodes(text))
    throw new DomainError('malformed', 'malformed_query', 'The query is not valid percent-encoded UTF-8.');
  const fields: [string, string][] = [...new URLSearchParams(text)];
  const names = new Set(fields.map(([name]) => name));
  // Which of two values is meant is a guess, and two readers may guess differently.
  if (names.size < fields.length)
    throw new DomainError('malformed', 'duplicate_parameter', 'A query parameter was sent twice.');
  return Object.fromEntries(fields);
};

/** @throws {DomainError} `malformed_path` for what is no percent-encoded UTF-8 in printable ASCII. */
export const refuseMalformedPath = (request: IncomingMessage): void => {
  const target = request.url ?? '';
  const mark = target.indexOf('?');
  const path = mark === -1 ? target : target.slice(0, mark);
  if (!PRINTABLE.test(target) || !decodes(path))
    throw new DomainError('malformed', 'malformed_path', 'The path is not valid percent-encoded UTF-8.');
};

const PRINTABLE = /^[\x21-\x7e]*$/;

const decodes = (text: string): boolean => {
  if (!text.includes('%')) return true;
  try {
    decodeURIComponent(text);
    return true;
  } catch {
    return false;
  }
};

// A second one of these could make two readers of the same request see different things. One bit each.
const AT_MOST_ONCE: ReadonlyMap<string, number> = new Map(
  [
    'host',
    'authorization',
    'origin',
    'sec-fetch-site',
    'content-type',
    'content-encoding',
    'x-request-id',
  ].map((name, index) => [name, 1 << index]),
);

/** @throws {DomainError} `duplicate_header`, or `host_missing` (RFC 9112 section 3.2). */
export const refuseAmbiguousHeaders = (request: IncomingMessage): void => {
  const { rawHeaders } = request;
  let seen = 0;
  for (let index = 0; index < rawHeaders.length; index += 2) {
    const bit = AT_MOST_ONCE.get((rawHeaders[index] ?? '').toLowerCase()) ?? 0;
    if ((seen & bit) !== 0)
      throw new DomainError('malformed', 'duplicate_header', `${rawHeaders[index]} was sent twice.`);
    seen |= bit;
  }
  if (request.headers.host === undefined && request.httpVersion === '1.1')
    throw new DomainError('malformed', 'host_missing', 'The request has no Host header.');
};
