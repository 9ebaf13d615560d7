import { S3BackupStore } from '../../scripts/backup/store/s3-backup-store.ts';
import { S3_TERMS, type S3Terms } from '../../scripts/backup/store/s3-terms.ts';
import type { S3Settings } from '../../src/shared/data/s3-settings.ts';
import type { Statement } from './s3-double/policy.ts';
import { S3Double, S3_OWNER, type S3User } from './s3-double.ts';
import { useCredentials } from './s3-store.ts';

export const BUCKET = 'backups';
export const PREFIX = 'daymark/';

const below = (folders: readonly string[]): readonly string[] =>
  folders.map(folder => `${BUCKET}/${PREFIX}${folder}/*`);
const allow = (actions: readonly string[], resources: readonly string[]): Statement => ({
  effect: 'Allow',
  actions,
  resources,
});

/** May make backups, and neither read, list nor call off anything. */
export const WRITER: S3User = {
  name: 'writer',
  accessKeyId: 'AKIADOUBLEWRITER0000',
  secretAccessKey: 'writer/secret+of+the+double/0123456789ab',
  statements: [allow(['s3:PutObject'], below(['daily', 'monthly', 'probe']))],
};

/** May read backups, and put nothing. */
export const READER: S3User = {
  name: 'reader',
  accessKeyId: 'AKIADOUBLEREADER0000',
  secretAccessKey: 'reader/secret+of+the+double/0123456789ab',
  statements: [
    allow(['s3:GetObject'], below(['daily', 'monthly', 'probe'])),
    allow(['s3:ListBucket'], [BUCKET]),
  ],
};

/** Short, so that no test waits; parts as small as S3 takes them. */
const TEST_TERMS: S3Terms = {
  deadlines: { connect: 500, open: 600, idle: 300, put: 600, perMegabyte: 60, remove: 300, list: 600 },
  tries: 3,
  firstPause: 5,
  partBytes: 5 * 1_048_576,
};

export interface S3Backups {
  readonly double: S3Double;
  readonly store: S3BackupStore;
  close(): Promise<void>;
}

/** A store over a double of its own. */
export const openS3Backups = async (
  change: {
    readonly terms?: Partial<S3Terms>;
    readonly settings?: Partial<S3Settings>;
    readonly user?: Parameters<typeof useCredentials>[0];
  } = {},
): Promise<S3Backups> => {
  const double = await S3Double.start({ buckets: [BUCKET] });
  for (const user of [WRITER, READER]) double.addUser(user);
  const restore = useCredentials(change.user ?? S3_OWNER);
  const settings = { bucket: BUCKET, endpoint: double.url, forcePathStyle: true, region: 'us-east-1' };
  const store = new S3BackupStore(
    { ...settings, ...change.settings },
    { ...S3_TERMS, ...TEST_TERMS, ...change.terms },
  );
  return {
    double,
    store,
    close: async () => {
      await store.close();
      await double.close();
      restore();
    },
  };
};
