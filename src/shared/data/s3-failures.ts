interface S3Failure {
  readonly name?: string;
  readonly code?: string;
  readonly message?: string;
  readonly $metadata?: { readonly httpStatusCode?: number };
}

export const statusOf = (error: unknown): number | undefined =>
  (error as S3Failure).$metadata?.httpStatusCode;

export const nameOf = (error: unknown): string => (error as S3Failure).name ?? '';

/** Statuses and codes of S3 that ask for another try. */
const PASSING_STATUSES: readonly number[] = [409, 429, 500, 502, 503, 504];
const PASSING_NAMES: readonly string[] = [
  'RequestTimeout',
  'RequestTimeTooSkewed',
  'BadDigest',
  'XAmzContentSHA256Mismatch',
];
const FULL: readonly string[] = ['InsufficientStorage', 'QuotaExceeded', 'XMinioStorageFull'];

/** The store answers, and what it says cannot be. */
export class WrongAnswer extends Error {
  constructor(message: string) {
    super(message);
    this.name = 'WrongAnswer';
  }
}

/** Whether the same request may work in a moment. */
export const isPassing = (error: unknown): boolean => {
  const status = statusOf(error);
  if (FULL.includes(nameOf(error)) || status === 507) return false;
  if (PASSING_NAMES.includes(nameOf(error))) return true;
  if (status !== undefined) return PASSING_STATUSES.includes(status);
  // No answer at all: refused, reset, cut off.
  return !['CredentialsProviderError', 'AbortError', 'WrongAnswer'].includes(nameOf(error));
};

/** How an admin calls what a bucket is configured with. */
export interface S3Names {
  readonly bucket: string;
  readonly endpoint: string;
  readonly region: string;
  /** What the credentials have to allow. */
  readonly permissions: string;
}

const ASSETS: S3Names = {
  bucket: 'S3_BUCKET',
  endpoint: 'S3_ENDPOINT',
  region: 'AWS_REGION',
  permissions: 's3:PutObject, GetObject, DeleteObject and ListBucket',
};

/** What is wrong, for a machine and for a person. */
export interface S3Diagnosis {
  readonly code: string;
  /** What an admin can do about it. */
  readonly advice: string;
}

type Finding = readonly [isMeant: RegExp, code: string, advice: (names: S3Names) => string];

const FINDINGS: readonly Finding[] = [
  [/^ExpiredToken/, 'credentials_expired', () => 'the AWS credentials have expired'],
  [
    /^(CredentialsProviderError|InvalidToken)/,
    'no_credentials',
    () => 'there are no AWS credentials that work',
  ],
  [
    /^(InvalidAccessKeyId|SignatureDoesNotMatch)/,
    'wrong_credentials',
    () => 'the AWS credentials are not right',
  ],
  // Before the status 403, which it has too.
  [/^RequestTimeTooSkewed/, 'clock_skewed', () => "this machine's clock is wrong"],
  [/^(AccessDenied|403)/, 'access_denied', ({ permissions }) => `the credentials need ${permissions}`],
  [/^NoSuchBucket/, 'bucket_missing', ({ bucket }) => `${bucket} names a bucket that is not there`],
  [
    /^(PermanentRedirect|AuthorizationHeaderMalformed|301|307)/,
    'wrong_region',
    ({ bucket, region }) => `${region} is not the region of ${bucket}`,
  ],
  [/^(InsufficientStorage|QuotaExceeded|XMinioStorageFull|507)/, 'store_full', () => 'it is full'],
  [
    /\b(ENOTFOUND|EAI_AGAIN|ECONNREFUSED|EHOSTUNREACH|ENETUNREACH)\b/,
    'store_unreachable',
    ({ endpoint }) => `${endpoint} cannot be reached`,
  ],
  [/^(DeadlinePassed|TimeoutError|AbortError)/, 'store_silent', () => 'it does not answer in time'],
];

export const diagnosisOf = (error: unknown, names: S3Names = ASSETS): S3Diagnosis => {
  const { code, name, message } = error as S3Failure;
  const marks = [code, name, message, String(statusOf(error))].filter(mark => mark !== undefined);
  const found = FINDINGS.find(([isMeant]) => marks.some(mark => isMeant.test(mark)));
  return found
    ? { code: found[1], advice: found[2](names) }
    : { code: 'store_failed', advice: 'see the error' };
};

/** What an admin can do about it. */
export const adviceFor = (error: unknown): string => diagnosisOf(error).advice;
