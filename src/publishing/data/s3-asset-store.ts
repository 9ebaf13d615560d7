import { createReadStream } from 'node:fs';
import type { Readable } from 'node:stream';
import { setTimeout as pause } from 'node:timers/promises';
import type { AssetStore, ByteRange, LocalFile, StoredObject } from '../services/asset-store.ts';
import { AssetKeyTaken } from './asset-key-taken.ts';
import { checkedKey, isKey } from './asset-key.ts';
import { withinDeadline } from '../../shared/data/deadline.ts';
import { sha256Of } from './file-hash.ts';
import { FlowingBytes } from '../../shared/data/flowing-bytes.ts';
import { connectS3, type S3Connection } from '../../shared/data/s3-connection.ts';
import { adviceFor, isPassing, nameOf, statusOf, WrongAnswer } from '../../shared/data/s3-failures.ts';
import { S3_DEADLINES, type S3Deadlines, type S3Settings } from '../../shared/data/s3-settings.ts';
import { StoreOutage, unavailable, type StoreLog } from './store-outage.ts';

const TRIES = 3;
const FIRST_PAUSE_MS = 50;
const REMOVED_AT_ONCE = 8;
const MEGABYTE = 1_000_000;

/** Objects in a bucket of S3 or of a store that speaks its language. */
export class S3AssetStore implements AssetStore {
  readonly #settings: S3Settings;
  readonly #deadlines: S3Deadlines;
  readonly #outage: StoreOutage;
  #connection: Promise<S3Connection> | null = null;
  #isClosed = false;

  constructor(settings: S3Settings, log: StoreLog, deadlines: S3Deadlines = S3_DEADLINES) {
    this.#settings = settings;
    this.#deadlines = deadlines;
    this.#outage = new StoreOutage(log, adviceFor);
  }

