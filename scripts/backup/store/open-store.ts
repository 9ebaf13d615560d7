import { FolderBackupStore } from './folder-backup-store.ts';
import { S3BackupStore } from './s3-backup-store.ts';
import type { BackupSettings } from '../settings.ts';
import type { BackupStore } from './store.ts';

/** The store that the settings name. Nothing is asked of it yet. */
export const openStore = (settings: Pick<BackupSettings, 'bucket' | 'backupsDirectory'>): BackupStore =>
  settings.bucket === null
    ? new FolderBackupStore(settings.backupsDirectory)
    : new S3BackupStore(settings.bucket);
