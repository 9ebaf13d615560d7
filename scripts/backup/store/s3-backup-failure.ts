import { DeadlinePassed } from '../../../src/shared/data/deadline.ts';
import {
  diagnosisOf,
  nameOf,
  type S3Names,
  statusOf,
  WrongAnswer,
} from '../../../src/shared/data/s3-failures.ts';
import { BackupFailure, type ExitKind } from '../failure.ts';

const NAMES: S3Names = {
  bucket: 'BACKUP_S3_BUCKET',
  endpoint: 'BACKUP_S3_ENDPOINT',
  region: 'BACKUP_AWS_REGION',
  permissions: 's3:PutObject to make backups, and s3:GetObject and s3:ListBucket to read them',
};

/** What no other try mends and no other time: somebody has to change the settings. */
const EXITS: Readonly<Record<string, ExitKind>> = {
  store_full: 'full',
  bucket_missing: 'configuration',
  wrong_region: 'configuration',
  no_credentials: 'configuration',
};

const HINTS: Readonly<Record<string, string>> = {
  bucket_missing: ' (or BACKUP_S3_FORCE_PATH_STYLE is not as the store wants it)',
  store_unreachable: ' (or BACKUP_S3_FORCE_PATH_STYLE=on is missing)',
  clock_skewed: '; set it by NTP',
};

/** What the store or the way to it did, in words for an admin. */
export const s3BackupFailure = (error: unknown, place: string): BackupFailure => {
  if (error instanceof BackupFailure) return error;
  if (error instanceof WrongAnswer)
    return new BackupFailure('unavailable', 'wrong_answer', `${place} fails: ${error.message}.`, {
      cause: error,
    });
  const { code, advice } = diagnosisOf(error, NAMES);
  return new BackupFailure(
    EXITS[code] ?? 'unavailable',
    code,
    `${place} fails: ${advice}${HINTS[code] ?? ''} (${labelOf(error)}).`,
    { cause: error },
  );
};

/** Only the kind of the error: a message may hold a page of HTML, or a URL that is signed. */
const labelOf = (error: unknown): string => {
  if (error instanceof DeadlinePassed) return error.message.replace(/\.$/, '');
  const { code } = error as NodeJS.ErrnoException;
  const status = statusOf(error);
  const name = code ?? nameOf(error);
  return status === undefined ? name : `${name}, ${status}`;
};
