import type { Article } from '../../../src/publishing/domain/article.ts';
import type { ArticleId } from '../../../src/publishing/domain/ids.ts';
import type {
  ArticleRepository,
  AuthorRepository,
  SlugRepository,
} from '../../../src/publishing/domain/repositories.ts';
import type { ArticleWork, ArticleWorkFactory } from '../../../src/publishing/services/publishing-work.ts';
import type { PublishingStore, StoredArticle } from './publishing-store.ts';

interface Held {
  readonly article: Article;
  /** Null for what this unit adds. */
  readonly version: number | null;
  readonly asLoaded: string;
}

const written = (article: Article): string => JSON.stringify(Object.entries(article));

/** A unit of work over a `PublishingStore`: sees what others have committed, and its own changes; keeps the contract. */
export class FakeArticleWork implements ArticleWork {
  readonly authors: AuthorRepository;
  readonly articles: ArticleRepository;
  readonly slugs: SlugRepository;
  readonly #store: PublishingStore;
  readonly #held = new Map<ArticleId, Held>();
  readonly #removed = new Map<ArticleId, Held>();
  readonly #claims = new Map<string, ArticleId>();
  readonly #withheld = new Map<ArticleId, boolean>();
  readonly #locks = new Map<string, () => void>();
  #isOpen = true;

  private constructor(store: PublishingStore) {
    this.#store = store;
    this.authors = {
      hold: async accountId => {
        if (store.accounts.get(accountId) !== true) return false;
        await this.#lock(`account ${accountId}`);
        return store.accounts.get(accountId) === true;
      },
      isThere: accountId => Promise.resolve(store.accounts.get(accountId) === true),
      takeTurn: accountId => this.#lock(`turn ${accountId}`),
    };
    this.slugs = {
      hold: slug => this.#lock(`slug ${slug.value}`),
      claimed: slugs => {
        const found = slugs.map(({ value }) => [value, this.#claimOn(value)] as const);
        return Promise.resolve(new Map(found.flatMap(([slug, id]) => (id === null ? [] : [[slug, id]]))));
      },
      add: claim => void this.#claims.set(claim.slug, claim.articleId),
    };
    this.articles = this.#articleRepository();
  }

  static over(store: PublishingStore): ArticleWorkFactory {
    return { begin: () => Promise.resolve(new FakeArticleWork(store)) };
  }

  raise(): void {
    throw new Error('Articles have no events.');
  }

  async commit(): Promise<void> {
    await Promise.resolve();
    if (!this.#isOpen) throw new Error('This unit is over.');
    const changed = [...this.#held.values()].filter(
      ({ article, version, asLoaded }) => version === null || written(article) !== asLoaded,
    );
    this.#store.apply(
      [
        ...changed.map(held => ({ ...held, isRemoved: false })),
        ...[...this.#removed.values()].map(held => ({ ...held, isRemoved: true })),
      ],
      this.#claims,
      this.#withheld,
    );
    this.#end();
  }

  [Symbol.asyncDispose](): Promise<void> {
    this.#end();
    return Promise.resolve();
  }

  #articleRepository(): ArticleRepository {
    return {
      add: article => void this.#held.set(article.id, { article, version: null, asLoaded: '' }),
      byId: id => Promise.resolve(this.#select(({ article }) => article.id === id, 1)[0] ?? null),
      bySlug: slug => {
        const id = this.#claimOn(slug);
        return Promise.resolve(this.#select(({ article }) => article.id === id, 1)[0] ?? null);
      },
      renderedBefore: (version, after, most) =>
        Promise.resolve(
          this.#select(
            ({ article }) => article.rendererVersion < version && (after === null || article.id > after),
            most,
          ),
        ),
      remove: article => this.#remove(article),
      removeSomeOf: (authorId, most) => {
        const some = this.#select(({ article }) => article.authorId === authorId, most);
        for (const article of some) this.#remove(article);
        return Promise.resolve(some.length);
      },
      withholdSomeOf: (authorId, withheld, most) => {
        const isMeant = (each: StoredArticle) =>
          each.article.authorId === authorId && each.withheld !== withheld;
        const some = this.#store.all().filter(isMeant).slice(0, most);
        for (const { article } of some) this.#withheld.set(article.id, withheld);
        return Promise.resolve(some.length);
      },
    };
  }

  #claimOn(slug: string): ArticleId | null {
    return this.#claims.get(slug) ?? this.#store.claimOn(slug);
  }

  #remove(article: Article): void {
    const held = this.#held.get(article.id);
    this.#held.delete(article.id);
    if (held) this.#removed.set(article.id, held);
  }

  // What is committed by now; whatever is handed out the unit holds until it ends.
  #select(isWanted: (stored: StoredArticle) => boolean, most: number): Article[] {
    const found = this.#store
      .all()
      .filter(stored => !this.#removed.has(stored.article.id) && isWanted(stored))
      .slice(0, most);
    return found.map(({ article, version }) => {
      const held = this.#held.get(article.id) ?? { article, version, asLoaded: written(article) };
      this.#held.set(article.id, held);
      return held.article;
    });
  }

  #end(): void {
    this.#isOpen = false;
    for (const release of this.#locks.values()) release();
    this.#locks.clear();
  }

  async #lock(what: string): Promise<void> {
    if (!this.#locks.has(what)) this.#locks.set(what, await this.#store.lock(what));
  }
}
