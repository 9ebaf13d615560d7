import { z } from 'zod';

// What variables of the environment look like, for everything that reads some: each says what is wrong in one line.

export const wholeNumber = (least: number, most = Number.MAX_SAFE_INTEGER) => {
  const message = `must be a whole number from ${least}${most === Number.MAX_SAFE_INTEGER ? '' : ` to ${most}`}`;
  return z.coerce.number(message).int(message).min(least, message).max(most, message);
};

export const seconds = (fallback: number, { least = 0 } = {}) => wholeNumber(least).default(fallback);

/** A comma list; without the variable an empty one. */
export const list = z
  .string()
  .default('')
  .transform(text =>
    text
      .split(',')
      .map(item => item.trim())
      .filter(item => item !== ''),
  );

/** A scheme and a host, and nothing that a path could be appended to twice. */
export const isHttpOrigin = (text: string): boolean => {
  const url = URL.parse(text);
  return url !== null && /^https?:$/.test(url.protocol) && url.origin === text.replace(/\/$/, '');
};

export const httpOrigin = z.string().refine(isHttpOrigin, 'must be an http(s) origin without a path');

/** What the libraries behind these URLs would only refuse later, with an error that does not name the variable. */
export const urlWith = (protocols: readonly string[], { path = /^/, pathHint = '' } = {}) =>
  z.string().refine(
    text => {
      const url = URL.parse(text);
      if (url === null || !protocols.includes(url.protocol) || !path.test(url.pathname)) return false;
      return isEncoded(url.username) && isEncoded(url.password);
    },
    `must be a URL that begins with ${protocols.map(protocol => `${protocol}//`).join(' or ')}${pathHint}, with special characters of a password percent-encoded`,
  );

const isEncoded = (text: string): boolean => {
  try {
    decodeURIComponent(text);
    return true;
  } catch {
    return false;
  }
};

export const databaseUrl = urlWith(['postgres:', 'postgresql:'], {
  path: /^\/./,
  pathHint: ' and names a database',
});

export const bucketName = z
  .string()
  .regex(/^[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]$/, 'must be the name of a bucket');

export const regionName = z.string().regex(/^[a-z0-9-]{1,40}$/, 'must be the name of a region');

/** Everything that is wrong with the environment, one line per variable. */
export class InvalidConfiguration extends Error {
  readonly problems: readonly string[];

  constructor(problems: readonly string[]) {
    super(`The configuration is not valid:\n${problems.map(problem => `  ${problem}`).join('\n')}`);
    this.name = 'InvalidConfiguration';
    this.problems = problems;
  }
}

/** An empty variable is one that is not set. */
export const presentIn = (environment: NodeJS.ProcessEnv): NodeJS.ProcessEnv =>
  Object.fromEntries(Object.entries(environment).filter(([, value]) => value !== ''));

export const problemsOf = (error: z.ZodError, environment: NodeJS.ProcessEnv): string[] =>
  error.issues.map(issue => describe(issue, environment));

const describe = ({ path, message }: z.core.$ZodIssue, environment: NodeJS.ProcessEnv): string => {
  const name = String(path[0]);
  return environment[name] === undefined ? `${name} is required` : `${name}: ${message}`;
};

/** @throws {InvalidConfiguration} listing every problem at once. */
export const readEnvironment = <Shape extends z.ZodType>(
  shape: Shape,
  environment: NodeJS.ProcessEnv,
): z.infer<Shape> => {
  const present = presentIn(environment);
  const parsed = shape.safeParse(present);
  if (!parsed.success) throw new InvalidConfiguration(problemsOf(parsed.error, present));
  return parsed.data;
};
