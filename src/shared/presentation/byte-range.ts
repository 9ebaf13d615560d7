import { ProtocolError } from './problem.ts';
import type { RangeRequest } from './route.ts';

/** First and last byte, both counted from 0 and both included. */
export interface WantedRange {
  readonly first: number;
  readonly last: number;
}

const SINGLE = /^bytes *= *(?:(\d+) *- *(\d*)|- *(\d+)) *$/i;

/**
 * The part that is wanted, or null for the whole (RFC 9110 section 14.2): without a range, with several, with one that
 * is not understood, or when `If-Range` speaks of something else. `etag` is a strong one.
 * @throws {ProtocolError} 416 when nothing of the part is there.
 */
export const wantedRange = (
  { range, ifRange }: RangeRequest,
  etag: string,
  bytes: number,
): WantedRange | null => {
  if (range === undefined || (ifRange !== undefined && ifRange.trim() !== etag)) return null;
  const [whole, from = '', to = '', suffix] = SINGLE.exec(range.trim()) ?? [];
  if (whole === undefined) return null;
  if (suffix !== undefined) {
    if (Number(suffix) === 0 || bytes === 0) throw notSatisfiable(bytes);
    return { first: Math.max(0, bytes - Number(suffix)), last: bytes - 1 };
  }
  if (to !== '' && Number(to) < Number(from)) return null;
  if (Number(from) >= bytes) throw notSatisfiable(bytes);
  return { first: Number(from), last: Math.min(to === '' ? bytes - 1 : Number(to), bytes - 1) };
};

const notSatisfiable = (bytes: number): ProtocolError =>
  new ProtocolError(416, 'range_not_satisfiable', 'The requested range is not there.', {
    headers: ['Content-Range', `bytes */${bytes}`],
  });
