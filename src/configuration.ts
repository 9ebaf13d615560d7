import { join } from 'node:path';
import { z } from 'zod';
import { signingKeysProblem } from './accounts/data/signing-keys.ts';
import { RegistrationPolicy } from './accounts/domain/registration-policy.ts';
import {
  bucketName,
  databaseUrl,
  httpOrigin,
  InvalidConfiguration,
  isHttpOrigin,
  list,
  presentIn,
  problemsOf,
  readEnvironment,
  regionName,
  seconds,
  urlWith,
  wholeNumber,
} from './environment.ts';
import { parseMailFrom } from './shared/data/mail-from.ts';

const isMailFrom = (text: string): boolean => {
  try {
    parseMailFrom(text);
    return true;
  } catch {
    return false;
  }
};

const isAllowlist = (entries: readonly string[]): boolean => {
  try {
    new RegistrationPolicy('allowlist', entries);
    return true;
  } catch {
    return false;
  }
};

const environmentShape = z.object({
  NODE_ENV: z.enum(['development', 'test', 'production']).default('development'),
  PORT: wholeNumber(0, 65_535).default(3000),
  HOST: z.string().default('127.0.0.1'),
  PUBLIC_URL: httpOrigin.optional(),
  WEB_URL: httpOrigin.optional(),
  WEB_ORIGINS: list.refine(all => all.every(isHttpOrigin), 'must be a comma list of http(s) origins'),
  TRUSTED_PROXIES: list.refine(
    all => all.every(item => /^\d{1,2}$/.test(item) || /^[0-9a-fA-F.:]+(\/\d{1,3})?$/.test(item)),
    'must be a number of proxy hops or a comma list of addresses and CIDR ranges',
  ),
  DATABASE_URL: databaseUrl,
  DATABASE_POOL_SIZE: wholeNumber(2, 200).default(10),
  REDIS_URL: urlWith(['redis:', 'rediss:', 'memory:'], {
    path: /^\/?\d*$/,
    pathHint: ', followed by nothing but the number of a database,',
  }),
  DATA_DIR: z.string().min(1).default('.local'),
  S3_BUCKET: bucketName.optional(),
  S3_ENDPOINT: httpOrigin.optional(),
  S3_FORCE_PATH_STYLE: z.enum(['on', 'off']).default('off'),
  AWS_REGION: regionName.optional(),
  SMTP_URL: urlWith(['smtp:', 'smtps:']).optional(),
  MAIL_FROM: z
    .string()
    .refine(isMailFrom, 'must be an address or Name <address>')
    .default('Daymark <no-reply@localhost>'),
  REGISTRATION: z.enum(['open', 'allowlist', 'closed']).default('open'),
  REGISTRATION_ALLOWLIST: list.refine(isAllowlist, 'must be a comma list of addresses and @domains'),
  ACCOUNT_VERIFICATION: z.enum(['email', 'none']).default('email'),
  PASSWORD_MIN_LENGTH: wholeNumber(8, 64).default(12),
  BREACHED_PASSWORDS_URL: urlWith(['http:', 'https:']).optional(),
  SESSION_SECRET: list.refine(
    all => all.every(secret => secret.length >= 32),
    'each secret needs 32 characters or more',
  ),
  PASSWORD_PEPPER: list.refine(
    all => all.every(pepper => /^\d{1,4}:.{32,}$/.test(pepper)),
    'must be a comma list of VERSION:SECRET, each secret of 32 characters or more',
  ),
  SIGNING_KEYS: z
    .string()
    .superRefine((source, context) => {
      const problem = signingKeysProblem(source);
      if (problem !== null) context.addIssue({ code: 'custom', message: problem });
    })
    .optional(),
  ACCESS_TOKEN_TTL: seconds(600, { least: 5 }),
  REFRESH_GRACE: seconds(10),
  REFRESH_RECOVERY: seconds(86_400),
  SESSION_IDLE_TTL: seconds(1_209_600, { least: 60 }),
  SESSION_ABSOLUTE_TTL: seconds(7_776_000, { least: 60 }),
  SIGNATURE_ONLY_READS: z.enum(['on', 'off']).default('off'),
  RATE_LIMITS: z.enum(['on', 'off']).default('on'),
  WORKER: z.enum(['inline', 'off']).default('inline'),
  LOG_LEVEL: z.enum(['fatal', 'error', 'warn', 'info', 'debug', 'trace', 'silent']).default('info'),
  METRICS_TOKEN: z.string().min(16, 'needs 16 characters or more').optional(),
  DRAIN_DELAY: wholeNumber(0, 600).optional(),
  DRAIN_DEADLINE: seconds(30, { least: 1 }),
  SOURCE_REVISION: z.string().default('unknown'),
});