  /**
   * Loads what it needs and looks whether the bucket answers, in the background: whatever is wrong with it is in the
   * log from the start, and the first request does not pay for the loading.
   */
  connect(): void {
    this.#attempt(this.#deadlines.list, async ({ sdk, client }, abortSignal) => {
      await client.send(new sdk.HeadBucketCommand({ Bucket: this.#settings.bucket }), { abortSignal });
    }).catch(() => undefined);
  }

  /** Breaks off what is under way. */
  async close(): Promise<void> {
    this.#isClosed = true;
    const connection = await this.#connection;
    connection?.client.destroy();
  }

  async put(key: string, file: LocalFile): Promise<void> {
    checkedKey(key);
    const sha256 = await sha256Of(file);
    const deadline = this.#deadlines.put + (file.bytes / MEGABYTE) * this.#deadlines.perMegabyte;
    await this.#attempt(deadline, async (connection, abortSignal, nth) => {
      try {
        await this.#send(connection, key, file, sha256, abortSignal);
      } catch (error) {
        if (statusOf(error) !== 412) throw error;
        // An earlier try may have stored it, and only its answer was lost.
        if (nth === 1 || !(await this.#isStored(connection, key, file, sha256, abortSignal)))
          throw new AssetKeyTaken();
      }
    });
  }

  async open(key: string, range?: ByteRange): Promise<AsyncIterable<Uint8Array> | null> {
    checkedKey(key);
    return this.#attempt(this.#deadlines.open, async ({ sdk, client }, abortSignal) => {
      const Range = range && `bytes=${range.first}-${range.last}`;
      const get = new sdk.GetObjectCommand({ ...this.#named(key), ...(Range ? { Range } : {}) });
      const answer = await client.send(get, { abortSignal }).catch(ifNoSuchKey);
      if (answer === null) return null;
      const source = answer.Body as Readable;
      const bytes = range ? range.last - range.first + 1 : answer.ContentLength;
      if (bytes === undefined || bytes !== answer.ContentLength || answer.ETag === undefined) {
        source.on('error', () => undefined).destroy();
        throw new WrongAnswer(`Not the ${bytes ?? 'unknown'} bytes that were asked for.`);
      }
      const sha256 = range ? undefined : answer.Metadata?.sha256;
      return new FlowingBytes(source, { bytes, sha256, idleMs: this.#deadlines.idle, failure: unavailable });
    });
  }

  // One by one: to remove many with one request, older stores want checksums of a kind that newer ones refuse.
  async remove(keys: readonly string[]): Promise<void> {
    for (const key of keys) checkedKey(key);
    for (let from = 0; from < keys.length; from += REMOVED_AT_ONCE)
      await Promise.all(
        keys
          .slice(from, from + REMOVED_AT_ONCE)
          .map(key =>
            this.#attempt(this.#deadlines.remove, ({ sdk, client }, abortSignal) =>
              client.send(new sdk.DeleteObjectCommand(this.#named(key)), { abortSignal }),
            ),
          ),
      );
  }

  async *list(prefix: string): AsyncGenerator<StoredObject, void> {
    let after: string | undefined;
    do {
      const page = await this.#attempt(this.#deadlines.list, async ({ sdk, client }, abortSignal) => {
        const { bucket: Bucket } = this.#settings;
        const Continue = after === undefined ? {} : { ContinuationToken: after };
        const list = new sdk.ListObjectsV2Command({ Bucket, Prefix: prefix, ...Continue });
        const answer = await client.send(list, { abortSignal });
        if (answer.IsTruncated === undefined) throw new WrongAnswer('This is no list.');
        return answer;
      });
      for (const { Key: key, Size: bytes, LastModified: storedAt } of page.Contents ?? [])
        if (key !== undefined && isKey(key) && bytes !== undefined && storedAt)
          yield { key, bytes, storedAt };
      after = page.IsTruncated ? page.NextContinuationToken : undefined;
    } while (after !== undefined);
  }

  #named(key: string): { readonly Bucket: string; readonly Key: string } {
    return { Bucket: this.#settings.bucket, Key: key };
  }

  /** The whole file, read anew. The store refuses it when it is not what the SHA-256 says. */
  async #send(
    { sdk, client }: S3Connection,
    key: string,
    file: LocalFile,
    sha256: Buffer,
    abortSignal: AbortSignal,
  ): Promise<void> {
    const abort = new AbortController();
    const Body = createReadStream(file.path);
    Body.once('error', error => abort.abort(error));
    const put = new sdk.PutObjectCommand({
      ...this.#named(key),
      Body,
      ContentLength: file.bytes,
      ContentType: file.contentType,
      ChecksumSHA256: sha256.toString('base64'),
      Metadata: { sha256: sha256.toString('hex') },
      IfNoneMatch: '*',
    });
    // The signature then covers the body too, also where a store does not know the checksum.
    put.middlewareStack.add(
      next => args => {
        const { headers } = args.request as { headers: Record<string, string> };
        headers['x-amz-content-sha256'] = sha256.toString('hex');
        return next(args);
      },
      { step: 'build', name: 'signBody' },
    );
    try {
      const answer = await client.send(put, { abortSignal: AbortSignal.any([abortSignal, abort.signal]) });
      const stored = answer.ChecksumSHA256 ?? sha256.toString('base64');
      // Without an ETag it was no store that has answered, but something on the way to it.
      if (answer.ETag === undefined || stored !== sha256.toString('base64'))
        throw new WrongAnswer('Something else is acknowledged.');
    } finally {
      Body.destroy();
    }
  }

  async #isStored(
    { sdk, client }: S3Connection,
    key: string,
    file: LocalFile,
    sha256: Buffer,
    abortSignal: AbortSignal,
  ): Promise<boolean> {
    const there = await client.send(new sdk.HeadObjectCommand(this.#named(key)), { abortSignal });
    return there.ContentLength === file.bytes && there.Metadata?.sha256 === sha256.toString('hex');
  }

  /** Tries again what failed for a passing reason, as long as the deadline allows. */
  async #attempt<Result>(
    deadlineMs: number,
    attempt: (connection: S3Connection, signal: AbortSignal, nth: number) => Promise<Result>,
  ): Promise<Result> {
    try {
      const connection = await (this.#connection ??= connectS3(this.#settings, this.#deadlines));
      const result = await withinDeadline(deadlineMs, async signal => {
        for (let nth = 1; ; nth++)
          try {
            return await attempt(connection, signal, nth);
          } catch (error) {
            const isLast = nth === TRIES || signal.aborted || this.#isClosed;
            if (isLast || error instanceof AssetKeyTaken || !isPassing(error)) throw error;
            await pause(FIRST_PAUSE_MS * 2 ** nth * Math.random(), undefined, { signal });
          }
      });
      this.#outage.worked();
      return result;
    } catch (error) {
      throw error instanceof AssetKeyTaken ? error : this.#outage.failed(error);
    }
  }
}

/** A bucket that is not there is an outage; only an object may be absent. */
const ifNoSuchKey = (error: unknown): null => {
  if (nameOf(error) === 'NoSuchKey') return null;
  throw error;
};
