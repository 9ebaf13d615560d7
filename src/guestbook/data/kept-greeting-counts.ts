import { Unavailable } from '../../shared/domain/domain-error.ts';
import type { PageId } from '../domain/ids.ts';
import type { GreetingCounts } from '../services/greeting-counts.ts';
import type { UnitStamp } from '../services/guestbook-work.ts';
import type { CountStore } from './count-store.ts';
import type { CountGreetings } from './sql-greeting-count.ts';

/** So many pages at most are remembered; the numbers of others are right again when they expire. */
const MOST_MISSED = 10_000;

/**
 * Answers from a store, counts where it has nothing, and does without it while it is down. What the store then does not
 * hear of is not in its numbers when it is back, so those are forgotten first.
 */
export class KeptGreetingCounts implements GreetingCounts {
  readonly #store: CountStore;
  readonly #count: CountGreetings;
  readonly #onFailure: (error: unknown) => void;
  // However many ask at once, this process counts a page once.
  readonly #underWay = new Map<PageId, Promise<number>>();
  readonly #missed = new Set<PageId>();

  /** `onFailure` hears of mistakes; that the store is down is none. */
  constructor(store: CountStore, count: CountGreetings, onFailure: (error: unknown) => void) {
    this.#store = store;
    this.#count = count;
    this.#onFailure = onFailure;
  }

  async of(page: PageId): Promise<number> {
    await this.#catchUp();
    const kept = this.#missed.has(page) ? null : await this.#tried(() => this.#store.read(page));
    return kept ?? (await this.#counted(page));
  }

  async changed(page: PageId, by: 1 | -1, stamp: UnitStamp): Promise<void> {
    await this.#catchUp();
    const told = await this.#tried(async () => {
      await this.#store.change(page, by, stamp);
      return true;
    });
    if (!told) this.#remember([page]);
  }

  async forget(pages: readonly PageId[]): Promise<void> {
    this.#remember(pages);
    await this.#catchUp();
  }

  async forgetAll(): Promise<void> {
    await this.#store.forgetAll();
  }

  #remember(pages: readonly PageId[]): void {
    for (const page of pages) if (this.#missed.size < MOST_MISSED) this.#missed.add(page);
  }

  async #catchUp(): Promise<void> {
    if (this.#missed.size === 0) return;
    const pages = [...this.#missed];
    const forgotten = await this.#tried(async () => {
      await this.#store.forget(pages);
      return true;
    });
    if (forgotten) for (const page of pages) this.#missed.delete(page);
  }

  #counted(page: PageId): Promise<number> {
    const known = this.#underWay.get(page);
    if (known) return known;
    const begun = this.#fill(page).finally(() => this.#underWay.delete(page));
    this.#underWay.set(page, begun);
    return begun;
  }

  async #fill(page: PageId): Promise<number> {
    const ticket = await this.#tried(() => this.#store.beginFill(page));
    const counted = await this.#count(page);
    if (ticket === null) return counted.count;
    return (await this.#tried(() => this.#store.endFill(page, ticket, counted))) ?? counted.count;
  }

  async #tried<Result>(ask: () => Promise<Result>): Promise<Result | null> {
    try {
      return await ask();
    } catch (error) {
      if (!(error instanceof Unavailable)) this.#onFailure(error);
      return null;
    }
  }
}
