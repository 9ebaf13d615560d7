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

const ADVICE: readonly (readonly [isMeant: RegExp, advice: string])[] = [
  [/^(CredentialsProviderError|InvalidToken|ExpiredToken)/, 'there are no AWS credentials that work'],
  [/^(InvalidAccessKeyId|SignatureDoesNotMatch)/, 'the AWS credentials are not right'],
  [/^(AccessDenied|403)/, 'the credentials need s3:PutObject, GetObject, DeleteObject and ListBucket'],
  [/^NoSuchBucket/, 'S3_BUCKET names a bucket that is not there'],
  [/^(PermanentRedirect|AuthorizationHeaderMalformed|301|307)/, 'AWS_REGION is not the region of S3_BUCKET'],
  [/^RequestTimeTooSkewed/, "this machine's clock is wrong"],
  [/^(InsufficientStorage|QuotaExceeded|XMinioStorageFull|507)/, 'it is full'],
  [/\b(ENOTFOUND|EAI_AGAIN|ECONNREFUSED|EHOSTUNREACH|ENETUNREACH)\b/, 'S3_ENDPOINT cannot be reached'],
  [/^(DeadlinePassed|TimeoutError|AbortError)/, 'it does not answer in time'],
];

/** What an admin can do about it. */
export const adviceFor = (error: unknown): string => {
  const { code, name, message } = error as S3Failure;
  const marks = [code, name, message, String(statusOf(error))].filter(mark => mark !== undefined);
  return ADVICE.find(([isMeant]) => marks.some(mark => isMeant.test(mark)))?.[1] ?? 'see the error';
};
