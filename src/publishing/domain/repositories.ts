import type { AccountId } from '../../shared/domain/identity.ts';
import type { Article } from './article.ts';
import type { ArticleId, ImageId } from './ids.ts';
import type { Image } from './image.ts';
import type { Slug } from './slug.ts';
import type { SlugClaim } from './slug-claim.ts';

export interface ArticleRepository {
  add(article: Article): void;
  byId(id: ArticleId): Promise<Article | null>;
  /** By its present slug or one that it had before. */
  bySlug(slug: string): Promise<Article | null>;
  /** Some that an older renderer made, in the order of their ids; those that follow `after`. */
  renderedBefore(rendererVersion: number, after: ArticleId | null, most: number): Promise<readonly Article[]>;
  remove(article: Article): void;
  /** So many of an author's articles at most, and how many that were. */
  removeSomeOf(authorId: AccountId, most: number): Promise<number>;
  /** Hides so many of an author's articles at most, or shows them again, and says how many that were. */
  withholdSomeOf(authorId: AccountId, withheld: boolean, most: number): Promise<number>;
}

export interface SlugRepository {
  /** Keeps every other unit from looking for a slug like this one until this unit ends. */
  hold(slug: Slug): Promise<void>;
  /** Which of these are claimed, and by which article. */
  claimed(slugs: readonly Slug[]): Promise<ReadonlyMap<string, ArticleId>>;
  /** A second claim on one slug fails at the commit with `SlugTaken`. */
  add(claim: SlugClaim): void;
}

export interface ImageRepository {
  add(image: Image): void;
  byId(id: ImageId): Promise<Image | null>;
  /** How many images an account has, and how many bytes they take up. */
  roomTaken(ownerId: AccountId): Promise<{ readonly images: number; readonly bytes: number }>;
  remove(image: Image): void;
  /** Some of an account's images. */
  someOf(ownerId: AccountId, most: number): Promise<readonly Image[]>;
}

export interface AuthorRepository {
  /** False when the account is closed or banned; else it stays until the unit ends. */
  hold(accountId: AccountId): Promise<boolean>;
  /** The same answer, but for this moment only. */
  isThere(accountId: AccountId): Promise<boolean>;
  /** Waits for every other unit that took its turn for this account, whether the account is there or not. */
  takeTurn(accountId: AccountId): Promise<void>;
}
