/** An error as it may stand in a log. */
export interface LoggedError {
  readonly type: string;
  readonly message: string;
  readonly stack: string;
  readonly code?: string;
  /** From Postgres: names of ours, never a value of somebody's. */
  readonly constraint?: string;
  readonly table?: string;
  readonly cause?: LoggedError;
}

const MOST_CAUSES = 4;
const LONGEST_MESSAGE = 1_000;

/**
 * Database drivers put rows, parameters and statements into their errors, so only named properties are taken, and
 * what looks like a mail address, a token or a hash is cut from the text.
 */
export const safeError = (error: unknown, depth = 0): LoggedError => {
  if (!(error instanceof Error))
    return { type: typeof error, message: 'Something was thrown that is no error.', stack: '' };
  const message = scrubbed(error.message.slice(0, LONGEST_MESSAGE));
  return {
    type: error.name,
    message,
    stack: framesOf(error),
    ...textOf(error, 'code'),
    ...textOf(error, 'constraint'),
    ...textOf(error, 'table'),
    ...(error.cause !== undefined && depth < MOST_CAUSES ? { cause: safeError(error.cause, depth + 1) } : {}),
  };
};

/** The stack without its first part, which repeats the message unscrubbed. */
const framesOf = (error: Error): string =>
  (error.stack ?? '')
    .split('\n')
    .filter(line => /^\s+at /.test(line))
    .join('\n');

const textOf = <Name extends 'code' | 'constraint' | 'table'>(
  error: Error,
  name: Name,
): { [key in Name]?: string } => {
  const value: unknown = name in error ? (error as Error & Record<Name, unknown>)[name] : undefined;
  return (typeof value === 'string' ? { [name]: scrubbed(value) } : {}) as { [key in Name]?: string };
};

const MAIL_ADDRESS = /[^\s"'<>(),;:=]+@[^\s"'<>(),;:=]+/g;
const HASH = /\$argon2\S+/g;
// Session tokens, JWTs and mail tokens are longer than any name of ours; ids and paths are broken up by - and /.
const LONG_SECRET = /[\w.-]*[A-Za-z0-9_]{32,}[\w.-]*/g;

const scrubbed = (text: string): string =>
  text.replace(HASH, '[hash]').replace(MAIL_ADDRESS, '[mail address]').replace(LONG_SECRET, '[secret]');
