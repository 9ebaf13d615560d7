import { GuestbookClosed } from './errors.ts';
import { type Draft, Greeting } from './greeting.ts';
import type { GreetingId, PageId } from './ids.ts';

/** The guestbook of one page. It is open until somebody closes it; what was left in it stays either way. */
export class Guestbook {
  readonly page: PageId;
  private _isOpen: boolean;

  private constructor(page: PageId) {
    this.page = page;
    this._isOpen = true;
  }

  /** As every page has one from the beginning. */
  static of(page: PageId): Guestbook {
    return new Guestbook(page);
  }

  get isOpen(): boolean {
    return this._isOpen;
  }

  open(): void {
    this._isOpen = true;
  }

  close(): void {
    this._isOpen = false;
  }

  /** @throws {GuestbookClosed} @throws {LinksNeedSignIn} */
  receive(id: GreetingId, draft: Draft, now: Date): Greeting {
    if (!this._isOpen) throw new GuestbookClosed();
    return Greeting.leave(id, this.page, draft, now);
  }
}
