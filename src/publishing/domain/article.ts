import { TextTooLong, plainText } from '../../shared/domain/plain-text.ts';
import type { AccountId } from '../../shared/domain/identity.ts';
import { ArticleNotFound, NotYourArticle } from './errors.ts';
import type { ArticleId } from './ids.ts';
import type { ImageAddress } from './image-address.ts';
import type { Heading, Rendering } from './rendering.ts';
import type { Slug } from './slug.ts';
import { type Tag, tagSet } from './tag.ts';
import type { Title } from './title.ts';

const LONGEST_BODY = 500_000;
const LONGEST_DESCRIPTION = 300;

export type ArticleStatus = 'draft' | 'published';

/**
 * A text of one author. A draft is its author's alone. The time of publication is that of the first time, so that an
 * article which was taken back and published again returns to its place.
 */
export class Article {
  readonly id: ArticleId;
  readonly authorId: AccountId;
  private _title: Title;
  private _slug: Slug;
  private _body: string;
  private _html: string;
  private _tableOfContents: readonly Heading[];
  private _readingMinutes: number;
  private _rendererVersion: number;
  private _metaDescription: string;
  private _featuredImage: ImageAddress | null;
  private _tags: readonly Tag[];
  private _status: ArticleStatus;
  private _publishedAt: Date | null;
  private readonly _createdAt: Date;
  private _updatedAt: Date;

  private constructor(
    id: ArticleId,
    authorId: AccountId,
    title: Title,
    slug: Slug,
    body: string,
    rendering: Rendering,
    now: Date,
  ) {
    this.id = id;
    this.authorId = authorId;
    this._title = title;
    this._slug = slug;
    this._body = checkedBody(body);
    this._html = rendering.html;
    this._tableOfContents = rendering.tableOfContents;
    this._readingMinutes = rendering.readingMinutes;
    this._rendererVersion = rendering.rendererVersion;
    this._metaDescription = '';
    this._featuredImage = null;
    this._tags = [];
    this._status = 'draft';
    this._publishedAt = null;
    this._createdAt = now;
    this._updatedAt = now;
  }

  /** A new draft. @throws {TextTooLong} */
  static draft(
    id: ArticleId,
    authorId: AccountId,
    facts: { title: Title; slug: Slug; body: string; rendering: Rendering },
    now: Date,
  ): Article {
    return new Article(id, authorId, facts.title, facts.slug, facts.body, facts.rendering, now);
  }

  get title(): Title {
    return this._title;
  }

  get slug(): Slug {
    return this._slug;
  }

  get body(): string {
    return this._body;
  }

  get html(): string {
    return this._html;
  }

  get tableOfContents(): readonly Heading[] {
    return this._tableOfContents;
  }

  get readingMinutes(): number {
    return this._readingMinutes;
  }

  get rendererVersion(): number {
    return this._rendererVersion;
  }

  get metaDescription(): string {
    return this._metaDescription;
  }

  get featuredImage(): ImageAddress | null {
    return this._featuredImage;
  }

  get tags(): readonly Tag[] {
    return this._tags;
  }

  get status(): ArticleStatus {
    return this._status;
  }

  get publishedAt(): Date | null {
    return this._publishedAt;
  }

  get createdAt(): Date {
    return this._createdAt;
  }

  get updatedAt(): Date {
    return this._updatedAt;
  }

  /** @throws {ArticleNotFound} where a stranger may not know of it. @throws {NotYourArticle} */
  requireAuthor(accountId: AccountId): void {
    if (this.authorId === accountId) return;
    throw this._status === 'published' ? new NotYourArticle() : new ArticleNotFound();
  }

  /** The slug stays: others link to it. */
  retitle(title: Title, now: Date): void {
    this._title = title;
    this._updatedAt = now;
  }

  moveTo(slug: Slug, now: Date): void {
    this._slug = slug;
    this._updatedAt = now;
  }

  /** @throws {TextTooLong} */
  rewrite(body: string, rendering: Rendering, now: Date): void {
    this._body = checkedBody(body);
    this.rerender(rendering);
    this._updatedAt = now;
  }

  /** The same text under a newer renderer: nothing that counts as a change of the article. */
  rerender(rendering: Rendering): void {
    this._html = rendering.html;
    this._tableOfContents = rendering.tableOfContents;
    this._readingMinutes = rendering.readingMinutes;
    this._rendererVersion = rendering.rendererVersion;
  }

  /** @throws {TextTooLong} @throws {UnseenCharacters} */
  describe(metaDescription: string, now: Date): void {
    this._metaDescription = checkedDescription(metaDescription);
    this._updatedAt = now;
  }

  feature(image: ImageAddress | null, now: Date): void {
    this._featuredImage = image;
    this._updatedAt = now;
  }

  /** @throws {TooManyTags} */
  tagAs(tags: readonly Tag[], now: Date): void {
    this._tags = tagSet(tags);
    this._updatedAt = now;
  }

  publish(now: Date): void {
    if (this._status === 'published') return;
    this._status = 'published';
    this._publishedAt ??= now;
    this._updatedAt = now;
  }

  unpublish(now: Date): void {
    if (this._status === 'draft') return;
    this._status = 'draft';
    this._updatedAt = now;
  }
}

/** @throws {TextTooLong} Called before a body is rendered, so that nothing is rendered for nothing. */
export const checkedBody = (body: string): string => {
  if (body.length > LONGEST_BODY) throw new TextTooLong(LONGEST_BODY);
  return body;
};

/** One line of at most 300 characters. @throws {TextTooLong} @throws {UnseenCharacters} */
export const checkedDescription = (text: string): string =>
  plainText(text.replaceAll(/\s+/g, ' '), LONGEST_DESCRIPTION);
