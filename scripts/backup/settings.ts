import { join, resolve } from 'node:path';
import { z } from 'zod';
import {
  bucketName,
  databaseUrl,
  httpOrigin,
  InvalidConfiguration,
  list,
  readEnvironment,
  regionName,
  seconds,
  urlWith,
  wholeNumber,
} from '../../src/environment.ts';
import type { S3Settings } from '../../src/shared/data/s3-settings.ts';
import { projectRoot } from '../services/project.ts';

const onOrOff = z.enum(['on', 'off']);

const backupShape = z.object({
  NODE_ENV: z.string().default('development'),
  DATABASE_URL: databaseUrl,
  DATA_DIR: z.string().min(1).default('.local'),
  SOURCE_REVISION: z.string().default('unknown'),
  S3_BUCKET: bucketName.optional(),
  S3_ENDPOINT: httpOrigin.optional(),
  S3_FORCE_PATH_STYLE: onOrOff.optional(),
  AWS_REGION: regionName.optional(),
  BACKUP_S3_BUCKET: bucketName.optional(),
  BACKUP_S3_ENDPOINT: httpOrigin.optional(),
  BACKUP_S3_FORCE_PATH_STYLE: onOrOff.optional(),
  BACKUP_AWS_REGION: regionName.optional(),
  BACKUP_PREFIX: z
    .string()
    .regex(/^([a-z0-9][a-z0-9._-]*\/)+$/, 'must be like daymark/ and end with a slash')
    .default('daymark/'),
  BACKUP_WORK_DIR: z.string().min(1).optional(),
  BACKUP_AGE_RECIPIENTS: list.refine(
    all => all.every(recipient => /^age1[a-z0-9]{50,}$/.test(recipient)),
    'must be a comma list of age recipients (age1...)',
  ),
  BACKUP_AGE_IDENTITY: z.string().min(1).optional(),
  BACKUP_HEARTBEAT_URL: urlWith(['http:', 'https:']).optional(),
  BACKUP_LOCK_TIMEOUT: seconds(60, { least: 1 }),
  BACKUP_MAX_AGE: seconds(93_600, { least: 60 }),
  BACKUP_JOBS: wholeNumber(1, 16).default(2),
});

export type BackupSettings = ReturnType<typeof readBackupSettings>;

/**
 * What the backup reads from the environment. Secrets of the server are not among it, so that the task needs none.
 * @throws {InvalidConfiguration} listing every problem at once.
 */
export const readBackupSettings = (environment: NodeJS.ProcessEnv) => {
  const found = readEnvironment(backupShape, environment);
  const production = found.NODE_ENV === 'production';
  if (production && found.BACKUP_S3_BUCKET === undefined)
    throw new InvalidConfiguration([
      'BACKUP_S3_BUCKET is required in production: a backup on the same disk is none',
    ]);
  const dataDirectory = resolve(projectRoot, found.DATA_DIR);
  return Object.freeze({
    production,
    databaseUrl: found.DATABASE_URL,
    sourceRevision: found.SOURCE_REVISION,
    /** Where dumps lie while they are made, fetched and read. */
    workDirectory: found.BACKUP_WORK_DIR ?? join(dataDirectory, 'backup-work'),
    /** Null keeps backups in `backupsDirectory`. */
    bucket: bucketOf(found),
    backupsDirectory: join(dataDirectory, 'backups'),
    /** Keys begin with it; it ends with a slash. */
    prefix: found.BACKUP_PREFIX,
    /** Nobody but the holder of a matching identity can read a backup that is encrypted to these; none: not encrypted. */
    ageRecipients: found.BACKUP_AGE_RECIPIENTS,
    /** `AGE-SECRET-KEY-1...`, or the path of a file with such lines. */
    ageIdentity: found.BACKUP_AGE_IDENTITY,
    heartbeatUrl: found.BACKUP_HEARTBEAT_URL,
    /** How long a dump waits for tables that a migration has locked. */
    lockTimeoutSeconds: found.BACKUP_LOCK_TIMEOUT,
    /** The newest backup is reported as too old from this age on. */
    maxAgeSeconds: found.BACKUP_MAX_AGE,
    /** How many connections a restore uses. */
    jobs: found.BACKUP_JOBS,
    /** Where images are, to hold them against a restored database. */
    assets: { bucket: assetsOf(found), directory: join(dataDirectory, 'assets') },
  });
};

type Found = z.infer<typeof backupShape>;

// Backups may lie with another provider than images; what is not said of them is as for images.
const bucketOf = (found: Found): S3Settings | null =>
  found.BACKUP_S3_BUCKET === undefined
    ? null
    : {
        bucket: found.BACKUP_S3_BUCKET,
        endpoint: found.BACKUP_S3_ENDPOINT ?? found.S3_ENDPOINT,
        forcePathStyle: (found.BACKUP_S3_FORCE_PATH_STYLE ?? found.S3_FORCE_PATH_STYLE) === 'on',
        region: found.BACKUP_AWS_REGION ?? found.AWS_REGION ?? 'us-east-1',
      };

const assetsOf = (found: Found): S3Settings | null =>
  found.S3_BUCKET === undefined
    ? null
    : {
        bucket: found.S3_BUCKET,
        endpoint: found.S3_ENDPOINT,
        forcePathStyle: found.S3_FORCE_PATH_STYLE === 'on',
        region: found.AWS_REGION ?? 'us-east-1',
      };
