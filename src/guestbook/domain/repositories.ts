import type { AccountId } from '../../shared/domain/identity.ts';
import type { Greeting } from './greeting.ts';
import type { Guestbook } from './guestbook.ts';
import type { GreetingId, PageId } from './ids.ts';

/** What a banned person wrote is withheld: it is not found here, and no list shows it. */
export interface GreetingRepository {
  add(greeting: Greeting): void;
  byId(page: PageId, id: GreetingId): Promise<Greeting | null>;
  remove(greeting: Greeting): void;
  /** So many of a page's greetings at most, and how many that were. */
  removeSomeOn(page: PageId, most: number): Promise<number>;
  /** So many of what a person wrote at most, and the page of each. */
  removeSomeBy(authorId: AccountId, most: number): Promise<readonly PageId[]>;
  /** Likewise, for those that are not withheld yet or, with false, that are. */
  withholdSomeBy(authorId: AccountId, withheld: boolean, most: number): Promise<readonly PageId[]>;
}

export interface GuestbookRepository {
  /** Null for a page whose guestbook nobody has ever closed. */
  byPage(page: PageId): Promise<Guestbook | null>;
  /** Fails at the commit with `StaleAggregate` when another unit added the same page's first. */
  add(guestbook: Guestbook): void;
  removeOf(page: PageId): Promise<void>;
}

/** Both answer false when the account is closed or banned; else it stays until the unit ends. */
export interface AccountHolds {
  author(accountId: AccountId): Promise<boolean>;
  /** Any number of units may hold the owner of one page side by side. */
  owner(accountId: AccountId): Promise<boolean>;
}
