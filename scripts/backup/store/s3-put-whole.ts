import { statusOf, WrongAnswer } from '../../../src/shared/data/s3-failures.ts';
import type { FilePart } from './file-parts.ts';
import { keyTaken } from './key-taken.ts';
import type { S3Calls } from './s3-calls.ts';
import { signBody, withBody } from './s3-send.ts';
import { lookAt } from './s3-stored.ts';
import { transferDeadline } from './s3-terms.ts';
import type { FileToStore } from './store.ts';

/** Stores a small file with one request. The store refuses it when it is not what its SHA-256 says. */
export const putWhole = async (
  calls: S3Calls,
  key: string,
  file: FileToStore,
  part: FilePart,
  signal: AbortSignal,
): Promise<void> => {
  const named = calls.named(key);
  const checksum = part.sha256.toString('base64');
  await calls.make(
    transferDeadline(calls.terms, file.bytes),
    signal,
    async (connection, abortSignal, nth) => {
      const { sdk, client } = connection;
      try {
        const answer = await withBody(part, abortSignal, (Body, sendSignal) => {
          const put = new sdk.PutObjectCommand({
            ...named,
            Body,
            ContentLength: file.bytes,
            ChecksumSHA256: checksum,
            Metadata: { sha256: file.sha256 },
            IfNoneMatch: '*',
          });
          return client.send(signBody(put, part.sha256), { abortSignal: sendSignal });
        });
        // Without an ETag it was no store that has answered, but something on the way to it.
        if (answer.ETag === undefined || (answer.ChecksumSHA256 ?? checksum) !== checksum)
          throw new WrongAnswer('It acknowledges something else than was sent');
      } catch (error) {
        if (statusOf(error) !== 412) throw error;
        const found = nth === 1 ? 'other' : await lookAt(connection, named, file, abortSignal);
        if (found === 'absent') throw new WrongAnswer('It says both that a file is there and that it is not');
        if (found === 'other') throw keyTaken(calls.place, key);
      }
    },
  );
};
