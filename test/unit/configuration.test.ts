import { generateKeyPairSync } from 'node:crypto';
import { readConfiguration } from '../../src/configuration.ts';
import { InvalidConfiguration } from '../../src/environment.ts';

const pem = generateKeyPairSync('ec', { namedCurve: 'P-256' }).privateKey.export({
  type: 'pkcs8',
  format: 'pem',
});

const least = { DATABASE_URL: 'postgres://localhost/daymark', REDIS_URL: 'redis://localhost' };
const SECRET = 'a secret of at least thirty-two characters';
const production = {
  ...least,
  NODE_ENV: 'production',
  PUBLIC_URL: 'https://api.example.org',
  SESSION_SECRET: SECRET,
  PASSWORD_PEPPER: `1:${SECRET}`,
  SIGNING_KEYS: pem,
  SMTP_URL: 'smtps://user:pw@mail.example.org',
  MAIL_FROM: 'Daymark <hello@example.org>',
};

const problemsOf = (environment: Readonly<Record<string, string | undefined>>): readonly string[] => {
  try {
    readConfiguration(environment);
    return [];
  } catch (error) {
    if (!(error instanceof InvalidConfiguration)) throw error;
    return error.problems;
  }
};

describe('without anything but the services', () => {
  test('everything has the documented default', () => {
    expect(readConfiguration(least)).toMatchObject({
      ...{ production: false, port: 3000, host: '127.0.0.1', publicUrl: 'http://localhost:3000' },
      ...{ webUrl: 'http://localhost:3000', webOrigins: ['http://localhost:3000'], trustedProxies: [] },
      ...{ dataDirectory: '.local', registration: 'open', accountVerification: 'email' },
      ...{ passwordMinimumLength: 12, accessTokenSeconds: 600, refreshGraceSeconds: 10 },
      ...{ refreshRecoverySeconds: 86_400, sessionIdleSeconds: 1_209_600, sessionAbsoluteSeconds: 7_776_000 },
      ...{ rateLimits: true, signatureOnlyReads: false, inlineWorker: true, logLevel: 'info' },
      ...{ sessionSecrets: [], passwordPeppers: [], signingKeys: undefined, smtpUrl: undefined },
      ...{ drainDelaySeconds: 0 },
      ...{ s3: null, assetsDirectory: '.local/assets', uploadsDirectory: '.local/uploads' },
    });
  });

  test('an empty variable counts as absent', () => {
    expect(readConfiguration({ ...least, PORT: '', SMTP_URL: '', SIGNING_KEYS: '' })).toMatchObject({
      port: 3000,
      smtpUrl: undefined,
    });
  });

  test('the services themselves are asked for by name', () => {
    expect(problemsOf({})).toEqual(['DATABASE_URL is required', 'REDIS_URL is required']);
  });
});

describe('what is configured', () => {
  test('cannot be changed afterwards', () => {
    const configuration = readConfiguration(least);

    expect(Object.isFrozen(configuration)).toBe(true);
    expect(() => Object.assign(configuration, { port: 1 })).toThrow(TypeError);
  });

  test('allows the web app, and itself, as origins, each once and without a slash', () => {
    const configuration = readConfiguration({
      ...least,
      PUBLIC_URL: 'https://api.example.org/',
      WEB_URL: 'https://app.example.org/',
      WEB_ORIGINS: 'https://app.example.org, https://admin.example.org/ ,',
    });

    expect(configuration.webOrigins).toEqual([
      'https://app.example.org',
      'https://admin.example.org',
      'https://api.example.org',
    ]);
    expect([configuration.publicUrl, configuration.webUrl]).toEqual([
      'https://api.example.org',
      'https://app.example.org',
    ]);
  });

  test('takes several secrets, the first one first', () => {
    const [one, two] = [`${SECRET} 1`, `${SECRET} 2`];

    expect(readConfiguration({ ...least, SESSION_SECRET: `${one}, ${two}` }).sessionSecrets).toEqual([
      one,
      two,
    ]);
  });

  test('keeps images in a bucket of AWS, or of a store that has one region', () => {
    const s3 = (environment: Readonly<Record<string, string>>) =>
      readConfiguration({ ...least, S3_BUCKET: 'daymark-images', ...environment }).s3;

    expect(s3({ AWS_REGION: 'eu-north-1' })).toEqual({
      ...{ bucket: 'daymark-images', endpoint: undefined, forcePathStyle: false, region: 'eu-north-1' },
    });
    expect(s3({ S3_ENDPOINT: 'http://127.0.0.1:3900', S3_FORCE_PATH_STYLE: 'on' })).toEqual({
      ...{
        bucket: 'daymark-images',
        endpoint: 'http://127.0.0.1:3900',
        forcePathStyle: true,
        region: 'us-east-1',
      },
    });
    // Found in the environment of every task on AWS.
    expect(readConfiguration({ ...least, AWS_REGION: 'eu-north-1' }).s3).toBeNull();
  });

  test('in production waits before it drains, so that proxies notice', () => {
    expect(readConfiguration(production).drainDelaySeconds).toBe(15);
    expect(readConfiguration({ ...production, DRAIN_DELAY: '0' }).drainDelaySeconds).toBe(0);
  });
});