export type Configuration = ReturnType<typeof fromEnvironment>;

/**
 * Reads the environment into one frozen object. Secrets may be absent only outside production, where
 * `development-secrets.ts` makes them once under `DATA_DIR`.
 * @throws {InvalidConfiguration} listing every problem at once.
 */
export const readConfiguration = (environment: NodeJS.ProcessEnv): Configuration => {
  const present = presentIn(environment);
  const parsed = environmentShape.safeParse(present);
  const problems = parsed.success ? [] : problemsOf(parsed.error, present);
  // The relations between variables are checked even when single ones are wrong, so that one start shows everything.
  problems.push(...relationProblems(present));
  if (!parsed.success || problems.length > 0) throw new InvalidConfiguration(problems);
  return fromEnvironment(parsed.data);
};

/**
 * The only variable that a migration needs, so that it can run where the server's secrets are not.
 * @throws {InvalidConfiguration}
 */
export const readDatabaseUrl = (environment: NodeJS.ProcessEnv): string =>
  readEnvironment(environmentShape.pick({ DATABASE_URL: true }), environment).DATABASE_URL;

const relationProblems = (environment: NodeJS.ProcessEnv): string[] => {
  const problems: string[] = [];
  const number = (name: string, fallback: number) => Number(environment[name] ?? fallback);
  if (number('SESSION_IDLE_TTL', 1_209_600) > number('SESSION_ABSOLUTE_TTL', 7_776_000))
    problems.push('SESSION_IDLE_TTL: must not be longer than SESSION_ABSOLUTE_TTL');
  if (number('REFRESH_GRACE', 10) > number('REFRESH_RECOVERY', 86_400))
    problems.push('REFRESH_GRACE: must not be longer than REFRESH_RECOVERY');
  if (environment.REGISTRATION === 'allowlist' && environment.REGISTRATION_ALLOWLIST === undefined)
    problems.push('REGISTRATION_ALLOWLIST is required with REGISTRATION=allowlist');
  if (environment.S3_ENDPOINT && !environment.S3_BUCKET)
    problems.push('S3_BUCKET is required with S3_ENDPOINT');
  // Of a wrong region AWS says so; of a guessed one it would say the same, and nobody has written it anywhere.
  if (environment.S3_BUCKET && !environment.S3_ENDPOINT && !environment.AWS_REGION)
    problems.push('AWS_REGION is required with S3_BUCKET, unless there is an S3_ENDPOINT');
  if (environment.NODE_ENV !== 'production') return problems;

  for (const name of [
    'SESSION_SECRET',
    'PASSWORD_PEPPER',
    'SIGNING_KEYS',
    'PUBLIC_URL',
    'SMTP_URL',
    'MAIL_FROM',
  ])
    // A list of nothing but commas holds no secret, and would be filled in as in development.
    if (!/[^\s,]/.test(environment[name] ?? '')) problems.push(`${name} is required in production`);
  if (environment.RATE_LIMITS === 'off') problems.push('RATE_LIMITS: cannot be off in production');
  if (environment.REDIS_URL?.startsWith('memory:'))
    problems.push('REDIS_URL: sessions in memory are refused in production');
  if (environment.PUBLIC_URL?.startsWith('http:'))
    problems.push('PUBLIC_URL: must begin with https:// in production');
  return problems;
};

