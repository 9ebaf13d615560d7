import type { Greeting } from '../../../src/guestbook/domain/greeting.ts';
import type { Guestbook } from '../../../src/guestbook/domain/guestbook.ts';
import type { PageId } from '../../../src/guestbook/domain/ids.ts';
import type {
  AccountHolds,
  GreetingRepository,
  GuestbookRepository,
} from '../../../src/guestbook/domain/repositories.ts';
import type { GuestbookWork, GuestbookWorkFactory } from '../../../src/guestbook/services/guestbook-work.ts';
import { StaleAggregate } from '../../../src/shared/domain/domain-error.ts';
import type { AccountId } from '../../../src/shared/domain/identity.ts';
import { copyOf } from './accounts-store.ts';

interface StoredGreeting {
  readonly greeting: Greeting;
  readonly version: number;
  readonly withheld: boolean;
}

/** What the tables of guestbooks hold. Only whole units change it. */
export class GuestbookStore {
  readonly accounts = new Set<AccountId>();
  greetings = new Map<string, StoredGreeting>();
  guestbooks = new Map<PageId, { readonly guestbook: Guestbook; readonly version: number }>();
  units = 0;

  /** How many greetings of a page everybody sees. */
  seenOn(page: PageId): number {
    return [...this.greetings.values()].filter(
      ({ greeting, withheld }) => greeting.page === page && !greeting.isHidden && !withheld,
    ).length;
  }
}

type Change = (store: GuestbookStore) => void;

/** A unit of work over a `GuestbookStore`: what it changes is there for others when it commits. */
export class FakeGuestbookWork implements GuestbookWork {
  readonly accounts: AccountHolds;
  readonly greetings: GreetingRepository;
  readonly guestbooks: GuestbookRepository;
  readonly #store: GuestbookStore;
  readonly #beforeCommit: () => Promise<void>;
  readonly #stamp: string;
  readonly #changes: Change[] = [];
  #isOpen = true;

  private constructor(store: GuestbookStore, beforeCommit: () => Promise<void>) {
    this.#store = store;
    this.#beforeCommit = beforeCommit;
    this.#stamp = String(++store.units);
    const there = (accountId: AccountId) => Promise.resolve(store.accounts.has(accountId));
    this.accounts = { author: there, owner: there };
    this.greetings = this.#greetingRepository();
    this.guestbooks = this.#guestbookRepository();
  }

  static over(
    store: GuestbookStore,
    beforeCommit: () => Promise<void> = () => Promise.resolve(),
  ): GuestbookWorkFactory {
    return { begin: () => Promise.resolve(new FakeGuestbookWork(store, beforeCommit)) };
  }

  stamp(): Promise<string> {
    return Promise.resolve(this.#stamp);
  }

  raise(): void {
    throw new Error('Guestbooks raise no events.');
  }

  async commit(): Promise<void> {
    await this.#beforeCommit();
    if (!this.#isOpen) throw new Error('This unit is over.');
    const { greetings, guestbooks } = this.#store;
    this.#store.greetings = new Map(greetings);
    this.#store.guestbooks = new Map(guestbooks);
    try {
      for (const change of this.#changes) change(this.#store);
    } catch (error) {
      Object.assign(this.#store, { greetings, guestbooks });
      throw error;
    }
    this.#isOpen = false;
  }

  [Symbol.asyncDispose](): Promise<void> {
    this.#isOpen = false;
    return Promise.resolve();
  }

  #greetingRepository(): GreetingRepository {
    const removed = new Set<string>();
    const some = (isMeant: (stored: StoredGreeting) => boolean, most: number): StoredGreeting[] =>
      [...this.#store.greetings.values()].filter(isMeant).slice(0, most);
    const removeThem = (those: readonly StoredGreeting[]): readonly PageId[] => {
      this.#changes.push(store => {
        for (const { greeting } of those) store.greetings.delete(greeting.id);
      });
      return those.map(({ greeting }) => greeting.page);
    };
    return {
      add: greeting => {
        this.#changes.push(store =>
          store.greetings.set(greeting.id, { greeting: copyOf(greeting), version: 1, withheld: false }),
        );
      },
      byId: (page, id) => {
        const stored = this.#store.greetings.get(id);
        if (stored?.greeting.page !== page || stored.withheld) return Promise.resolve(null);
        const greeting = copyOf(stored.greeting);
        this.#changes.push(store => {
          const isUnchanged = greeting.isHidden === stored.greeting.isHidden;
          if (isUnchanged && !removed.has(id)) return;
          if (store.greetings.get(id)?.version !== stored.version) throw new StaleAggregate();
          if (removed.has(id)) store.greetings.delete(id);
          else
            store.greetings.set(id, {
              ...stored,
              greeting: copyOf(greeting),
              version: stored.version + 1,
            });
        });
        return Promise.resolve(greeting);
      },
      remove: greeting => {
        removed.add(greeting.id);
      },
      removeSomeOn: (page, most) =>
        Promise.resolve(removeThem(some(({ greeting }) => greeting.page === page, most)).length),
      removeSomeBy: (authorId, most) =>
        Promise.resolve(removeThem(some(({ greeting }) => greeting.authorId === authorId, most))),
      withholdSomeBy: (authorId, withheld, most) => {
        const those = some(
          stored => stored.greeting.authorId === authorId && stored.withheld !== withheld,
          most,
        );
        this.#changes.push(store => {
          for (const stored of those)
            store.greetings.set(stored.greeting.id, { ...stored, withheld, version: stored.version + 1 });
        });
        return Promise.resolve(those.map(({ greeting }) => greeting.page));
      },
    };
  }

  #guestbookRepository(): GuestbookRepository {
    return {
      byPage: page => {
        const stored = this.#store.guestbooks.get(page);
        if (!stored) return Promise.resolve(null);
        const guestbook = copyOf(stored.guestbook);
        this.#changes.push(store => {
          if (guestbook.isOpen === stored.guestbook.isOpen) return;
          if (store.guestbooks.get(page)?.version !== stored.version) throw new StaleAggregate();
          store.guestbooks.set(page, { guestbook: copyOf(guestbook), version: stored.version + 1 });
        });
        return Promise.resolve(guestbook);
      },
      add: guestbook => {
        this.#changes.push(store => {
          if (store.guestbooks.has(guestbook.page)) throw new StaleAggregate();
          store.guestbooks.set(guestbook.page, { guestbook: copyOf(guestbook), version: 1 });
        });
      },
      removeOf: page => {
        this.#changes.push(store => store.guestbooks.delete(page));
        return Promise.resolve();
      },
    };
  }
}
