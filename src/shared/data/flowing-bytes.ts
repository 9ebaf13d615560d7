import { createHash } from 'node:crypto';
import type { Readable } from 'node:stream';

export interface FlowTerms {
  /** How many bytes there have to be, no more and no less. */
  readonly bytes: number;
  /** SHA-256 of them all, in hex, where it is known. */
  readonly sha256?: string | undefined;
  /** How long the source may be silent; also how long it waits for somebody to begin reading. */
  readonly idleMs: number;
  /** Makes the error that a reader gets of what went wrong. */
  readonly failure: (cause: unknown) => Error;
}

/**
 * A stream's bytes, once. A source that is silent, breaks off, or is not what it has to be fails the iteration. The
 * last piece is held back until all is known to be right, so whoever passes the bytes on while they come never
 * completes a wrong answer.
 */
export class FlowingBytes implements AsyncIterable<Uint8Array> {
  readonly #source: Readable;
  readonly #terms: FlowTerms;
  #silence: NodeJS.Timeout | undefined;

  constructor(source: Readable, terms: FlowTerms) {
    this.#source = source;
    this.#terms = terms;
    // Between two reads nobody listens; the next read tells of it.
    source.on('error', () => undefined);
    this.#awaitSign();
  }

  [Symbol.asyncIterator](): AsyncIterator<Uint8Array, undefined> {
    const pieces = this.#checked();
    return {
      next: () => pieces.next(),
      return: async () => {
        // A generator that was never begun would not reach its own `finally`.
        this.#end();
        await pieces.return(undefined);
        return { done: true, value: undefined };
      },
    };
  }

  async *#checked(): AsyncGenerator<Uint8Array, undefined> {
    const { bytes, sha256, failure } = this.#terms;
    const hash = sha256 === undefined ? null : createHash('sha256');
    let received = 0;
    let held: Uint8Array | null = null;
    try {
      const chunks = this.#source[Symbol.asyncIterator]() as AsyncIterator<Uint8Array>;
      for (;;) {
        const chunk = await this.#next(chunks);
        if (chunk === null) break;
        received += chunk.length;
        if (received > bytes) break;
        hash?.update(chunk);
        if (held) yield held;
        held = chunk;
      }
      if (received !== bytes) throw failure(new Error(`Got ${received} bytes instead of ${bytes}.`));
      if (hash && hash.digest('hex') !== sha256) throw failure(new Error('The bytes are not those stored.'));
      if (held) yield held;
    } finally {
      this.#end();
    }
  }

  async #next(chunks: AsyncIterator<Uint8Array>): Promise<Uint8Array | null> {
    this.#awaitSign();
    try {
      const next = await chunks.next();
      return next.done ? null : next.value;
    } catch (error) {
      throw this.#terms.failure(error);
    } finally {
      // A reader may take as long as it likes.
      clearTimeout(this.#silence);
    }
  }

  #awaitSign(): void {
    clearTimeout(this.#silence);
    const { idleMs } = this.#terms;
    this.#silence = setTimeout(() => {
      this.#source.destroy(new Error(`Nothing came or was asked for in ${idleMs} ms.`));
    }, idleMs);
  }

  #end(): void {
    clearTimeout(this.#silence);
    this.#source.destroy();
  }
}
