import type { JsonValue } from '../../shared/domain/events.ts';
import type { AccountId } from '../../shared/domain/identity.ts';
import type { PersonalData } from '../../shared/services/personal-data.ts';
import { pageOf } from '../domain/ids.ts';
import type { GreetingRow, GuestbookQueries, Stretch } from '../services/guestbook-queries.ts';
import { greetingView } from './greeting-views.ts';

const BATCH = 500;

/** What others wrote is theirs too, and an export is held in memory whole: of a very long guestbook the newest. */
const MOST_RECEIVED = 10_000;

/** The share of guestbooks in the export of a person's data. */
export class GuestbookExport implements PersonalData {
  readonly #queries: GuestbookQueries;

  constructor(queries: GuestbookQueries) {
    this.#queries = queries;
  }

  async of(accountId: AccountId): Promise<Readonly<Record<string, JsonValue>>> {
    const page = pageOf(accountId);
    const received = await all(stretch => this.#queries.received(page, stretch), MOST_RECEIVED);
    const written = await all(stretch => this.#queries.written(accountId, stretch), Infinity);
    return {
      guestbook: { open: await this.#queries.isOpen(page) },
      greetings_received: received.map(greetingView),
      greetings_written: written.map(row => ({ ...greetingView(row), on_page_of: row.page })),
    };
  }
}

const all = async <Row extends GreetingRow>(
  next: (stretch: Stretch) => Promise<readonly Row[]>,
  most: number,
): Promise<readonly Row[]> => {
  const rows: Row[] = [];
  for (;;) {
    const batch = await next({ before: rows.at(-1)?.id ?? null, limit: BATCH });
    rows.push(...batch);
    if (batch.length < BATCH || rows.length >= most) return rows;
  }
};
