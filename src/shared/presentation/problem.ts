import { DomainError, InvalidFields, type ErrorKind, type FieldError } from '../domain/domain-error.ts';

/** The only table from what went wrong to HTTP. */
const STATUS_OF: Readonly<Record<ErrorKind, number>> = {
  malformed: 400,
  unauthenticated: 401,
  forbidden: 403,
  'not-found': 404,
  conflict: 409,
  'too-large': 413,
  unsupported: 415,
  invalid: 422,
  'too-many': 429,
  unavailable: 503,
};

const TOKEN_CODES: ReadonlySet<string> = new Set([
  'token_missing',
  'token_invalid',
  'token_expired',
  'session_revoked',
]);

/** A refusal that belongs to HTTP itself (405, 408, 417, 431) or that says more than a domain error can. */
export class ProtocolError extends Error {
  readonly status: number;
  readonly code: string;
  readonly headers: readonly string[];
  readonly members: Readonly<Record<string, unknown>>;

  /** `headers` are name, value, name, value; `members` are added to the problem's body. */
  constructor(
    status: number,
    code: string,
    detail: string,
    more: { headers?: readonly string[]; members?: Readonly<Record<string, unknown>> } = {},
  ) {
    super(detail);
    this.name = 'ProtocolError';
    this.status = status;
    this.code = code;
    this.headers = more.headers ?? [];
    this.members = more.members ?? {};
  }
}

/** The client went away before its request was complete: there is nobody to answer. */
export class ClientGone extends Error {
  constructor() {
    super('The client closed the connection.');
    this.name = 'ClientGone';
  }
}

/** An answer that refuses, before it becomes text. */
export interface Problem {
  readonly status: number;
  readonly code: string;
  /** Absent for an unknown failure: nothing about it is anybody's business. */
  readonly detail?: string;
  readonly errors?: readonly FieldError[];
  readonly members?: Readonly<Record<string, unknown>>;
  /** Name, value, name, value. */
  readonly headers: readonly string[];
  /** True when somebody should read the whole error in the log. */
  readonly worthLogging: boolean;
}

export const problemOf = (error: unknown): Problem => {
  if (error instanceof DomainError) return domainProblem(error);
  if (error instanceof ProtocolError)
    return {
      status: error.status,
      code: error.code,
      detail: error.message,
      members: error.members,
      headers: error.headers,
      worthLogging: false,
    };
  return libraryProblem(error) ?? UNKNOWN_FAILURE;
};

/** The body of RFC 9457, as text. */
export const problemText = (problem: Problem, requestId: string): string =>
  JSON.stringify({
    type: `urn:daymark:problem:${problem.code}`,
    title: titleOf(problem.code),
    status: problem.status,
    detail: problem.detail,
    code: problem.code,
    request_id: requestId,
    errors: problem.errors,
    ...problem.members,
  });

/** `username_taken` becomes "Username taken": the title belongs to the type, not to the occurrence. */
const titleOf = (code: string): string => {
  const words = code.replaceAll('_', ' ');
  return words.charAt(0).toUpperCase() + words.slice(1);
};

const UNKNOWN_FAILURE: Problem = { status: 500, code: 'internal_error', headers: [], worthLogging: true };

// The sentence is ours for every absence, so that "not yours" cannot be told from "never was" by its words.
const NOTHING_HERE = 'There is nothing here.';

const domainProblem = (error: DomainError): Problem => ({
  status: STATUS_OF[error.kind],
  code: error.code,
  detail: error.kind === 'not-found' ? NOTHING_HERE : error.message,
  ...(error instanceof InvalidFields ? { errors: error.errors } : {}),
  headers: headersFor(error),
  worthLogging: error.kind === 'unavailable',
});

const headersFor = (error: DomainError): readonly string[] => {
  if (error.kind === 'too-many' || error.kind === 'unavailable')
    return ['Retry-After', String(retryAfterSeconds(error))];
  if (error.kind === 'forbidden' && TOKEN_CODES.has(error.code))
    return ['WWW-Authenticate', tokenChallenge(error)];
  // RFC 9110 section 15.5.2: a 401 names at least one scheme.
  if (error.kind === 'unauthenticated') return ['WWW-Authenticate', 'Bearer realm="daymark"'];
  return [];
};

const retryAfterSeconds = (error: DomainError): number =>
  'retryAfterSeconds' in error && typeof error.retryAfterSeconds === 'number' ? error.retryAfterSeconds : 1;

/** RFC 6750 section 3: who sent no token at all is told no error code. */
const tokenChallenge = (error: DomainError): string =>
  error.code === 'token_missing'
    ? 'Bearer realm="daymark"'
    : `Bearer realm="daymark", error="invalid_token", error_description="${error.message.replaceAll(/[^\x20-\x21\x23-\x5b\x5d-\x7e]/g, '')}"`;

const LIBRARY_CODES: Readonly<Record<number, readonly [code: string, detail: string]>> = {
  400: ['malformed_request', 'The request could not be understood.'],
  404: ['not_found', NOTHING_HERE],
  412: ['precondition_failed', 'The thing is not in the state that the request asks for.'],
  416: ['range_not_satisfiable', 'The requested range is not there.'],
};

/** Errors that express and `send` throw carry a status of their own. */
const libraryProblem = (error: unknown): Problem | undefined => {
  if (!(error instanceof Error) || !('status' in error) || typeof error.status !== 'number') return undefined;
  const known = LIBRARY_CODES[error.status];
  if (known === undefined) return undefined;
  return { status: error.status, code: known[0], detail: known[1], headers: [], worthLogging: false };
};
