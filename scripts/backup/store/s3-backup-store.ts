import { createHash } from 'node:crypto';
import { addAbortSignal, type Readable } from 'node:stream';
import { FlowingBytes } from '../../../src/shared/data/flowing-bytes.ts';
import { withinDeadline } from '../../../src/shared/data/deadline.ts';
import { nameOf, WrongAnswer } from '../../../src/shared/data/s3-failures.ts';
import type { S3Settings } from '../../../src/shared/data/s3-settings.ts';
import { BackupFailure } from '../failure.ts';
import { partsOf, partSize } from './file-parts.ts';
import { s3BackupFailure } from './s3-backup-failure.ts';
import { S3Calls } from './s3-calls.ts';
import { putParts } from './s3-put-parts.ts';
import { putWhole } from './s3-put-whole.ts';
import { S3_TERMS, type S3Terms, transferDeadline } from './s3-terms.ts';
import type { BackupStore, FileToStore, StoredFile } from './store.ts';
import { checkedStoreKey } from './store-key.ts';

/** Backups in a bucket of S3 or of a store that speaks its language. Making them needs s3:PutObject and no more. */
export class S3BackupStore implements BackupStore {
  readonly place: string;
  readonly #calls: S3Calls;
  readonly #terms: S3Terms;

  constructor(settings: S3Settings, terms: S3Terms = S3_TERMS) {
    this.#calls = new S3Calls(settings, terms);
    this.place = this.#calls.place;
    this.#terms = terms;
  }

  async put(
    key: string,
    file: FileToStore,
    signal: AbortSignal,
    onProgress: (bytes: number) => void = () => undefined,
  ): Promise<void> {
    checkedStoreKey(key);
    const parts = await partsOf(file, partSize(file.bytes, this.#terms.partBytes), signal);
    const [only] = parts;
    await this.#withinOverall(file.bytes, signal, overall =>
      parts.length === 1 && only
        ? putWhole(this.#calls, key, file, only, overall)
        : putParts(this.#calls, key, file, parts, overall, onProgress),
    );
    onProgress(file.bytes);
  }

  async open(
    key: string,
    signal: AbortSignal,
  ): Promise<{ readonly bytes: number; readonly body: AsyncIterable<Uint8Array> } | null> {
    checkedStoreKey(key);
    const { open, idle } = this.#terms.deadlines;
    return this.#calls.make(open, signal, async ({ sdk, client }, abortSignal) => {
      const get = new sdk.GetObjectCommand(this.#calls.named(key));
      const answer = await client.send(get, { abortSignal }).catch(ifNoSuchKey);
      if (answer === null) return null;
      const source = answer.Body as Readable;
      const bytes = answer.ContentLength;
      if (bytes === undefined || answer.ETag === undefined) {
        source.on('error', () => undefined).destroy();
        throw new WrongAnswer('It answers with something that is no object');
      }
      const late = AbortSignal.timeout(transferDeadline(this.#terms, bytes));
      addAbortSignal(AbortSignal.any([signal, late]), source);
      const failure = (cause: unknown): Error =>
        signal.aborted ? (signal.reason as Error) : this.#cut(key, cause);
      const flowing = new FlowingBytes(source, { bytes, idleMs: idle, failure });
      const sha256 = answer.Metadata?.sha256;
      return { bytes, body: sha256 === undefined ? flowing : verified(flowing, sha256, key) };
    });
  }

  async *list(prefix: string, signal: AbortSignal): AsyncGenerator<StoredFile, void> {
    let after: string | undefined;
    do {
      const page = await this.#calls.make(
        this.#terms.deadlines.list,
        signal,
        async ({ sdk, client }, abortSignal) => {
          const Continue = after === undefined ? {} : { ContinuationToken: after };
          const list = new sdk.ListObjectsV2Command({
            ...{ Bucket: this.#calls.bucket, Prefix: prefix, ...Continue },
          });
          const answer = await client.send(list, { abortSignal });
          if (answer.IsTruncated === undefined)
            throw new WrongAnswer('It answers with something that is no list');
          return answer;
        },
      );
      for (const { Key: key, Size: bytes, LastModified: storedAt } of page.Contents ?? [])
        if (key !== undefined && bytes !== undefined && storedAt) yield { key, bytes, storedAt };
      after = page.IsTruncated ? page.NextContinuationToken : undefined;
    } while (after !== undefined);
  }

  close(): Promise<void> {
    return this.#calls.close();
  }

  /** Tries of many parts could add up to days. */
  async #withinOverall(
    bytes: number,
    signal: AbortSignal,
    work: (signal: AbortSignal) => Promise<void>,
  ): Promise<void> {
    const milliseconds =
      this.#terms.tries * transferDeadline(this.#terms, 0) + transferDeadline(this.#terms, bytes);
    try {
      await withinDeadline(milliseconds, async deadline => {
        const overall = AbortSignal.any([signal, deadline]);
        await work(overall);
      });
    } catch (error) {
      if (signal.aborted) throw signal.reason;
      throw s3BackupFailure(error, this.place);
    }
  }

  #cut(key: string, cause: unknown): BackupFailure {
    return new BackupFailure('unavailable', 'store_cut', `${this.place} has sent ${key} in part only.`, {
      cause,
    });
  }
}

const ifNoSuchKey = (error: unknown): null => {
  if (nameOf(error) === 'NoSuchKey') return null;
  throw error;
};

/** Fails at the end when the bytes are not those that were stored. */
const verified = (source: FlowingBytes, sha256: string, key: string): AsyncIterable<Uint8Array> => ({
  [Symbol.asyncIterator]() {
    const pieces = source[Symbol.asyncIterator]();
    const hash = createHash('sha256');
    return {
      next: async () => {
        const next = await pieces.next();
        if (!next.done) hash.update(next.value);
        else if (hash.digest('hex') !== sha256) throw objectDamaged(key);
        return next;
      },
      return: async () => (await pieces.return?.()) ?? { done: true, value: undefined },
    };
  },
});

const objectDamaged = (key: string): BackupFailure =>
  new BackupFailure('unusable', 'object_damaged', `${key}: its bytes are not those that were stored.`);
