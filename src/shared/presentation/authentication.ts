import type { IncomingMessage } from 'node:http';
import { DomainError } from '../domain/domain-error.ts';
import type { Authenticator, Caller } from '../services/authenticator.ts';
import type { Access } from './route.ts';

// RFC 6750 section 2.1, and the scheme's name in any case (RFC 9110 section 11.1).
const BEARER = /^bearer +([\w.~+/-]+=*) *$/i;

/** The token of a well-formed `Authorization: Bearer` header, unverified. */
export const bearerTokenOf = (request: IncomingMessage): string | undefined => {
  const header = request.headers.authorization;
  return header === undefined ? undefined : BEARER.exec(header)?.[1];
};

/** @throws {DomainError} `token_missing` or `token_invalid`. */
export const requiredBearerToken = (request: IncomingMessage): string => {
  const token = bearerTokenOf(request);
  if (token !== undefined) return token;
  throw request.headers.authorization === undefined
    ? new DomainError('forbidden', 'token_missing', 'This needs an access token.')
    : new DomainError('forbidden', 'token_invalid', 'The access token is not valid.');
};

/** Who calls, if the route asks; nobody where a token is optional and was not sent. @throws {DomainError} every refusal is a 403; an outage is `Unavailable`. */
export const authorise = async (
  request: IncomingMessage,
  access: Exclude<Access, 'public'>,
  authenticator: Authenticator,
): Promise<Caller | undefined> => {
  if (access === 'optional' && request.headers.authorization === undefined) return undefined;
  const caller = await authenticator.authenticate(requiredBearerToken(request), {
    readOnly: request.method === 'GET' || request.method === 'HEAD',
  });
  if (access === 'admin' && caller.role !== 'admin')
    throw new DomainError('forbidden', 'not_permitted', 'You are not allowed to do this.');
  return caller;
};
