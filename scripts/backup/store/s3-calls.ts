import { setTimeout as pause } from 'node:timers/promises';
import { withinDeadline } from '../../../src/shared/data/deadline.ts';
import { connectS3, type S3Connection } from '../../../src/shared/data/s3-connection.ts';
import { isPassing } from '../../../src/shared/data/s3-failures.ts';
import type { S3Settings } from '../../../src/shared/data/s3-settings.ts';
import { BackupFailure } from '../failure.ts';
import { s3BackupFailure } from './s3-backup-failure.ts';
import type { S3Terms } from './s3-terms.ts';

export type Call<Result> = (connection: S3Connection, signal: AbortSignal, nth: number) => Promise<Result>;

/** Requests to the store, each with a deadline and tried again for as long as that may help. */
export class S3Calls {
  readonly place: string;
  readonly terms: S3Terms;
  readonly #settings: S3Settings;
  #connection: Promise<S3Connection> | null = null;

  constructor(settings: S3Settings, terms: S3Terms) {
    const { bucket, endpoint } = settings;
    this.place = `the bucket ${bucket}${endpoint === undefined ? '' : ` at ${endpoint}`}`;
    this.terms = terms;
    this.#settings = settings;
  }

  named(key: string): { readonly Bucket: string; readonly Key: string } {
    return { Bucket: this.#settings.bucket, Key: key };
  }

  get bucket(): string {
    return this.#settings.bucket;
  }

  /**
   * What `call` results in. Each try has `deadlineMs` for itself.
   * @throws {BackupFailure}, or the reason of `signal`.
   */
  async make<Result>(deadlineMs: number, signal: AbortSignal, call: Call<Result>): Promise<Result> {
    for (let nth = 1; ; nth++)
      try {
        signal.throwIfAborted();
        const connection = await (this.#connection ??= connectS3(this.#settings, this.terms.deadlines));
        return await withinDeadline(deadlineMs, deadline =>
          call(connection, AbortSignal.any([signal, deadline]), nth),
        );
      } catch (error) {
        if (signal.aborted) throw signal.reason;
        const isFinal = error instanceof BackupFailure || nth >= this.terms.tries || !isPassing(error);
        if (isFinal) throw s3BackupFailure(error, this.place);
        // Some chance in it, so that two who were turned away together do not come back together.
        const wait = this.terms.firstPause * 2 ** (nth - 1) * (0.5 + Math.random() / 2);
        await pause(wait, undefined, { signal }).catch(() => undefined);
      }
  }

  /** Breaks off what is under way. */
  async close(): Promise<void> {
    const connection = await this.#connection?.catch(() => null);
    connection?.client.destroy();
  }
}
