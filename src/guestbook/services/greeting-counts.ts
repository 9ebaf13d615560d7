import type { PageId } from '../domain/ids.ts';
import type { UnitStamp } from './guestbook-work.ts';

/**
 * How many greetings of a page can be seen. A kept number is right but for what a crash or an eviction takes from it,
 * and that for five minutes at most.
 */
export interface GreetingCounts {
  /** @throws {Unavailable} when it has to be counted and the database does not answer. */
  of(page: PageId): Promise<number>;

  /**
   * Tells that a unit, committed by now, made one greeting more or one less visible. Never fails: the unit is done
   * whatever becomes of the number.
   */
  changed(page: PageId, by: 1 | -1, stamp: UnitStamp): Promise<void>;

  /** The next question counts anew. Likewise after the commit, and never fails. */
  forget(pages: readonly PageId[]): Promise<void>;

  /**
   * Likewise for every page, whoever counted it: what the numbers were counted in is not the database any more.
   * @throws {Unavailable} when the numbers are out of reach.
   */
  forgetAll(): Promise<void>;
}
