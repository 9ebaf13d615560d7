import { z } from 'zod';
import { fileOf, inputOf, type Rule } from './deployment.ts';

const SUBJECTS = ['assets', 'backups'];

const publicAccess = z.strictObject({
  Bucket: z.string(),
  PublicAccessBlockConfiguration: z.strictObject({
    BlockPublicAcls: z.literal(true),
    IgnorePublicAcls: z.literal(true),
    BlockPublicPolicy: z.literal(true),
    RestrictPublicBuckets: z.literal(true),
  }),
});

const ownership = z.strictObject({
  Bucket: z.string(),
  OwnershipControls: z.strictObject({
    Rules: z.tuple([z.strictObject({ ObjectOwnership: z.literal('BucketOwnerEnforced') })]),
  }),
});

const versioning = z.strictObject({
  Bucket: z.string(),
  VersioningConfiguration: z.strictObject({ Status: z.literal('Enabled') }),
});

const encryption = z.strictObject({
  Bucket: z.string(),
  ServerSideEncryptionConfiguration: z.strictObject({
    Rules: z.tuple([
      z.strictObject({
        ApplyServerSideEncryptionByDefault: z.strictObject({ SSEAlgorithm: z.literal('AES256') }),
      }),
    ]),
  }),
});

const days = z.number().int().positive();

const lock = z.strictObject({
  Bucket: z.string(),
  ObjectLockConfiguration: z.strictObject({
    ObjectLockEnabled: z.literal('Enabled'),
    Rule: z.strictObject({ DefaultRetention: z.strictObject({ Mode: z.literal('GOVERNANCE'), Days: days }) }),
  }),
});

const rule = z.strictObject({
  ID: z.string(),
  Status: z.literal('Enabled'),
  Filter: z.strictObject({ Prefix: z.string() }),
  Expiration: z
    .union([z.strictObject({ Days: days }), z.strictObject({ ExpiredObjectDeleteMarker: z.literal(true) })])
    .optional(),
  NoncurrentVersionExpiration: z.strictObject({ NoncurrentDays: days }).optional(),
  AbortIncompleteMultipartUpload: z.strictObject({ DaysAfterInitiation: days }).optional(),
});

const lifecycle = z.strictObject({
  Bucket: z.string(),
  LifecycleConfiguration: z.strictObject({ Rules: z.array(rule) }),
});

const issues = (file: string, shape: z.ZodType, input: unknown): string[] => {
  if (input === null) return [`${file}: is missing`];
  const parsed = shape.safeParse(input);
  return parsed.success
    ? []
    : parsed.error.issues.map(({ path, message }) => `${file}: ${path.join('.')}: ${message}`);
};

/** Private in every way there is, whatever a policy says later. */
export const privacy: Rule = deployment =>
  SUBJECTS.flatMap(subject =>
    Object.entries({
      'put-public-access-block': publicAccess,
      'put-bucket-ownership-controls': ownership,
      'put-bucket-versioning': versioning,
      'put-bucket-encryption': encryption,
    }).flatMap(([operation, shape]) =>
      issues(fileOf(operation, subject), shape, inputOf(deployment, operation, subject)),
    ),
  );

/** What a bucket refuses, whoever asks. */
export const refusals: Rule = ({ bucketPolicies }) =>
  SUBJECTS.flatMap(subject => {
    const file = fileOf('put-bucket-policy', subject);
    const statements = bucketPolicies.get(subject)?.Statement ?? [];
    const findings = statements
      .filter(({ Effect, Principal }) => Effect !== 'Deny' || Principal !== '*')
      .map(() => `${file}: may only refuse`);
    const refuses = (
      action: string,
      test: (condition: (typeof statements)[number]['Condition']) => boolean,
    ) => statements.some(({ Action, Condition }) => Action.includes(action) && test(Condition));

    if (!refuses('s3:*', ({ Bool }) => Bool?.['aws:SecureTransport']?.join() === 'false'))
      findings.push(`${file}: lets requests without TLS in`);
    if (
      !refuses(
        's3:PutObject',
        ({ StringNotEquals }) => StringNotEquals?.['s3:x-amz-server-side-encryption'] !== undefined,
      )
    )
      findings.push(`${file}: lets objects in that are not encrypted as ours are`);
    if (
      subject === 'backups' &&
      !refuses(
        's3:PutObject',
        ({ Null, Bool }) =>
          Null?.['s3:if-none-match']?.join() === 'true' &&
          Bool?.['s3:ObjectCreationOperation']?.join() === 'true',
      )
    )
      findings.push(`${file}: lets a backup be replaced`);
    return findings;
  });

/** Nothing that is locked is due earlier; every place of backups has an end; nothing unfinished stays. */
export const retention: Rule = deployment => {
  const file = fileOf('put-bucket-lifecycle-configuration', 'backups');
  const input = inputOf(deployment, 'put-bucket-lifecycle-configuration', 'backups');
  const locked = lock.safeParse(inputOf(deployment, 'put-object-lock-configuration', 'backups'));
  const parsed = lifecycle.safeParse(input);
  if (!parsed.success) return issues(file, lifecycle, input);
  if (!locked.success) return ['put-object-lock-configuration.backups.json: a backup is not locked'];

  const { Rules } = parsed.data.LifecycleConfiguration;
  const lockedDays = locked.data.ObjectLockConfiguration.Rule.DefaultRetention.Days;
  const findings: string[] = [];
  const expiryOf = (folder: string): number => {
    const found = Rules.find(one => one.Filter.Prefix === `daymark/${folder}/`);
    if (found?.Expiration === undefined || !('Days' in found.Expiration)) {
      findings.push(`${file}: daymark/${folder}/ grows for ever`);
      return Infinity;
    }
    if (found.NoncurrentVersionExpiration === undefined)
      findings.push(`${file}: older versions below daymark/${folder}/ stay for ever`);
    return found.Expiration.Days;
  };
  if (expiryOf('daily') < lockedDays)
    findings.push(`${file}: daily backups are due before their lock of ${lockedDays} days ends`);
  if (expiryOf('monthly') < 366) findings.push(`${file}: monthly backups do not cover a year`);
  expiryOf('probe');
  for (const one of Rules)
    if (!['', 'daymark/daily/', 'daymark/monthly/', 'daymark/probe/'].includes(one.Filter.Prefix))
      findings.push(`${file}: nothing is stored below ${one.Filter.Prefix}`);
  if (!Rules.some(one => one.AbortIncompleteMultipartUpload !== undefined && one.Filter.Prefix === ''))
    findings.push(`${file}: parts of broken uploads stay for ever`);
  return findings;
};

/** The lock can only be set on a bucket that was made for it. */
export const lockable: Rule = deployment =>
  inputOf(deployment, 'create-bucket', 'backups')?.ObjectLockEnabledForBucket === true
    ? []
    : ['create-bucket.backups.json: objects in it cannot be locked'];
