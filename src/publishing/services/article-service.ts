import type { Clock } from '../../shared/domain/clock.ts';
import type { AccountId } from '../../shared/domain/identity.ts';
import { newId } from '../../shared/services/new-id.ts';
import { Article, type ArticleStatus, checkedBody, checkedDescription } from '../domain/article.ts';
import { ArticleNotFound, AuthorGone, SlugTaken } from '../domain/errors.ts';
import type { ArticleId } from '../domain/ids.ts';
import type { ImageAddress } from '../domain/image-address.ts';
import type { Rendering } from '../domain/rendering.ts';
import { type Tag, tagSet } from '../domain/tag.ts';
import type { Title } from '../domain/title.ts';
import type { ArticleLimits } from './article-limits.ts';
import type { ArticleRenderer } from './article-renderer.ts';
import type { ArticleWork, ArticleWorkFactory } from './publishing-work.ts';
import type { SlugClaims } from './slug-claims.ts';

interface ArticleDetails {
  readonly metaDescription?: string | undefined;
  readonly featuredImage?: ImageAddress | null | undefined;
  readonly tags?: readonly Tag[] | undefined;
  readonly status?: ArticleStatus | undefined;
}

export interface NewArticle extends ArticleDetails {
  readonly title: Title;
  readonly body: string;
}

/** What an author may change. Absent means: leave it. */
export interface ArticleChange extends ArticleDetails {
  readonly title?: Title | undefined;
  readonly body?: string | undefined;
  /** A text to make a new slug of; the old one leads on to it. A new title alone leaves the slug. */
  readonly slug?: string | undefined;
}

/** How often a write is tried whose slug another article took at the same moment. */
const MOST_TRIES = 5;

/**
 * What authors do with their articles. A slug is the present one or one that the article had before. Every method throws
 * `AuthorGone` when the account was closed or banned meanwhile, and `TooManyAttempts` when its allowance is spent.
 */
export class ArticleService {
  readonly #work: ArticleWorkFactory;
  readonly #renderer: ArticleRenderer;
  readonly #slugs: SlugClaims;
  readonly #limits: ArticleLimits;
  readonly #clock: Clock;

  constructor(
    work: ArticleWorkFactory,
    renderer: ArticleRenderer,
    slugs: SlugClaims,
    limits: ArticleLimits,
    clock: Clock,
  ) {
    this.#work = work;
    this.#renderer = renderer;
    this.#slugs = slugs;
    this.#limits = limits;
    this.#clock = clock;
  }

  async write(authorId: AccountId, facts: NewArticle): Promise<ArticleId> {
    check(facts);
    await this.#limits.spend('article-writes-per-account', authorId);
    const { title, body, status } = facts;
    const rendering = await this.#renderer.render(body);
    const id = newId<'ArticleId'>();
    await this.#againWhileSlugsMeet(async () => {
      await using work = await this.#work.begin();
      if (!(await work.authors.hold(authorId))) throw new AuthorGone();
      const now = this.#clock.now();
      const slug = await this.#slugs.claim(work, this.#slugs.slugOf(title.value), id);
      const article = Article.draft(id, authorId, { title, slug, body, rendering }, now);
      applyDetails(article, facts, now);
      if (status === 'published') article.publish(now);
      work.articles.add(article);
      await work.commit();
    });
    return id;
  }

  /** @throws {ArticleNotFound} @throws {NotYourArticle} */
  async change(authorId: AccountId, slug: string, change: ArticleChange): Promise<ArticleId> {
    check(change);
    await this.#limits.spend('article-writes-per-account', authorId);
    const rendering = await this.#renderedFor(authorId, slug, change.body);
    return await this.#againWhileSlugsMeet(async () => {
      await using work = await this.#work.begin();
      const article = await this.#own(work, authorId, slug);
      const now = this.#clock.now();
      if (change.title !== undefined) article.retitle(change.title, now);
      if (change.body !== undefined && rendering) article.rewrite(change.body, rendering, now);
      if (change.slug !== undefined)
        article.moveTo(await this.#slugs.claim(work, this.#slugs.slugOf(change.slug), article.id), now);
      applyDetails(article, change, now);
      if (change.status === 'published') article.publish(now);
      if (change.status === 'draft') article.unpublish(now);
      await work.commit();
      return article.id;
    });
  }

  /** @throws {ArticleNotFound} @throws {NotYourArticle} */
  async publish(authorId: AccountId, slug: string): Promise<ArticleId> {
    return await this.change(authorId, slug, { status: 'published' });
  }

  /** @throws {ArticleNotFound} @throws {NotYourArticle} */
  async unpublish(authorId: AccountId, slug: string): Promise<ArticleId> {
    return await this.change(authorId, slug, { status: 'draft' });
  }

  /** For good; its slugs are free again. @throws {ArticleNotFound} @throws {NotYourArticle} */
  async remove(authorId: AccountId, slug: string): Promise<void> {
    await this.#limits.spend('article-writes-per-account', authorId);
    await using work = await this.#work.begin();
    work.articles.remove(await this.#own(work, authorId, slug));
    await work.commit();
  }

  // Rendering takes longer than a unit may stay open. Whether it is worth it is found out in a unit of its own.
  async #renderedFor(authorId: AccountId, slug: string, body: string | undefined): Promise<Rendering | null> {
    if (body === undefined) return null;
    {
      await using work = await this.#work.begin();
      await this.#own(work, authorId, slug);
    }
    return await this.#renderer.render(body);
  }

  async #own(work: ArticleWork, authorId: AccountId, slug: string): Promise<Article> {
    if (!(await work.authors.hold(authorId))) throw new AuthorGone();
    const article = await work.articles.bySlug(slug);
    if (!article) throw new ArticleNotFound();
    // Nothing of a banned author is there for others, whatever its status says.
    if (article.authorId !== authorId && !(await work.authors.isThere(article.authorId)))
      throw new ArticleNotFound();
    article.requireAuthor(authorId);
    return article;
  }

  async #againWhileSlugsMeet<Result>(write: () => Promise<Result>): Promise<Result> {
    for (let tried = 1; ; tried++)
      try {
        return await write();
      } catch (error) {
        if (!(error instanceof SlugTaken) || tried === MOST_TRIES) throw error;
      }
  }
}

// Before anything is rendered, so that nothing is rendered for nothing.
const check = ({ body, metaDescription, tags }: ArticleChange): void => {
  if (body !== undefined) checkedBody(body);
  if (metaDescription !== undefined) checkedDescription(metaDescription);
  if (tags !== undefined) tagSet(tags);
};

const applyDetails = (article: Article, details: ArticleDetails, now: Date): void => {
  if (details.metaDescription !== undefined) article.describe(details.metaDescription, now);
  if (details.featuredImage !== undefined) article.feature(details.featuredImage, now);
  if (details.tags !== undefined) article.tagAs(details.tags, now);
};
