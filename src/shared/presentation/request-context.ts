import type { IncomingMessage } from 'node:http';
import { newId } from '../services/new-id.ts';

/** What is known about one request besides its content; shared by the router, the log and the metrics. */
export class RequestContext {
  readonly requestId: string;
  readonly startedAt = performance.now();
  /** The pattern of the matched route, never the path itself: paths hold names and ids. */
  route: string | undefined;
  /** The other end of the connection, noted at once because it is forgotten when the client hangs up. */
  peer: string | undefined;
  /** The stable code of the problem that was answered. */
  code: string | undefined;
  /** The error behind the answer, when it is worth a full log line. */
  failure: unknown;
  /** How much of a body that was refused is still read and thrown away; a default unless said. */
  patienceBytes: number | undefined;

  constructor(requestId: string) {
    this.requestId = requestId;
  }
}

const CONTEXT = Symbol('request context');

type WithContext = IncomingMessage & { [CONTEXT]: RequestContext | undefined };

/** The request's context, made at the first call. */
export const contextOf = (request: IncomingMessage): RequestContext =>
  ((request as WithContext)[CONTEXT] ??= new RequestContext(requestIdOf(request)));

// Ids end up in logs, so only what cannot break a line or a quoting rule is taken over.
const SAFE_ID = /^[\w.:~+/=-]{1,128}$/;
const TRACE_PARENT = /^[\da-f]{2}-(?!0{32})([\da-f]{32})-[\da-f]{16}-[\da-f]{2}/;

/** The caller's `X-Request-Id` when it is harmless, else the trace id (W3C Trace Context), else a new UUIDv7. */
const requestIdOf = (request: IncomingMessage): string => {
  const given = request.headers['x-request-id'];
  if (typeof given === 'string' && SAFE_ID.test(given)) return given;
  const trace = request.headers.traceparent;
  return (typeof trace === 'string' ? TRACE_PARENT.exec(trace)?.[1] : undefined) ?? newId();
};
