/** A whole file on this machine, on its way into a store. */
export interface FileToStore {
  readonly path: string;
  readonly bytes: number;
  /** Lower-case hex. */
  readonly sha256: string;
}

export interface StoredFile {
  readonly key: string;
  readonly bytes: number;
  readonly storedAt: Date;
}

/**
 * Where backups are kept. Nothing is ever overwritten and nothing is deleted: how long backups stay is the store's own
 * affair (a lifecycle rule), so no bug and no thief of these credentials can take them away.
 * Every method gives up by itself when the store is silent, and throws `BackupFailure` with advice.
 */
export interface BackupStore {
  /** Where that is, in words for an admin. */
  readonly place: string;
  /**
   * Stores the file under a key that nothing has. Resolves only when the store has acknowledged exactly this content.
   * A try whose answer was lost counts when what is there is the same.
   * @throws {BackupFailure} `key_taken` when something else has the key.
   */
  put(
    key: string,
    file: FileToStore,
    signal: AbortSignal,
    onProgress?: (bytes: number) => void,
  ): Promise<void>;
  /**
   * The bytes of an object, or null when there is none. Iterating fails when less arrives than was promised.
   */
  open(
    key: string,
    signal: AbortSignal,
  ): Promise<{ readonly bytes: number; readonly body: AsyncIterable<Uint8Array> } | null>;
  /** Everything below a prefix, ordered by key. */
  list(prefix: string, signal: AbortSignal): AsyncIterable<StoredFile>;
  close(): Promise<void>;
}
