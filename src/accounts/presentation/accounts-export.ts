import type { JsonValue } from '../../shared/domain/events.ts';
import type { AccountId } from '../../shared/domain/identity.ts';
import type { PersonalData } from '../../shared/services/personal-data.ts';
import type { AccountQueries } from '../services/account-queries.ts';
import type { SessionService } from '../services/session-service.ts';
import { memberView } from './account-views.ts';
import { activityView } from './activity-view.ts';
import { sessionView } from './session-view.ts';

const BATCH = 500;

/** The share of accounts in the export of a person's data, in the shapes the API answers them elsewhere. */
export class AccountsExport implements PersonalData {
  readonly #queries: AccountQueries;
  readonly #sessions: SessionService;

  constructor(queries: AccountQueries, sessions: SessionService) {
    this.#queries = queries;
    this.#sessions = sessions;
  }

  async of(accountId: AccountId): Promise<Readonly<Record<string, JsonValue>>> {
    const member = await this.#queries.member(accountId);
    if (!member) return {};
    const sessions = await this.#sessions.list(accountId);
    return {
      ...memberView(member),
      sessions: sessions.map(session => sessionView(session, null)),
      activity: await this.#activity(accountId),
    };
  }

  async #activity(accountId: AccountId): Promise<JsonValue[]> {
    const entries: JsonValue[] = [];
    for (let page = 1; ; page++) {
      const { items, total } = await this.#queries.activity(accountId, { page, limit: BATCH });
      entries.push(...items.map(activityView));
      if (page * BATCH >= total) return entries;
    }
  }
}
