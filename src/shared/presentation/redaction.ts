/** A safety net below the rule that nobody logs these. */
const SECRET_NAMES: ReadonlySet<string> = new Set([
  'password',
  'current_password',
  'new_password',
  'token',
  'access_token',
  'refresh_token',
  'accessToken',
  'refreshToken',
  'authorization',
  'cookie',
  'cookies',
  'set-cookie',
  'secret',
  'pepper',
  'email',
  'address',
  'to',
]);

const CENSOR = '[redacted]';
const DEEPEST = 5;

type Line = Record<string, unknown>;

/** The line with every secret field censored. Copies only what it changes; errors have a serializer of their own. */
export const redacted = (line: Line): Line => censored(line, 0);

const censored = (node: Line, depth: number): Line => {
  let copy: Line | undefined;
  for (const name in node) {
    const before = node[name];
    const after = SECRET_NAMES.has(name) ? CENSOR : nested(before, depth);
    if (after !== before) (copy ??= { ...node })[name] = after;
  }
  return copy ?? node;
};

const nested = (value: unknown, depth: number): unknown => {
  if (typeof value !== 'object' || value === null || value instanceof Error) return value;
  if (depth === DEEPEST) return CENSOR;
  return Array.isArray(value)
    ? value.map(item => nested(item, depth + 1))
    : censored(value as Line, depth + 1);
};
