import type { ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import type { Answer } from './exchange.ts';

export type Fault =
  /** An error in place of the work. The code stands in the XML that S3 sends, unless `html` is sent as a proxy would. */
  | { readonly kind: 'status'; readonly status: number; readonly code?: string; readonly html?: string }
  /** Accepts the request and never answers. */
  | { readonly kind: 'hang' }
  /** Breaks the connection, at once or when so many bytes of the body have come. */
  | { readonly kind: 'reset'; readonly afterBytes?: number }
  /** Does the work and breaks the connection in place of an answer. */
  | { readonly kind: 'lostAnswer' }
  /** Does the work and never answers. */
  | { readonly kind: 'silentAnswer' }
  /** Promises the whole answer and ends in the middle of it. */
  | { readonly kind: 'truncate' }
  /** Promises the whole answer and says no more in the middle of it. */
  | { readonly kind: 'stall' }
  /** Sends the answer in pieces of `bytes`, one every `everyMs`. */
  | { readonly kind: 'drip'; readonly bytes: number; readonly everyMs: number }
  /** Changes a byte of what comes back. */
  | { readonly kind: 'corruptAnswer' }
  /** Changes a byte of what is sent, before it is verified. */
  | { readonly kind: 'corruptRequest' }
  /** Changes the checksums in the answer. */
  | { readonly kind: 'wrongChecksum' };

export interface Aim {
  /** Only requests of this operation, such as `PutObject`. */
  readonly operation?: string;
  /** Only keys that begin like this. */
  readonly prefix?: string;
  /** The first of them that fails, counted from 1. */
  readonly from?: number;
  /** How many fail from then on; `Infinity` until `heal`. */
  readonly times?: number;
}

interface Planned {
  readonly fault: Fault;
  readonly aim: Aim;
  met: number;
}

/** What is to go wrong, and when. */
export class FaultPlan {
  #planned: Planned[] = [];

  add(fault: Fault, aim: Aim): void {
    this.#planned.push({ fault, aim, met: 0 });
  }

  clear(): void {
    this.#planned = [];
  }

  /** Counts the request for every fault that is meant for it. */
  next(operation: string, key: string): Fault | null {
    let found: Fault | null = null;
    for (const planned of this.#planned) {
      const { operation: meant, prefix = '', from = 1, times = 1 } = planned.aim;
      if ((meant !== undefined && meant !== operation) || !key.startsWith(prefix)) continue;
      planned.met++;
      if (found === null && planned.met >= from && planned.met < from + times) found = planned.fault;
    }
    return found;
  }
}

export const flipped = (bytes: Buffer): Buffer => {
  const changed = Buffer.from(bytes);
  const middle = changed.length >> 1;
  if (changed.length > 0) changed[middle] = (changed[middle] ?? 0) ^ 1;
  return changed;
};

/** The answer as the fault leaves it. */
export const spoiled = (answer: Answer, fault: Fault | null): Answer => {
  if (fault?.kind === 'corruptAnswer' && answer.body !== undefined)
    return { ...answer, body: flipped(Buffer.from(answer.body)) };
  if (fault?.kind !== 'wrongChecksum') return answer;
  const headers = Object.entries(answer.headers ?? {}).map(([name, value]) =>
    /^x-amz-checksum-(?!type)/.test(name)
      ? [name, Buffer.alloc(Buffer.from(value, 'base64').length).toString('base64')]
      : [name, value],
  );
  return { ...answer, headers: Object.fromEntries(headers) as Record<string, string> };
};

/** Sends the body in the way of the fault. */
export const deliver = (response: ServerResponse, body: Buffer, fault: Fault | null): void => {
  const half = body.subarray(0, body.length >> 1);
  const { socket } = response;
  if (fault?.kind === 'truncate') response.write(half, () => socket?.destroySoon());
  else if (fault?.kind === 'stall') response.write(half);
  else if (fault?.kind === 'drip') drip(response, socket, body, fault);
  else response.end(body);
};

const drip = (
  response: ServerResponse,
  socket: Socket | null,
  body: Buffer,
  { bytes, everyMs }: { readonly bytes: number; readonly everyMs: number },
): void => {
  let at = 0;
  response.flushHeaders();
  const timer = setInterval(() => {
    response.write(body.subarray(at, at + bytes));
    at += bytes;
    if (at < body.length) return;
    clearInterval(timer);
    response.end();
  }, everyMs);
  socket?.once('close', () => clearInterval(timer));
};
