/** What went wrong, in the domain's words. `presentation/problem.ts` holds the only table from these to HTTP. */
export type ErrorKind =
  | 'malformed'
  | 'invalid'
  | 'unauthenticated'
  | 'forbidden'
  | 'not-found'
  | 'conflict'
  | 'too-large'
  | 'unsupported'
  | 'too-many'
  | 'unavailable';

/** A broken rule. `code` is stable and part of the public contract; `message` is a sentence for a person. */
export class DomainError extends Error {
  readonly kind: ErrorKind;
  readonly code: string;

  constructor(kind: ErrorKind, code: string, message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = new.target.name;
    this.kind = kind;
    this.code = code;
  }
}

/** One refused field. `pointer` is an RFC 6901 JSON pointer into the request body, for example `/email`. */
export interface FieldError {
  readonly pointer: string;
  readonly code: string;
  readonly detail: string;
}

/** Several fields refused at once, so that a form can show all of them. */
export class InvalidFields extends DomainError {
  readonly errors: readonly FieldError[];

  constructor(errors: readonly FieldError[]) {
    super('invalid', 'invalid_fields', 'Some fields are not valid.');
    this.errors = errors;
  }
}

/** Somebody else changed the same thing first. The caller may load it again and retry. */
export class StaleAggregate extends DomainError {
  constructor(options?: ErrorOptions) {
    super('conflict', 'changed_meanwhile', 'This was changed by another request. Please try again.', options);
  }
}

/** Asked too often. */
export class TooManyAttempts extends DomainError {
  readonly retryAfterSeconds: number;

  constructor(retryAfterSeconds: number) {
    super('too-many', 'too_many_attempts', 'Too many attempts. Please wait before trying again.');
    this.retryAfterSeconds = Math.max(1, Math.ceil(retryAfterSeconds));
  }
}

/** Something this answer needs is down or overloaded. Nothing was changed; the same request may succeed soon. */
export class Unavailable extends DomainError {
  readonly retryAfterSeconds: number;

  constructor(what: string, options?: ErrorOptions & { retryAfterSeconds?: number }) {
    super('unavailable', 'temporarily_unavailable', `${what} is not available right now.`, options);
    this.retryAfterSeconds = options?.retryAfterSeconds ?? 1;
  }
}
