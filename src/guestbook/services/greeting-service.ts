import type { Clock } from '../../shared/domain/clock.ts';
import { Unavailable } from '../../shared/domain/domain-error.ts';
import { UserNotFound } from '../../shared/domain/user-not-found.ts';
import { newId } from '../../shared/services/new-id.ts';
import { AuthorGone, GreetingNotFound, NotYourGuestbook } from '../domain/errors.ts';
import type { Draft, Greeting } from '../domain/greeting.ts';
import { Guestbook } from '../domain/guestbook.ts';
import { type GreetingId, ownerOf, type PageId } from '../domain/ids.ts';
import { moderates, type Visitor } from '../domain/visitor.ts';
import type { GreetingCounts } from './greeting-counts.ts';
import type { GreetingLimits } from './greeting-limits.ts';
import type { GreetingRow, GuestbookQueries, PageName, Stretch } from './guestbook-queries.ts';
import type { GuestbookWork, GuestbookWorkFactory } from './guestbook-work.ts';
import type { Pages } from './pages.ts';

/** Leaving greetings, reading them, and keeping a page tidy. */
export class GreetingService {
  readonly #pages: Pages;
  readonly #queries: GuestbookQueries;
  readonly #work: GuestbookWorkFactory;
  readonly #counts: GreetingCounts;
  readonly #limits: GreetingLimits;
  readonly #clock: Clock;

  constructor(
    pages: Pages,
    queries: GuestbookQueries,
    work: GuestbookWorkFactory,
    counts: GreetingCounts,
    limits: GreetingLimits,
    clock: Clock,
  ) {
    this.#pages = pages;
    this.#queries = queries;
    this.#work = work;
    this.#counts = counts;
    this.#limits = limits;
    this.#clock = clock;
  }

  /**
   * Every attempt counts towards the limits, also one that is refused here.
   * @throws {TooManyAttempts} @throws {UserNotFound} @throws {GuestbookClosed} @throws {LinksNeedSignIn}
   */
  async leave(name: PageName, draft: Draft, ip: string): Promise<GreetingRow> {
    const page = await this.#admitted(name, draft, ip);
    const author = draft.authorId && (await this.#queries.usernameOf(draft.authorId));
    await using work = await this.#work.begin();
    await holdAccounts(work, page, draft);
    const guestbook = (await work.guestbooks.byPage(page)) ?? Guestbook.of(page);
    const greeting = guestbook.receive(newId(), draft, this.#clock.now());
    work.greetings.add(greeting);
    await this.#commit(work, page, 1);
    return rowOf(greeting, author);
  }

  /** @throws {UserNotFound} */
  async list(name: PageName, stretch: Stretch, visitor: Visitor | null): Promise<readonly GreetingRow[]> {
    const rows = await this.#queries.listed(name, stretch, visitor);
    if (!rows) throw new UserNotFound();
    return rows;
  }

  /** Hides a greeting or shows it again. @throws {GreetingNotFound} @throws {NotYourGuestbook} */
  async setHidden(name: PageName, id: GreetingId, hidden: boolean, by: Visitor): Promise<GreetingRow> {
    const page = await this.#pages.named(name);
    const row = await this.#queries.greeting(page, id);
    if (!row) throw new GreetingNotFound();
    await using work = await this.#work.begin();
    const greeting = await seenBy(work, page, id, by);
    if (!moderates(by, page)) throw new NotYourGuestbook();
    const hasChanged = hidden ? greeting.hide(this.#clock.now()) : greeting.show();
    if (hasChanged) await this.#commit(work, page, hidden ? -1 : 1);
    return { ...row, hidden };
  }

  /** @throws {GreetingNotFound} @throws {NotYourGuestbook} */
  async remove(name: PageName, id: GreetingId, by: Visitor): Promise<void> {
    const page = await this.#pages.named(name);
    await using work = await this.#work.begin();
    const greeting = await seenBy(work, page, id, by);
    if (!greeting.canBeRemovedBy(by)) throw new NotYourGuestbook();
    work.greetings.remove(greeting);
    if (greeting.isHidden) await work.commit();
    else await this.#commit(work, page, -1);
  }

  // Whoever counts at this moment learns by the stamp whether this unit is in the number already.
  async #commit(work: GuestbookWork, page: PageId, by: 1 | -1): Promise<void> {
    const stamp = await work.stamp();
    try {
      await work.commit();
    } catch (error) {
      // The database may have committed and only its answer was lost.
      if (error instanceof Unavailable) await this.#counts.forget([page]);
      throw error;
    }
    await this.#counts.changed(page, by, stamp);
  }

  // Strangers are counted by where they come from, first on all pages together, so that looking for names is limited
  // too; somebody signed in does not share the fate of an address.
  async #admitted(name: PageName, draft: Draft, ip: string): Promise<PageId> {
    if (draft.authorId === null) await this.#limits.spend('greeting-per-ip', ip);
    else await this.#limits.spend('greeting-per-account', draft.authorId);
    const page = await this.#pages.named(name);
    if (draft.authorId === null) await this.#limits.spend('greeting-on-page-per-ip', ip, page);
    return page;
  }
}

const holdAccounts = async (work: GuestbookWork, page: PageId, { authorId }: Draft): Promise<void> => {
  if (authorId !== null && !(await work.accounts.author(authorId))) throw new AuthorGone();
  const owner = ownerOf(page);
  if (owner === null || owner === authorId) return;
  if (!(await work.accounts.owner(owner))) throw new UserNotFound();
};

// What a caller may not read does not exist for them.
const seenBy = async (
  work: GuestbookWork,
  page: PageId,
  id: GreetingId,
  visitor: Visitor,
): Promise<Greeting> => {
  const greeting = await work.greetings.byId(page, id);
  if (!greeting?.canBeSeenBy(visitor)) throw new GreetingNotFound();
  return greeting;
};

const rowOf = (greeting: Greeting, author: string | null): GreetingRow => ({
  id: greeting.id,
  name: greeting.name.value,
  message: greeting.message?.value ?? null,
  author,
  hidden: greeting.isHidden,
  createdAt: greeting.createdAt,
});