describe('what is wrong', () => {
  test.each([
    ['PORT', '65536'],
    ['PORT', '-1'],
    ['PORT', '80.5'],
    ['PORT', 'http'],
    ['NODE_ENV', 'prod'],
    ['PUBLIC_URL', 'api.example.org'],
    ['PUBLIC_URL', 'https://example.org/api'],
    ['WEB_URL', 'ftp://example.org'],
    ['WEB_ORIGINS', 'https://a.example, *'],
    ['TRUSTED_PROXIES', 'everybody'],
    ['DATABASE_URL', 'mysql://localhost/x'],
    ['DATABASE_POOL_SIZE', '1'],
    ['REDIS_URL', 'localhost:6379'],
    ['SMTP_URL', 'mail.example.org'],
    ['MAIL_FROM', 'nobody'],
    ['S3_BUCKET', 'Not_A_Bucket'],
    ['S3_ENDPOINT', 's3.example.org'],
    ['S3_ENDPOINT', 'https://s3.example.org/bucket'],
    ['S3_FORCE_PATH_STYLE', 'true'],
    ['AWS_REGION', 'Stockholm?'],
    ['REGISTRATION', 'maybe'],
    ['REGISTRATION_ALLOWLIST', 'example.org'],
    ['ACCOUNT_VERIFICATION', 'sms'],
    ['PASSWORD_MIN_LENGTH', '7'],
    ['PASSWORD_MIN_LENGTH', '65'],
    ['BREACHED_PASSWORDS_URL', 'example.org'],
    ['SESSION_SECRET', 'short'],
    ['SESSION_SECRET', `${SECRET},short`],
    ['PASSWORD_PEPPER', SECRET],
    ['PASSWORD_PEPPER', '1:short'],
    ['SIGNING_KEYS', '/nowhere/at/all'],
    ['ACCESS_TOKEN_TTL', '4'],
    ['REFRESH_GRACE', '-1'],
    ['SESSION_IDLE_TTL', '59'],
    ['RATE_LIMITS', 'no'],
    ['WORKER', 'yes'],
    ['LOG_LEVEL', 'loud'],
    ['METRICS_TOKEN', 'short'],
    ['DRAIN_DELAY', '601'],
    ['DRAIN_DEADLINE', '0'],
  ])('%s=%s is told by its name', (name, value) => {
    const around = name.startsWith('S3_') ? { S3_BUCKET: 'images', AWS_REGION: 'eu-north-1' } : {};

    const problems = problemsOf({ ...least, ...around, [name]: value });

    expect(problems).toEqual([expect.stringMatching(new RegExp(`^${name}: `))]);
  });

  test('all of it is told at once, also what contradicts itself', () => {
    const problems = problemsOf({
      ...{ PORT: 'x', LOG_LEVEL: 'loud', REGISTRATION: 'allowlist' },
      ...{
        SESSION_IDLE_TTL: '1000',
        SESSION_ABSOLUTE_TTL: '100',
        REFRESH_GRACE: '11',
        REFRESH_RECOVERY: '10',
      },
    });

    expect(problems.map(problem => /^[A-Z_]+/.exec(problem)?.[0]).sort()).toEqual(
      [
        ...['DATABASE_URL', 'LOG_LEVEL', 'PORT', 'REDIS_URL'],
        ...['REFRESH_GRACE', 'REGISTRATION_ALLOWLIST', 'SESSION_IDLE_TTL'],
      ].sort(),
    );
  });

  test('is a bucket that nobody could find', () => {
    expect(problemsOf({ ...least, S3_BUCKET: 'images' })).toEqual([
      'AWS_REGION is required with S3_BUCKET, unless there is an S3_ENDPOINT',
    ]);
    expect(problemsOf({ ...least, S3_ENDPOINT: 'https://s3.example.org' })).toEqual([
      'S3_BUCKET is required with S3_ENDPOINT',
    ]);
  });

  test('is told in the message too, a line for each, without any secret', () => {
    const secret = 'too-short-but-secret';

    expect(() => readConfiguration({ ...least, SESSION_SECRET: secret, PORT: 'x' })).toThrow(
      expect.objectContaining({
        message: expect.stringMatching(/^The .+:\n {2}PORT: .+\n {2}SESSION_SECRET: .+$/),
      }),
    );
    expect(problemsOf({ ...least, SESSION_SECRET: secret }).join()).not.toContain(secret);
  });
});

describe('in production', () => {
  test('everything is there, or the process does not start', () => {
    expect(problemsOf(production)).toEqual([]);
    expect(problemsOf({ ...least, NODE_ENV: 'production' })).toEqual([
      'SESSION_SECRET is required in production',
      'PASSWORD_PEPPER is required in production',
      'SIGNING_KEYS is required in production',
      'PUBLIC_URL is required in production',
      'SMTP_URL is required in production',
      'MAIL_FROM is required in production',
    ]);
  });

  test.each([
    ['SESSION_SECRET', ''],
    ['SESSION_SECRET', ','],
    ['PASSWORD_PEPPER', ' '],
    ['PASSWORD_PEPPER', ',,'],
  ])('a list of secrets that holds none (%s=%j) is none', (name, value) => {
    expect(problemsOf({ ...production, [name]: value })).toEqual([
      expect.stringMatching(new RegExp(`^${name}`)),
    ]);
  });

  test.each([
    ['RATE_LIMITS', 'off'],
    ['REDIS_URL', 'memory:'],
    ['PUBLIC_URL', 'http://api.example.org'],
  ])('%s=%s is refused', (name, value) => {
    expect(problemsOf({ ...production, [name]: value })).toEqual([
      expect.stringMatching(new RegExp(`^${name}`)),
    ]);
    expect(problemsOf({ ...least, [name]: value })).toEqual([]);
  });
});
