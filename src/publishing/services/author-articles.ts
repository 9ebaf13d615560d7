import type { AccountId } from '../../shared/domain/identity.ts';
import type { EventHandler } from '../../shared/services/event-handler.ts';
import type { ArticleWorkFactory } from './publishing-work.ts';

// A statement that takes long is cut off, and everybody who publishes meanwhile waits for it.
const BATCH = 100;

/** What happens to all articles of an author because of what happened to their account. */
export class AuthorArticles {
  readonly #work: ArticleWorkFactory;

  constructor(work: ArticleWorkFactory) {
    this.#work = work;
  }

  async removeAll(authorId: AccountId): Promise<void> {
    for (let removed = BATCH; removed === BATCH;) {
      await using work = await this.#work.begin();
      removed = await work.articles.removeSomeOf(authorId, BATCH);
      await work.commit();
    }
  }

  /**
   * Withholds the articles of an author who is banned by now, and shows those of one who is not. It asks how things
   * stand instead of trusting the event: a ban and its end may be delivered in any order.
   */
  async followStanding(authorId: AccountId): Promise<void> {
    for (let changed = BATCH; changed === BATCH;) {
      await using work = await this.#work.begin();
      // Else one that has seen the ban could still write after another that has seen its end.
      await work.authors.takeTurn(authorId);
      const isThere = await work.authors.hold(authorId);
      changed = await work.articles.withholdSomeOf(authorId, !isThere, BATCH);
      await work.commit();
    }
  }
}

export const authorEventHandlers = (articles: AuthorArticles): readonly EventHandler[] => [
  on('accounts.account-closed', 'publishing.remove-articles', id => articles.removeAll(id)),
  on('accounts.account-banned', 'publishing.withhold-articles', id => articles.followStanding(id)),
  on('accounts.account-unbanned', 'publishing.show-articles', id => articles.followStanding(id)),
];

const on = (eventType: string, name: string, act: (authorId: AccountId) => Promise<void>): EventHandler => ({
  name,
  eventType,
  handle: ({ payload }) => act(payload.account_id as AccountId),
});
