import type { AccountId, Branded } from '../../shared/domain/identity.ts';

export type GreetingId = Branded<'GreetingId'>;

/** Whose guestbook it is: a person's account id, or `SITE`. */
export type PageId = Branded<'PageId'>;

/** The site's own guestbook. No account has the nil UUID (RFC 9562 section 5.9). */
export const SITE = '00000000-0000-0000-0000-000000000000' as PageId;

export const pageOf = (owner: AccountId): PageId => owner as string as PageId;

/** Null for the site's own page. */
export const ownerOf = (page: PageId): AccountId | null =>
  page === SITE ? null : (page as string as AccountId);
