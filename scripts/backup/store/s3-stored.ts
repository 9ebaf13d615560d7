import { debuglog } from 'node:util';
import { statusOf } from '../../../src/shared/data/s3-failures.ts';
import type { S3Connection } from '../../../src/shared/data/s3-connection.ts';
import type { FileToStore } from './store.ts';

export type Found = 'same' | 'other' | 'absent' | 'unknown';

const debug = debuglog('backup');

/**
 * What is under a key, after a try of ours whose answer was lost. `unknown` where these credentials may only write:
 * then the key, with the SHA-256 or the random id in it, is proof enough that what is there is ours.
 */
export const lookAt = async (
  { sdk, client }: S3Connection,
  named: { readonly Bucket: string; readonly Key: string },
  file: FileToStore,
  abortSignal: AbortSignal,
): Promise<Found> => {
  try {
    const there = await client.send(new sdk.HeadObjectCommand(named), { abortSignal });
    return there.ContentLength === file.bytes && there.Metadata?.sha256 === file.sha256 ? 'same' : 'other';
  } catch (error) {
    if (statusOf(error) === 404) return 'absent';
    if (statusOf(error) !== 403) throw error;
    debug('%s is there, and these credentials may not look at it', named.Key);
    return 'unknown';
  }
};
