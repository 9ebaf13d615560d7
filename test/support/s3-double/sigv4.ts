import { createHmac, timingSafeEqual } from 'node:crypto';
import { sha256Hex } from './checksums.ts';
import { S3Error } from './s3-error.ts';

/** A request as it came, before anybody has proven to be the one who sent it. */
export interface SignedRequest {
  readonly method: string;
  /** Percent-encoded, without the query. */
  readonly rawPath: string;
  readonly query: readonly (readonly [name: string, value: string])[];
  readonly headers: ReadonlyMap<string, string>;
}

export interface Credentials {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
}

/** Who signed, and what the signatures of the body's pieces go on from. */
export interface Proof<Signer extends Credentials> {
  readonly signer: Signer;
  /** The value of `x-amz-content-sha256`; a presigned URL leaves the body open. */
  readonly payload: string;
  readonly signature: string;
  readonly key: Buffer;
  readonly date: string;
  readonly scope: string;
}

const MOST_SKEW_MS = 15 * 60_000;
const LONGEST_PRESIGNED_SECONDS = 604_800;
const ALGORITHM = 'AWS4-HMAC-SHA256';

export const hmac = (key: Buffer | string, text: string): Buffer =>
  createHmac('sha256', key).update(text).digest();

/** Verifies Signature Version 4, in the header or in the query. @throws {S3Error} */
export const verifySignature = <Signer extends Credentials>(
  request: SignedRequest,
  signerOf: (accessKeyId: string) => Signer | undefined,
  { region, now }: { readonly region: string; readonly now: Date },
): Proof<Signer> => {
  const claim = claimIn(request);
  const signer = signerOf(claim.accessKeyId);
  if (!signer) throw new S3Error('InvalidAccessKeyId', 'The access key does not exist in our records.');
  if (claim.region !== region)
    throw new S3Error(claim.malformed, `The region '${claim.region}' is wrong; expecting '${region}'`, {
      Region: region,
    });
  const [day, , service, end] = claim.scope.split('/');
  if (service !== 's3' || end !== 'aws4_request' || !claim.date.startsWith(`${day ?? ''}T`))
    throw new S3Error(claim.malformed, 'The credential scope is not right.');
  checkTime(claim, now);
  checkSigned(request, claim);

  const canonical = [
    request.method,
    canonicalPath(request.rawPath),
    canonicalQuery(request.query),
    ...claim.signedHeaders.map(name => `${name}:${collapsed(request.headers.get(name) ?? '')}`),
    '',
    claim.signedHeaders.join(';'),
    claim.payload,
  ].join('\n');
  const key = claim.scope.split('/').reduce<Buffer | string>(hmac, `AWS4${signer.secretAccessKey}`) as Buffer;
  const expected = hmac(key, [ALGORITHM, claim.date, claim.scope, sha256Hex(canonical)].join('\n')).toString(
    'hex',
  );
  if (!isSame(expected, claim.signature))
    throw new S3Error('SignatureDoesNotMatch', 'The signature does not match the one that we calculated.');
  return { signer, payload: claim.payload, signature: expected, key, date: claim.date, scope: claim.scope };
};

export const isSame = (one: string, other: string): boolean =>
  one.length === other.length && timingSafeEqual(Buffer.from(one), Buffer.from(other));

interface Claim {
  readonly accessKeyId: string;
  readonly region: string;
  /** `day/region/s3/aws4_request` */
  readonly scope: string;
  readonly date: string;
  /** How long a presigned URL is good; null for a signed header. */
  readonly expiresSeconds: number | null;
  readonly signedHeaders: readonly string[];
  readonly payload: string;
  readonly signature: string;
  readonly malformed: 'AuthorizationHeaderMalformed' | 'AuthorizationQueryParametersError';
}

const claimIn = (request: SignedRequest): Claim => {
  const header = request.headers.get('authorization');
  const query = new Map(request.query);
  if (header !== undefined && query.has('X-Amz-Signature'))
    throw new S3Error('InvalidArgument', 'Only one auth mechanism is allowed.');
  if (header !== undefined) return claimInHeader(request, header);
  if (query.has('X-Amz-Signature')) return claimInQuery(query);
  throw new S3Error('AccessDenied', 'Access Denied');
};

