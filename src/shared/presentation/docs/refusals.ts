import type { ZodOpenApiResponseObject } from 'zod-openapi';
import type { Route } from '../route.ts';
import { problemShape } from './problem-shape.ts';

type Refusals = Readonly<Record<number, readonly string[]>>;

/** The problem answers of a route: what it declares, and what every route of its kind can answer. */
export const refusalsOf = (route: Route): Record<`${number}`, ZodOpenApiResponseObject> => {
  const codes = new Map<number, Set<string>>();
  for (const refusals of [route.refusals ?? {}, ...commonTo(route)])
    for (const [status, names] of Object.entries<readonly string[]>(refusals))
      codes.set(Number(status), new Set([...(codes.get(Number(status)) ?? []), ...names]));
  return Object.fromEntries(
    [...codes]
      .filter(([, names]) => names.size > 0)
      .sort(([one], [other]) => one - other)
      .map(([status, names]) => [status, describe(status, [...names])]),
  );
};

const ALWAYS: Refusals = {
  400: ['malformed_request', 'malformed_path', 'malformed_query', 'duplicate_parameter', 'duplicate_header'],
  // Also where nothing is accepted: a query or a body is refused then.
  422: ['invalid_fields'],
  500: ['internal_error'],
  503: ['temporarily_unavailable'],
};
const WITH_BODY: Refusals = {
  400: ['malformed_json', 'malformed_utf8'],
  413: ['body_too_large'],
  415: ['unsupported_media_type'],
};
const WITH_TOKEN: Refusals = { 403: ['token_missing', 'token_invalid', 'token_expired', 'session_revoked'] };
const FOR_ADMINS: Refusals = { 403: ['not_permitted'] };
// Of two requests that change the same thing at the same moment one comes first, and the other may try again.
const CHANGING_STATE: Refusals = { 403: ['origin_not_allowed'], 409: ['changed_meanwhile'] };

// What is missing is not refused where a token is optional.
const WITH_OPTIONAL_TOKEN: Refusals = { 403: ['token_invalid', 'token_expired', 'session_revoked'] };
const WITH_FILES: Refusals = {
  400: ['malformed_multipart'],
  408: ['request_timeout'],
  413: ['body_too_large', 'file_too_large', 'too_many_files'],
  415: ['unsupported_media_type'],
  422: ['unknown_field'],
};

const commonTo = (route: Route): readonly Refusals[] => [
  ALWAYS,
  ...(route.request?.body ? [WITH_BODY] : []),
  ...(route.upload ? [WITH_FILES] : []),
  ...(route.access === 'optional' ? [WITH_OPTIONAL_TOKEN] : []),
  ...(route.access === 'bearer' || route.access === 'admin' ? [WITH_TOKEN] : []),
  ...(route.access === 'admin' ? [FOR_ADMINS] : []),
  ...(route.method === 'get' ? [] : [CHANGING_STATE]),
];

const describe = (status: number, codes: readonly string[]): ZodOpenApiResponseObject => ({
  description: codes.map(code => `\`${code}\``).join(', '),
  ...headersOf(status),
  content: { 'application/problem+json': { schema: problemShape } },
});

const headersOf = (status: number): Pick<ZodOpenApiResponseObject, 'headers'> => {
  if (status === 429 || status === 503)
    return { headers: { 'Retry-After': { description: 'Seconds to wait.', schema: { type: 'integer' } } } };
  if (status === 403)
    return {
      headers: {
        'WWW-Authenticate': { description: 'RFC 6750, for the token codes.', schema: { type: 'string' } },
      },
    };
  return {};
};
