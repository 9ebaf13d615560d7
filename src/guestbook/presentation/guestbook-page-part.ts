import type { PublicPagePart } from '../../shared/presentation/public-page.ts';
import type { PublicUser } from '../../shared/services/people.ts';
import { pageOf } from '../domain/ids.ts';
import type { GreetingCounts } from '../services/greeting-counts.ts';
import type { GuestbookQueries } from '../services/guestbook-queries.ts';
import { guestbookShape } from './greeting-views.ts';

/** What a public page says of its guestbook. */
export class GuestbookPagePart implements PublicPagePart {
  readonly counted = 'greetings';
  readonly fields = { guestbook: guestbookShape };
  readonly #counts: GreetingCounts;
  readonly #queries: GuestbookQueries;

  constructor(counts: GreetingCounts, queries: GuestbookQueries) {
    this.#counts = counts;
    this.#queries = queries;
  }

  async of({ id }: PublicUser): Promise<{ count: number; fields: { guestbook: { open: boolean } } }> {
    const page = pageOf(id);
    const [count, open] = await Promise.all([this.#counts.of(page), this.#queries.isOpen(page)]);
    return { count, fields: { guestbook: { open } } };
  }
}
