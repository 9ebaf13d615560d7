import type { AccountId } from '../../shared/domain/identity.ts';
import { LinksNeedSignIn } from './errors.ts';
import type { GreetingMessage } from './greeting-message.ts';
import type { GreetingName } from './greeting-name.ts';
import type { GreetingId, PageId } from './ids.ts';
import { holdsLink } from './links.ts';
import { moderates, type Visitor } from './visitor.ts';

/** What a guest wants to leave. */
export interface Draft {
  readonly name: GreetingName;
  readonly message: GreetingMessage | null;
  /** Null for those who are not signed in. */
  readonly authorId: AccountId | null;
}

/** A few words that a guest left on a page. They never change; the page's owner may hide them. */
export class Greeting {
  readonly id: GreetingId;
  readonly page: PageId;
  readonly name: GreetingName;
  readonly message: GreetingMessage | null;
  readonly authorId: AccountId | null;
  private _hiddenAt: Date | null;
  readonly createdAt: Date;

  private constructor(id: GreetingId, page: PageId, draft: Draft, now: Date) {
    this.id = id;
    this.page = page;
    this.name = draft.name;
    this.message = draft.message;
    this.authorId = draft.authorId;
    this._hiddenAt = null;
    this.createdAt = now;
  }

  /** @throws {LinksNeedSignIn} */
  static leave(id: GreetingId, page: PageId, draft: Draft, now: Date): Greeting {
    if (draft.authorId === null) refuseLinks(draft);
    return new Greeting(id, page, draft, now);
  }

  get hiddenAt(): Date | null {
    return this._hiddenAt;
  }

  get isHidden(): boolean {
    return this._hiddenAt !== null;
  }

  /** @returns whether it could be seen until now. */
  hide(now: Date): boolean {
    if (this.isHidden) return false;
    this._hiddenAt = now;
    return true;
  }

  /** @returns whether it was hidden until now. */
  show(): boolean {
    if (!this.isHidden) return false;
    this._hiddenAt = null;
    return true;
  }

  canBeSeenBy(visitor: Visitor): boolean {
    return !this.isHidden || this.canBeRemovedBy(visitor);
  }

  canBeRemovedBy(visitor: Visitor): boolean {
    return moderates(visitor, this.page) || visitor.accountId === this.authorId;
  }
}

const refuseLinks = ({ name, message }: Draft): void => {
  const fields = (['name', 'message'] as const).filter(field =>
    holdsLink((field === 'name' ? name : message)?.value ?? ''),
  );
  if (fields.length > 0) throw new LinksNeedSignIn(fields);
};
