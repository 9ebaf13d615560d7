import { STATUS_CODES } from 'node:http';
import type { Duplex } from 'node:stream';
import { newId } from '../services/new-id.ts';
import { problemText } from './problem.ts';

export interface RawProblem {
  readonly status: number;
  readonly code: string;
  readonly detail: string;
}

/** How long a sender that goes on sending may read the answer before it is cut off. */
const LINGER_MS = 1_000;

/** Answers on a connection whose request never became one. Returns the id that the answer carries. */
export const writeRawProblem = (socket: Duplex, { status, code, detail }: RawProblem): string => {
  const requestId = newId();
  const body = problemText({ status, code, detail, headers: [], worthLogging: false }, requestId);
  socket.end(
    [
      `HTTP/1.1 ${status} ${STATUS_CODES[status] ?? ''}`,
      'Content-Type: application/problem+json',
      `Content-Length: ${Buffer.byteLength(body)}`,
      'Cache-Control: no-store',
      'X-Content-Type-Options: nosniff',
      `X-Request-Id: ${requestId}`,
      'Connection: close',
      '',
      body,
    ].join('\r\n'),
  );
  setTimeout(() => socket.destroy(), LINGER_MS).unref();
  return requestId;
};
