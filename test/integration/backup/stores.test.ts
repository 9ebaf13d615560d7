import { join } from 'node:path';
import { FolderBackupStore } from '../../../scripts/backup/store/folder-backup-store.ts';
import { S3_TERMS } from '../../../scripts/backup/store/s3-terms.ts';
import { backupStoreContract } from '../../support/backup-store-contract.ts';
import { Workplace } from '../../support/backups.ts';
import { openS3Backups } from '../../support/s3-backups.ts';

// Nothing is made to hang here, so nothing has to be given up soon.
backupStoreContract('a bucket', () => openS3Backups({ terms: { deadlines: S3_TERMS.deadlines } }));

backupStoreContract('a folder', async () => {
  const workplace = await Workplace.make();
  const store = new FolderBackupStore(join(workplace.folder, 'deep', 'backups'));
  return { store, close: () => workplace[Symbol.asyncDispose]() };
});
