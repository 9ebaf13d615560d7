import { createHash } from 'node:crypto';
import type { CompletedPart } from '@aws-sdk/client-s3';
import { nameOf, statusOf, WrongAnswer } from '../../../src/shared/data/s3-failures.ts';
import { BackupFailure } from '../failure.ts';
import type { FilePart } from './file-parts.ts';
import { keyTaken } from './key-taken.ts';
import type { S3Calls } from './s3-calls.ts';
import { signBody, withBody } from './s3-send.ts';
import { lookAt } from './s3-stored.ts';
import { transferDeadline } from './s3-terms.ts';
import type { FileToStore } from './store.ts';

const AT_ONCE = 2;
const ROUNDS = 2;
/** A store may have to put a large object together before it answers. */
const LONGEST_COMPLETION_MS = 10 * 60_000;

interface Upload {
  readonly calls: S3Calls;
  readonly named: { readonly Bucket: string; readonly Key: string };
  readonly UploadId: string;
}

/** The store knows the upload no more: it has forgotten it, or has completed it without our hearing of it. */
class UploadLost extends BackupFailure {
  readonly mayBeComplete: boolean;

  constructor(place: string, mayBeComplete: boolean) {
    super('unavailable', 'upload_lost', `${place} has lost an upload. Try again.`);
    this.mayBeComplete = mayBeComplete;
  }
}

/**
 * Stores a large file in parts, which become one object at once at the end. What was sent before a failure is no object;
 * it is called off where the credentials allow that, and by the bucket's lifecycle otherwise.
 */
export const putParts = async (
  calls: S3Calls,
  key: string,
  file: FileToStore,
  parts: readonly FilePart[],
  signal: AbortSignal,
  onProgress: (bytes: number) => void,
): Promise<void> => {
  let mayBeThere = false;
  for (let round = 1; ; round++) {
    const upload = await begin(calls, key, file, signal);
    try {
      const sent = await sendParts(upload, parts, signal, onProgress);
      await complete(upload, file, sent, composite(parts), mayBeThere, signal);
      return;
    } catch (error) {
      await callOff(upload);
      if (!(error instanceof UploadLost) || round === ROUNDS) throw error;
      // Sent once more, it is either stored now or refused because the first time has worked.
      mayBeThere ||= error.mayBeComplete;
    }
  }
};

const begin = (
  calls: S3Calls,
  key: string,
  { sha256 }: FileToStore,
  signal: AbortSignal,
): Promise<Upload> => {
  const named = calls.named(key);
  return calls.make(transferDeadline(calls.terms, 0), signal, async ({ sdk, client }, abortSignal) => {
    const create = new sdk.CreateMultipartUploadCommand({
      ...named,
      ChecksumAlgorithm: 'SHA256',
      Metadata: { sha256 },
    });
    const { UploadId } = await client.send(create, { abortSignal });
    if (UploadId === undefined) throw new WrongAnswer('It begins no upload');
    return { calls, named, UploadId };
  });
};

const sendParts = async (
  upload: Upload,
  parts: readonly FilePart[],
  signal: AbortSignal,
  onProgress: (bytes: number) => void,
): Promise<readonly CompletedPart[]> => {
  const sent: CompletedPart[] = [];
  const waiting = [...parts.entries()];
  const stop = new AbortController();
  let bytes = 0;
  const sendNext = async (): Promise<void> => {
    for (let next = waiting.shift(); next; next = waiting.shift()) {
      const [index, part] = next;
      sent[index] = await sendPart(upload, part, index + 1, AbortSignal.any([signal, stop.signal]));
      onProgress((bytes += part.bytes));
    }
  };
  const senders = Array.from({ length: AT_ONCE }, () =>
    sendNext().catch((error: unknown) => {
      stop.abort(error);
      throw error;
    }),
  );
  // All have to have ended before the upload is called off.
  await Promise.allSettled(senders);
  await Promise.all(senders);
  return sent;
};

const sendPart = (
  { calls, named, UploadId }: Upload,
  part: FilePart,
  PartNumber: number,
  signal: AbortSignal,
): Promise<CompletedPart> => {
  const ChecksumSHA256 = part.sha256.toString('base64');
  return calls.make(
    transferDeadline(calls.terms, part.bytes),
    signal,
    async ({ sdk, client }, abortSignal) => {
      const { ETag, ...answer } = await withBody(part, abortSignal, (Body, sendSignal) => {
        const send = new sdk.UploadPartCommand({
          ...{ ...named, UploadId, PartNumber, Body, ContentLength: part.bytes, ChecksumSHA256 },
        });
        return client.send(signBody(send, part.sha256), { abortSignal: sendSignal });
      }).catch((error: unknown) => {
        throw isGone(error) ? new UploadLost(calls.place, false) : error;
      });
      if (ETag === undefined || (answer.ChecksumSHA256 ?? ChecksumSHA256) !== ChecksumSHA256)
        throw new WrongAnswer('It acknowledges another part than was sent');
      return { PartNumber, ETag, ChecksumSHA256 };
    },
  );
};

const complete = async (
  { calls, named, UploadId }: Upload,
  file: FileToStore,
  sent: readonly CompletedPart[],
  expected: string,
  mayBeThere: boolean,
  signal: AbortSignal,
): Promise<void> => {
  const deadline = Math.min(transferDeadline(calls.terms, file.bytes), LONGEST_COMPLETION_MS);
  await calls.make(deadline, signal, async (connection, abortSignal, nth) => {
    const { sdk, client } = connection;
    try {
      const MultipartUpload = { Parts: [...sent] };
      const command = new sdk.CompleteMultipartUploadCommand({
        ...{ ...named, UploadId, MultipartUpload, IfNoneMatch: '*' },
      });
      const { ETag, ChecksumSHA256 = expected } = await client.send(command, { abortSignal });
      if (ETag === undefined || ChecksumSHA256 !== expected)
        throw new WrongAnswer('It acknowledges something else than was sent');
    } catch (error) {
      if (isGone(error) && nth === 1) throw new UploadLost(calls.place, false);
      if (statusOf(error) !== 412 && !isGone(error)) throw error;
      const found = nth === 1 && !mayBeThere ? 'other' : await lookAt(connection, named, file, abortSignal);
      if (found === 'same' || (found === 'unknown' && !isGone(error))) return;
      if (isGone(error) && found !== 'other') throw new UploadLost(calls.place, true);
      throw keyTaken(calls.place, named.Key);
    }
  });
};

const isGone = (error: unknown): boolean => nameOf(error) === 'NoSuchUpload';

/** A checksum of the checksums, as S3 has it for an object that was put together. */
const composite = (parts: readonly FilePart[]): string => {
  const hash = createHash('sha256');
  for (const { sha256 } of parts) hash.update(sha256);
  return `${hash.digest('base64')}-${parts.length}`;
};

/** The writer may not be allowed to, and the store may be what has failed: then the lifecycle does it. */
const callOff = async ({ calls, named, UploadId }: Upload): Promise<void> => {
  const { deadlines } = calls.terms;
  const soon = AbortSignal.timeout(deadlines.remove);
  await calls
    .make(deadlines.remove, soon, ({ sdk, client }, abortSignal) =>
      client.send(new sdk.AbortMultipartUploadCommand({ ...named, UploadId }), { abortSignal }),
    )
    .catch(() => undefined);
};