const fromEnvironment = (environment: z.infer<typeof environmentShape>) => {
  const production = environment.NODE_ENV === 'production';
  const publicUrl = (environment.PUBLIC_URL ?? `http://localhost:${environment.PORT}`).replace(/\/$/, '');
  const webUrl = (environment.WEB_URL ?? publicUrl).replace(/\/$/, '');
  return Object.freeze({
    production,
    port: environment.PORT,
    host: environment.HOST,
    /** This API as clients see it, without a trailing slash. */
    publicUrl,
    /** Where the links in mails lead: the web app, or our own small pages. */
    webUrl,
    webOrigins: [
      ...new Set([...environment.WEB_ORIGINS.map(origin => new URL(origin).origin), webUrl, publicUrl]),
    ],
    trustedProxies: environment.TRUSTED_PROXIES,
    databaseUrl: environment.DATABASE_URL,
    databasePoolSize: environment.DATABASE_POOL_SIZE,
    redisUrl: environment.REDIS_URL,
    dataDirectory: environment.DATA_DIR,
    mailboxDirectory: join(environment.DATA_DIR, 'mailbox'),
    /** Where stored files are kept without a bucket. */
    assetsDirectory: join(environment.DATA_DIR, 'assets'),
    /** Where uploads wait until they are stored. */
    uploadsDirectory: join(environment.DATA_DIR, 'uploads'),
    /** Null keeps files below `DATA_DIR`. */
    s3:
      environment.S3_BUCKET === undefined
        ? null
        : {
            bucket: environment.S3_BUCKET,
            endpoint: environment.S3_ENDPOINT,
            forcePathStyle: environment.S3_FORCE_PATH_STYLE === 'on',
            // Stores other than AWS's know one region, and this is what most of them call it.
            region: environment.AWS_REGION ?? 'us-east-1',
          },
    smtpUrl: environment.SMTP_URL,
    mailFrom: environment.MAIL_FROM,
    registration: environment.REGISTRATION,
    registrationAllowlist: environment.REGISTRATION_ALLOWLIST,
    accountVerification: environment.ACCOUNT_VERIFICATION,
    passwordMinimumLength: environment.PASSWORD_MIN_LENGTH,
    breachedPasswordsUrl: environment.BREACHED_PASSWORDS_URL,
    /** The first one signs, all are accepted. */
    sessionSecrets: environment.SESSION_SECRET,
    /** `VERSION:SECRET`; the highest version is used for new hashes. */
    passwordPeppers: environment.PASSWORD_PEPPER,
    /** A folder of PEM files or the PEM blocks themselves. */
    signingKeys: environment.SIGNING_KEYS,
    accessTokenSeconds: environment.ACCESS_TOKEN_TTL,
    refreshGraceSeconds: environment.REFRESH_GRACE,
    refreshRecoverySeconds: environment.REFRESH_RECOVERY,
    sessionIdleSeconds: environment.SESSION_IDLE_TTL,
    sessionAbsoluteSeconds: environment.SESSION_ABSOLUTE_TTL,
    /** While Redis is down, reads may pass on the token's signature alone. */
    signatureOnlyReads: environment.SIGNATURE_ONLY_READS === 'on',
    rateLimits: environment.RATE_LIMITS === 'on',
    inlineWorker: environment.WORKER === 'inline',
    logLevel: environment.LOG_LEVEL,
    metricsToken: environment.METRICS_TOKEN,
    /** How long requests are still served after readiness fails. */
    drainDelaySeconds: environment.DRAIN_DELAY ?? (production ? 15 : 0),
    drainDeadlineSeconds: environment.DRAIN_DEADLINE,
    sourceRevision: environment.SOURCE_REVISION,
  });
};
