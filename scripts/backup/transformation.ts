/** Bytes in, other bytes out, as they come. Fits into `pipeline` of node:stream. */
export type Transformation = (source: AsyncIterable<Uint8Array>) => AsyncGenerator<Uint8Array, void>;
