import { LRUCache } from 'lru-cache';
import type { Clock } from '../../shared/domain/clock.ts';
import { newId } from '../../shared/services/new-id.ts';
import type { PageId } from '../domain/ids.ts';
import type { UnitStamp } from '../services/guestbook-work.ts';
import { type Counted, type CountStore, FILL_SECONDS, KEPT_SECONDS, MOST_CHANGES } from './count-store.ts';
import { holds, type Snapshot } from './snapshot.ts';

const MOST_PAGES = 10_000;

interface Kept {
  readonly snapshot: Snapshot;
  readonly until: number;
  count: number;
}

interface Fill {
  readonly ticket: string;
  readonly changes: Map<UnitStamp, number>;
  until: number;
}

/** For one process without Redis. */
export class InMemoryCountStore implements CountStore {
  readonly #clock: Clock;
  readonly #kept: LRUCache<PageId, Kept>;
  readonly #fills: LRUCache<PageId, Fill>;

  constructor(clock: Clock, mostPages = MOST_PAGES) {
    this.#clock = clock;
    this.#kept = new LRUCache({ max: mostPages });
    this.#fills = new LRUCache({ max: mostPages });
  }

  read(page: PageId): Promise<number | null> {
    return Promise.resolve(this.#alive(this.#kept, page)?.count ?? null);
  }

  beginFill(page: PageId): Promise<string> {
    const fill = this.#alive(this.#fills, page) ?? { ticket: newId(), changes: new Map(), until: 0 };
    fill.until = this.#in(FILL_SECONDS);
    this.#fills.set(page, fill);
    return Promise.resolve(fill.ticket);
  }

  endFill(page: PageId, ticket: string, { count, snapshot }: Counted): Promise<number> {
    const fill = this.#alive(this.#fills, page);
    if (fill?.ticket !== ticket) return Promise.resolve(this.#alive(this.#kept, page)?.count ?? count);
    const missed = [...fill.changes].filter(([stamp]) => !holds(snapshot, stamp));
    const whole = missed.reduce((sum, [, by]) => sum + by, count);
    this.#fills.delete(page);
    if (whole < 0) return Promise.resolve(count);
    this.#kept.set(page, { count: whole, snapshot, until: this.#in(KEPT_SECONDS) });
    return Promise.resolve(whole);
  }

  change(page: PageId, by: number, stamp: UnitStamp): Promise<void> {
    const fill = this.#alive(this.#fills, page);
    if (fill) {
      fill.changes.set(stamp, (fill.changes.get(stamp) ?? 0) + by);
      if (fill.changes.size > MOST_CHANGES) this.#fills.delete(page);
    }
    const kept = this.#alive(this.#kept, page);
    if (kept && !holds(kept.snapshot, stamp)) {
      kept.count += by;
      if (kept.count < 0) this.#kept.delete(page);
    }
    return Promise.resolve();
  }

  forget(pages: readonly PageId[]): Promise<void> {
    for (const page of pages) {
      this.#kept.delete(page);
      this.#fills.delete(page);
    }
    return Promise.resolve();
  }

  forgetAll(): Promise<void> {
    this.#kept.clear();
    this.#fills.clear();
    return Promise.resolve();
  }

  #in(seconds: number): number {
    return this.#clock.now().getTime() + seconds * 1_000;
  }

  #alive<Entry extends { readonly until: number }>(
    entries: LRUCache<PageId, Entry>,
    page: PageId,
  ): Entry | null {
    const entry = entries.get(page);
    return entry && entry.until > this.#clock.now().getTime() ? entry : null;
  }
}
