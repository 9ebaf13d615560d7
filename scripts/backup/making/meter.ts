import { createHash } from 'node:crypto';

/** Counts and hashes what passes. */
export class Meter {
  bytes = 0;
  readonly #hash = createHash('sha256');

  #add(piece: Uint8Array): void {
    this.bytes += piece.length;
    this.#hash.update(piece);
  }

  readonly takeAll = async (source: AsyncIterable<Uint8Array>): Promise<void> => {
    for await (const piece of source) this.#add(piece);
  };

  readonly pass = async function* (
    this: Meter,
    source: AsyncIterable<Uint8Array>,
  ): AsyncGenerator<Uint8Array> {
    for await (const piece of source) {
      this.#add(piece);
      yield piece;
    }
  }.bind(this);

  sha256(): string {
    return this.#hash.digest('hex');
  }
}
