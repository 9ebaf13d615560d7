import { UserNotFound } from '../../shared/domain/user-not-found.ts';
import { NotYourGuestbook } from '../domain/errors.ts';
import { Guestbook } from '../domain/guestbook.ts';
import { ownerOf } from '../domain/ids.ts';
import { moderates, type Visitor } from '../domain/visitor.ts';
import type { PageName } from './guestbook-queries.ts';
import type { GuestbookWorkFactory } from './guestbook-work.ts';
import type { Pages } from './pages.ts';

/** The switch of a guestbook. */
export class GuestbookService {
  readonly #pages: Pages;
  readonly #work: GuestbookWorkFactory;

  constructor(pages: Pages, work: GuestbookWorkFactory) {
    this.#pages = pages;
    this.#work = work;
  }

  /** A greeting that is being left at the same moment may still come in. @throws {UserNotFound} @throws {NotYourGuestbook} */
  async setOpen(name: PageName, open: boolean, by: Visitor): Promise<void> {
    const page = await this.#pages.named(name);
    if (!moderates(by, page)) throw new NotYourGuestbook();
    await using work = await this.#work.begin();
    const owner = ownerOf(page);
    if (owner !== null && !(await work.accounts.owner(owner))) throw new UserNotFound();
    const known = await work.guestbooks.byPage(page);
    const guestbook = known ?? Guestbook.of(page);
    if (guestbook.isOpen === open) return;
    if (open) guestbook.open();
    else guestbook.close();
    if (!known) work.guestbooks.add(guestbook);
    await work.commit();
  }
}
