import { UserNotFound } from '../../shared/domain/user-not-found.ts';
import type { People } from '../../shared/services/people.ts';
import { pageOf, SITE, type PageId } from '../domain/ids.ts';
import type { PageName } from './guestbook-queries.ts';

/** Finds the page behind a name. */
export class Pages {
  readonly #people: People;

  constructor(people: People) {
    this.#people = people;
  }

  /** @throws {UserNotFound} also for who is banned or gone. */
  async named(name: PageName): Promise<PageId> {
    if (name === 'site') return SITE;
    const owner = await this.#people.byName(name.username);
    if (!owner) throw new UserNotFound();
    return pageOf(owner.id);
  }
}
