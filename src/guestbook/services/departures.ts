import type { AccountId } from '../../shared/domain/identity.ts';
import { pageOf, type PageId } from '../domain/ids.ts';
import type { GreetingCounts } from './greeting-counts.ts';
import type { GuestbookWork, GuestbookWorkFactory } from './guestbook-work.ts';

/** A statement that takes long is cut off, and a long one would keep others waiting. */
const BATCH = 500;

/** What becomes of greetings when somebody closes their account, is banned or comes back. Each may run twice. */
export class Departures {
  readonly #work: GuestbookWorkFactory;
  readonly #counts: GreetingCounts;

  constructor(work: GuestbookWorkFactory, counts: GreetingCounts) {
    this.#work = work;
    this.#counts = counts;
  }

  /** Removes a person's page with all that was left on it, and what they left on others'. */
  async remove(accountId: AccountId): Promise<void> {
    const page = pageOf(accountId);
    await this.#inBatches(work => work.greetings.removeSomeBy(accountId, BATCH));
    await this.#inBatches(async work => {
      const removed = await work.greetings.removeSomeOn(page, BATCH);
      await work.guestbooks.removeOf(page);
      return Array<PageId>(removed).fill(page);
    });
  }

  /**
   * What a banned person wrote is not shown while the ban lasts. Two events may arrive in either order, so the account
   * itself is asked which of them is the last.
   */
  async followStanding(accountId: AccountId): Promise<void> {
    await this.#inBatches(async work => {
      const withheld = !(await work.accounts.author(accountId));
      return work.greetings.withholdSomeBy(accountId, withheld, BATCH);
    });
  }

  async #inBatches(change: (work: GuestbookWork) => Promise<readonly PageId[]>): Promise<void> {
    while ((await this.#batch(change)) === BATCH);
  }

  async #batch(change: (work: GuestbookWork) => Promise<readonly PageId[]>): Promise<number> {
    await using work = await this.#work.begin();
    const touched = await change(work);
    await work.commit();
    await this.#counts.forget([...new Set(touched)]);
    return touched.length;
  }
}
