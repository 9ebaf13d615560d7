import pino from 'pino';
import { limits } from '../../src/accounts/data/limits.ts';
import { createHttpServer } from '../../src/shared/presentation/http-server.ts';
import { securityHeaders } from '../../src/shared/presentation/security-headers.ts';
import type { ReadText } from './project-text.ts';

// What the product does, asked from the product, so that what is deployed around it cannot drift away from it.

/** How long the server keeps an idle connection, in seconds. */
export const serverKeepAliveSeconds = (): number =>
  createHttpServer(() => undefined, pino({ enabled: false })).keepAliveTimeout / 1_000;

const numberIn = (path: string, pattern: RegExp, read: ReadText): number => {
  const found = pattern.exec(read(path))?.[1];
  if (found === undefined) throw new Error(`${path}: ${pattern.source} is not there any more.`);
  return Number(found.replaceAll('_', ''));
};

/** How long an upload may take, in seconds. */
export const uploadSeconds = (read: ReadText): number =>
  numberIn('src/publishing/presentation/image-controller.ts', /deadlineSeconds: ([\d_]+)/, read);

/** The largest body of a change that is no upload. */
export const largestBodyBytes = (read: ReadText): number =>
  numberIn('src/publishing/presentation/article-controller.ts', /BODY_LIMIT_BYTES = ([\d_]+)/, read);

/** What one address may do at the sign-in routes by the product's own limits. */
export const signInAllowances = () => [
  limits.allowances['login-per-ip'],
  limits.allowances['register-per-ip'],
  limits.allowances['mail-token-per-ip'],
];

/** The headers of an answer of the API, by lower-case name. */
export const answerHeaders = (): ReadonlyMap<string, string> => {
  const { api } = securityHeaders('https://api.example.org');
  const headers = new Map<string, string>();
  for (let index = 0; index + 1 < api.length; index += 2)
    headers.set((api[index] ?? '').toLowerCase(), api[index + 1] ?? '');
  return headers;
};

/** The variables of the servers and of what administers them, and those of the backup, which needs none of the secrets. */
export const SERVER_SETTINGS = 'src/configuration.ts';
export const BACKUP_SETTINGS = 'scripts/backup/settings.ts';

/** Every variable that is read there. */
export const variablesOf = (path: string, read: ReadText): ReadonlySet<string> =>
  new Set([...read(path).matchAll(/^ {2}([A-Z0-9_]+):/gm)].map(([, name]) => name ?? ''));
