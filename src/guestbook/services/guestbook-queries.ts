import type { AccountId } from '../../shared/domain/identity.ts';
import type { GreetingId, PageId } from '../domain/ids.ts';
import type { Visitor } from '../domain/visitor.ts';

/** A page as a request names it: somebody's, in any case, or the site's own. */
export type PageName = { readonly username: string } | 'site';

export interface GreetingRow {
  readonly id: GreetingId;
  readonly name: string;
  readonly message: string | null;
  /** Null where the guest was not signed in. */
  readonly author: string | null;
  readonly hidden: boolean;
  readonly createdAt: Date;
}

/** A part of a list, from just behind a greeting (null: from the newest) to `limit` further on. */
export interface Stretch {
  readonly before: GreetingId | null;
  readonly limit: number;
}

export interface GuestbookQueries {
  /** Newest first; hidden ones too for those who moderate the page. Null when there is no such page. */
  listed(page: PageName, stretch: Stretch, visitor: Visitor | null): Promise<readonly GreetingRow[] | null>;
  greeting(page: PageId, id: GreetingId): Promise<GreetingRow | null>;
  /** Null for who is banned or gone. */
  usernameOf(accountId: AccountId): Promise<string | null>;
  isOpen(page: PageId): Promise<boolean>;
  /** What others left on somebody's page, newest first, for the export of their data. */
  received(page: PageId, stretch: Stretch): Promise<readonly GreetingRow[]>;
  /** What somebody left anywhere, newest first; `page` is whose page it is on, null for the site's. */
  written(
    authorId: AccountId,
    stretch: Stretch,
  ): Promise<readonly (GreetingRow & { readonly page: string | null })[]>;
}
