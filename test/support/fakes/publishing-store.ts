import type { Article } from '../../../src/publishing/domain/article.ts';
import { SlugTaken } from '../../../src/publishing/domain/errors.ts';
import type { ArticleId } from '../../../src/publishing/domain/ids.ts';
import type { AccountId } from '../../../src/shared/domain/identity.ts';
import { StaleAggregate } from '../../../src/shared/domain/domain-error.ts';
import { copyOf } from './accounts-store.ts';

export interface StoredArticle {
  readonly article: Article;
  readonly version: number;
  readonly withheld: boolean;
}

/** What a unit wants to write. `version` is the one that was loaded, null for what is new. */
export interface ArticleWrite {
  readonly article: Article;
  readonly version: number | null;
  readonly isRemoved: boolean;
}

/** What the tables of articles hold, with the rules that the real ones have. Only whole units change it. */
export class PublishingStore {
  /** Who is there. A banned account is known too, and false. */
  readonly accounts = new Map<AccountId, boolean>();
  #articles = new Map<ArticleId, StoredArticle>();
  #claims = new Map<string, ArticleId>();
  readonly #locks = new Map<string, Promise<void>>();

  /** In the order of their ids. */
  all(): readonly StoredArticle[] {
    return [...this.#articles.values()]
      .map(stored => ({ ...stored, article: copyOf(stored.article) }))
      .toSorted((one, other) => (one.article.id < other.article.id ? -1 : 1));
  }

  claimOn(slug: string): ArticleId | null {
    return this.#claims.get(slug) ?? null;
  }

  /** All of it or nothing. @throws {StaleAggregate} @throws {SlugTaken} */
  apply(
    writes: readonly ArticleWrite[],
    claims: ReadonlyMap<string, ArticleId>,
    withheld: ReadonlyMap<ArticleId, boolean>,
  ): void {
    const [articles, taken] = [new Map(this.#articles), new Map(this.#claims)];
    for (const [id, isWithheld] of withheld) {
      const stored = articles.get(id);
      if (stored) articles.set(id, { ...stored, withheld: isWithheld });
    }
    for (const { article, version, isRemoved } of writes) {
      const stored = articles.get(article.id);
      if ((stored?.version ?? null) !== version) throw new StaleAggregate();
      if (!isRemoved)
        articles.set(article.id, {
          article: copyOf(article),
          version: (version ?? 0) + 1,
          withheld: stored?.withheld ?? false,
        });
      else {
        articles.delete(article.id);
        for (const [slug, id] of taken) if (id === article.id) taken.delete(slug);
      }
    }
    for (const [slug, id] of claims) {
      if (taken.has(slug)) throw new SlugTaken();
      taken.set(slug, id);
    }
    const slugs = [...articles.values()].map(({ article }) => article.slug.value);
    if (new Set(slugs).size < slugs.length) throw new SlugTaken();
    this.#articles = articles;
    this.#claims = taken;
  }

  /** Waits for whoever holds the same thing. The answer lets it go. */
  async lock(what: string): Promise<() => void> {
    const held = this.#locks.get(what) ?? Promise.resolve();
    const { promise, resolve } = Promise.withResolvers<undefined>();
    this.#locks.set(
      what,
      held.then(() => promise),
    );
    await held;
    return () => resolve(undefined);
  }
}
