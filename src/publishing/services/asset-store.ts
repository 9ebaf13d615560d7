/** A file on this machine's disk that is to be stored. */
export interface LocalFile {
  readonly path: string;
  readonly bytes: number;
  readonly contentType: string;
}

export interface StoredObject {
  readonly key: string;
  readonly bytes: number;
  readonly storedAt: Date;
}

/** First and last byte, both counted from 0 and both included. */
export interface ByteRange {
  readonly first: number;
  readonly last: number;
}

/**
 * Where images are kept: a bucket, or a folder. Every call ends within its deadline; a store that is slow, down, full
 * or broken is `Unavailable`.
 */
export interface AssetStore {
  /**
   * Resolves only when the store has acknowledged the whole file, as it is on disk. After a failure the object may be
   * there or not. Keys are never used twice.
   * @throws {Unavailable}
   */
  put(key: string, file: LocalFile): Promise<void>;
  /**
   * The bytes, or null when there is no such object. A source that breaks off or stops flowing fails the iteration;
   * leaving it early frees it.
   * @throws {Unavailable}
   */
  open(key: string, range?: ByteRange): Promise<AsyncIterable<Uint8Array> | null>;
  /** Removes what is there; what is not there is no error. @throws {Unavailable} */
  remove(keys: readonly string[]): Promise<void>;
  /** All objects below a prefix, in the order of their keys (by code unit). @throws {Unavailable} while iterating. */
  list(prefix: string): AsyncIterable<StoredObject>;
}