const claimInHeader = ({ headers }: SignedRequest, header: string): Claim => {
  const malformed = 'AuthorizationHeaderMalformed';
  const found =
    /^AWS4-HMAC-SHA256 Credential=([^,\s]+),\s*SignedHeaders=([^,\s]+),\s*Signature=([0-9a-f]{64})$/.exec(
      header,
    );
  if (!found) throw new S3Error(malformed, 'The authorization header is malformed.');
  const [, credential = '', signedHeaders = '', signature = ''] = found;
  const payload = headers.get('x-amz-content-sha256');
  if (payload === undefined)
    throw new S3Error('InvalidRequest', 'Missing required header for this request: x-amz-content-sha256');
  const date = headers.get('x-amz-date');
  if (date === undefined)
    throw new S3Error('AccessDenied', 'A signed request needs a valid x-amz-date header');
  return {
    ...credentialParts(credential, malformed),
    ...{ date, expiresSeconds: null, signedHeaders: signedHeaders.split(';'), payload, signature, malformed },
  };
};

const claimInQuery = (query: ReadonlyMap<string, string>): Claim => {
  const malformed = 'AuthorizationQueryParametersError';
  const value = (name: string): string => {
    const found = query.get(name);
    if (found === undefined) throw new S3Error(malformed, `Query-string authentication requires ${name}`);
    return found;
  };
  if (value('X-Amz-Algorithm') !== ALGORITHM)
    throw new S3Error(malformed, 'X-Amz-Algorithm is not supported');
  const expiresSeconds = Number(value('X-Amz-Expires'));
  if (!Number.isInteger(expiresSeconds) || expiresSeconds < 1 || expiresSeconds > LONGEST_PRESIGNED_SECONDS)
    throw new S3Error(malformed, 'X-Amz-Expires must be between 1 and a week (in seconds)');
  return {
    ...credentialParts(value('X-Amz-Credential'), malformed),
    date: value('X-Amz-Date'),
    expiresSeconds,
    signedHeaders: value('X-Amz-SignedHeaders').split(';'),
    payload: query.get('X-Amz-Content-Sha256') ?? 'UNSIGNED-PAYLOAD',
    signature: value('X-Amz-Signature'),
    malformed,
  };
};

const credentialParts = (credential: string, malformed: Claim['malformed']) => {
  const [accessKeyId = '', ...scope] = credential.split('/');
  if (scope.length !== 4) throw new S3Error(malformed, 'The credential is malformed.');
  return { accessKeyId, scope: scope.join('/'), region: scope[1] ?? '' };
};

const checkTime = ({ date, expiresSeconds }: Claim, now: Date): void => {
  const parts = /^(\d{4})(\d\d)(\d\d)T(\d\d)(\d\d)(\d\d)Z$/.exec(date);
  if (!parts) throw new S3Error('AccessDenied', 'The date of the request is malformed.');
  const [, year, month, day, hour, minute, second] = parts;
  const signedAt = Date.parse(`${year}-${month}-${day}T${hour}:${minute}:${second}Z`);
  const age = now.getTime() - signedAt;
  const times = {
    RequestTime: date,
    ServerTime: now.toISOString(),
    MaxAllowedSkewMilliseconds: String(MOST_SKEW_MS),
  };
  if (age < -MOST_SKEW_MS || (expiresSeconds === null && age > MOST_SKEW_MS))
    throw new S3Error(
      'RequestTimeTooSkewed',
      'The difference between the request time and the current time is too large.',
      times,
    );
  if (expiresSeconds !== null && age > expiresSeconds * 1_000)
    throw new S3Error('AccessDenied', 'Request has expired');
};

/** What changes a request's meaning has to be covered by the signature. */
const checkSigned = ({ headers }: SignedRequest, { signedHeaders, expiresSeconds }: Claim): void => {
  const needed = [...headers.keys()].filter(
    name =>
      name === 'host' ||
      (name.startsWith('x-amz-') && (expiresSeconds === null || name !== 'x-amz-content-sha256')),
  );
  const missing = needed.filter(name => !signedHeaders.includes(name));
  if (missing.length > 0)
    throw new S3Error('AccessDenied', 'There were headers present in the request which were not signed', {
      HeadersNotSigned: missing.join(','),
    });
};

export const encoded = (text: string): string =>
  encodeURIComponent(text).replaceAll(
    /[!'()*]/g,
    character => `%${character.charCodeAt(0).toString(16).toUpperCase()}`,
  );

const canonicalPath = (rawPath: string): string =>
  rawPath
    .split('/')
    .map(part => encoded(decodeURIComponent(part)))
    .join('/');

const canonicalQuery = (query: SignedRequest['query']): string =>
  query
    .filter(([name]) => name !== 'X-Amz-Signature')
    .map(([name, value]) => `${encoded(name)}=${encoded(value)}`)
    .sort()
    .join('&');

const collapsed = (value: string): string => value.trim().replaceAll(/ +/g, ' ');
