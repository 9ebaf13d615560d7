import { DomainError } from '../../shared/domain/domain-error.ts';
import type { AssetStore, LocalFile } from './asset-store.ts';

/** A file on this machine's disk, and what it is to be called in the store. */
export interface NewObject {
  readonly key: string;
  readonly file: LocalFile;
}

/** An image's files go side by side; more at once would only take from others. */
const AT_ONCE = 4;
/** The client waits for its refusal meanwhile. What is left after that is found by `make reconcile-assets`. */
const LONGEST_REMOVAL_MS = 1_000;

/** Brings files into the store for rows that are about to be made, and takes them out again when the rows are not. */
export class ObjectTransfer {
  readonly #store: AssetStore;

  constructor(store: AssetStore) {
    this.#store = store;
  }

  /**
   * `addRows` runs when the store has acknowledged every object; it calls `committing` right before its commit. After
   * a failure the objects are removed, unless the commit may have happened all the same.
   */
  async bring(
    objects: readonly NewObject[],
    addRows: (committing: () => void) => Promise<void>,
  ): Promise<void> {
    const tried: string[] = [];
    const commit = { isTried: false };
    try {
      for (let start = 0; start < objects.length; start += AT_ONCE) {
        const some = objects.slice(start, start + AT_ONCE);
        tried.push(...some.map(({ key }) => key));
        await this.#putAll(some);
      }
      await addRows(() => (commit.isTried = true));
    } catch (error) {
      if (!commit.isTried || isRefusal(error)) await this.#removeQuickly(tried);
      throw error;
    }
  }

  // All have ended before anything is removed: one that came later would stay behind.
  async #putAll(objects: readonly NewObject[]): Promise<void> {
    const outcomes = await Promise.allSettled(objects.map(({ key, file }) => this.#store.put(key, file)));
    for (const outcome of outcomes) if (outcome.status === 'rejected') throw outcome.reason as Error;
  }

  async #removeQuickly(keys: readonly string[]): Promise<void> {
    let timer: NodeJS.Timeout | undefined;
    const patience = new Promise<void>(resolve => {
      timer = setTimeout(resolve, LONGEST_REMOVAL_MS);
    });
    const removal = this.#store.remove(keys).catch(() => undefined);
    await Promise.race([removal, patience]);
    clearTimeout(timer);
  }
}

/** The database has said no. Anything else may have gone wrong on the way back from a commit that happened. */
const isRefusal = (error: unknown): boolean => error instanceof DomainError && error.kind !== 'unavailable';
