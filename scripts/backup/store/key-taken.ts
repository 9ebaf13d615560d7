import { BackupFailure } from '../failure.ts';

export const keyTaken = (place: string, key: string): BackupFailure =>
  new BackupFailure('unavailable', 'key_taken', `${place} already has something else under ${key}.`);
