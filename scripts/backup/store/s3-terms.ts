import { S3_DEADLINES, type S3Deadlines } from '../../../src/shared/data/s3-settings.ts';

/** How patient the store of backups is, and how it cuts large files. */
export interface S3Terms {
  /** `put` and `perMegabyte` are for one request that sends a file or a part of one. */
  readonly deadlines: S3Deadlines;
  /** Of one request. */
  readonly tries: number;
  /** Before the second try, in milliseconds; doubles from try to try. */
  readonly firstPause: number;
  /** Larger files are sent in parts of at least this size. S3 takes none below 5 MiB. */
  readonly partBytes: number;
}

/** Nobody waits at a screen here, so there is time for a slow line: a quarter of a megabyte a second will do. */
export const S3_TERMS: S3Terms = {
  deadlines: {
    ...S3_DEADLINES,
    connect: 5_000,
    open: 30_000,
    idle: 60_000,
    put: 30_000,
    perMegabyte: 4_000,
    list: 30_000,
  },
  tries: 5,
  firstPause: 300,
  partBytes: 16 * 1_048_576,
};

/** A timer for longer than this goes off at once. */
const LONGEST_TIMER_MS = 2 ** 31 - 1;

/** For one request that sends or receives so many bytes, in milliseconds. */
export const transferDeadline = ({ deadlines }: S3Terms, bytes: number): number =>
  Math.min(Math.ceil(deadlines.put + (bytes / 1_000_000) * deadlines.perMegabyte), LONGEST_TIMER_MS);
