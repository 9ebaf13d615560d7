import type { PageId } from '../domain/ids.ts';
import type { UnitStamp } from '../services/guestbook-work.ts';
import type { Snapshot } from './snapshot.ts';

/** How long a number is kept, in seconds. No change makes it live longer: whatever goes wrong ends with it. */
export const KEPT_SECONDS = 300;

/** How long a count may be under way. Later ones are answered, but not kept. */
export const FILL_SECONDS = 60;

/** More changes during one count are not noted, and the count is not kept. */
export const MOST_CHANGES = 10_000;

export interface Counted {
  readonly count: number;
  readonly snapshot: Snapshot;
}

/**
 * Keeps the number of greetings of each page, or loses it at any time. A number stands beside the snapshot it was
 * counted in, and a change beside its unit's stamp, so each change counts exactly once: in the count, or on top of it.
 *
 * Between `beginFill` and `endFill` a page's changes are noted. A count that began before a change and is stored after
 * it gets the change added, unless its snapshot holds it. When the notes are lost the count is not stored.
 *
 * Changes arrive in any order, a removal perhaps before what it removes. A number below zero is never kept.
 */
export interface CountStore {
  read(page: PageId): Promise<number | null>;
  /** @returns a ticket for `endFill`. Several counts of one page share a ticket. */
  beginFill(page: PageId): Promise<string>;
  /** Keeps the number if nothing can be missing from it. @returns the best number there is. */
  endFill(page: PageId, ticket: string, counted: Counted): Promise<number>;
  /** After the commit of a unit. Creates nothing: where no number is kept, none is changed. */
  change(page: PageId, by: number, stamp: UnitStamp): Promise<void>;
  forget(pages: readonly PageId[]): Promise<void>;
  /** Counts under way are not kept either. */
  forgetAll(): Promise<void>;
}
