import type { AccountId } from '../../shared/domain/identity.ts';
import { ownerOf, type PageId } from './ids.ts';

/** Somebody signed in who looks at a page. */
export interface Visitor {
  readonly accountId: AccountId;
  readonly isAdmin: boolean;
}

/** Whether a visitor moderates a page: its owner does, and every admin. */
export const moderates = (visitor: Visitor | null, page: PageId): boolean =>
  visitor !== null && (visitor.isAdmin || visitor.accountId === ownerOf(page));
