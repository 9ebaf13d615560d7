import { createHash, timingSafeEqual } from 'node:crypto';
import type { IncomingMessage } from 'node:http';
import type { RequestHandler } from 'express';
import type { Registry } from 'prom-client';
import { DomainError } from '../domain/domain-error.ts';
import { requiredBearerToken } from './authentication.ts';
import { isLoopback } from './client-address.ts';
import { contextOf } from './request-context.ts';
import { setHeaders, type HeaderList } from './security-headers.ts';

/** The registry as Prometheus reads it: with the metrics token, or without one for this machine only. */
export const metricsEndpoint =
  (registry: Registry, metricsToken: string | undefined, security: HeaderList): RequestHandler =>
  async (request, response) => {
    contextOf(request).route = '/metrics';
    if (metricsToken !== undefined) refuseOtherToken(request, metricsToken);
    else refuseOtherMachine(request);
    const text = await registry.metrics();
    setHeaders(response, security);
    setHeaders(response, ['Content-Type', registry.contentType, 'Cache-Control', 'no-store']);
    response.setHeader('X-Request-Id', contextOf(request).requestId);
    response.end(text);
  };

const refuseOtherToken = (request: IncomingMessage, metricsToken: string): void => {
  if (!timingSafeEqual(digest(requiredBearerToken(request)), digest(metricsToken)))
    throw new DomainError('forbidden', 'token_invalid', 'The metrics token is not valid.');
};

// Digests have one length, so that comparing tells nothing about the length of the token either.
const digest = (text: string): Buffer => createHash('sha256').update(text).digest();

/** A proxy on this machine is a loopback client too, but it says for whom it asks. */
const refuseOtherMachine = (request: IncomingMessage): void => {
  const forwarded = request.headers['x-forwarded-for'] ?? request.headers.forwarded;
  if (forwarded !== undefined || !isLoopback(contextOf(request).peer ?? ''))
    throw new DomainError('forbidden', 'not_permitted', 'Metrics are for this machine only.');
};
