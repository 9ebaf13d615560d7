import type { AccountId } from '../../shared/domain/identity.ts';
import type { Page, PageRequest } from '../../shared/domain/page.ts';
import type { PublicUser } from '../../shared/services/people.ts';
import type { ArticleStatus } from '../domain/article.ts';
import type { ArticleId } from '../domain/ids.ts';
import type { Heading } from '../domain/rendering.ts';

/** An article as lists show it. */
export interface ArticleSummary {
  readonly id: ArticleId;
  readonly title: string;
  readonly slug: string;
  readonly metaDescription: string;
  readonly featuredImage: string | null;
  readonly tags: readonly string[];
  readonly status: ArticleStatus;
  readonly readingMinutes: number;
  readonly createdAt: Date;
  readonly updatedAt: Date;
  readonly publishedAt: Date | null;
  /** Rises with every change, that of its rendering included. */
  readonly version: number;
}

export interface ArticleText {
  readonly body: string;
  readonly html: string;
  readonly tableOfContents: readonly Heading[];
}

export interface Author {
  readonly user: PublicUser;
  /** Rises with every change of the profile. */
  readonly userVersion: number;
}

export interface WrittenArticle extends Author {
  readonly article: ArticleSummary & ArticleText;
}

export interface Neighbour {
  readonly title: string;
  readonly slug: string;
}

/** The articles that the same author published before and after. A draft has none. */
export interface Neighbours {
  readonly prev: Neighbour | null;
  readonly next: Neighbour | null;
}

/** Everything about an article but its text: what tells whether a reader has it already. */
export interface ArticleHead extends Author, Neighbours {
  readonly kind: 'here';
  readonly article: ArticleSummary;
}

export interface WholeArticle extends ArticleHead {
  readonly article: ArticleSummary & ArticleText;
}

/** Asked for by a slug that it had before. */
export interface MovedArticle {
  readonly kind: 'moved';
  readonly slug: string;
  readonly status: ArticleStatus;
}

/** Which articles a list holds: those to which all of it applies. */
export interface ArticleFilter {
  /** A username in any case. */
  readonly author?: string | undefined;
  readonly tag?: string | undefined;
  /** Words, "phrases", `or` and `-without`, as in a web search. */
  readonly words?: string | undefined;
}

export interface ListedArticle extends Author {
  readonly article: ArticleSummary;
}

export interface TagTotal {
  readonly tag: string;
  readonly articles: number;
}

export interface AuthorPage extends Author, Page<ArticleSummary> {}

export interface AuthorTexts extends Author {
  readonly articles: readonly (ArticleSummary & ArticleText)[];
}

/**
 * Reads that change nothing and load no aggregate. Each is one statement. Nobody sees anything of a banned author, and
 * drafts are seen by their author (`viewer`) alone; for everybody else they are not there.
 */
export interface ArticleQueries {
  /** Without touching the text. By any slug the article has or had. */
  head(slug: string, viewer: AccountId | null): Promise<ArticleHead | MovedArticle | null>;
  whole(slug: string, viewer: AccountId | null): Promise<WholeArticle | MovedArticle | null>;
  /** For its author, who has just changed it. */
  written(id: ArticleId, author: AccountId): Promise<WrittenArticle | null>;

  /** Newest first. */
  list(filter: ArticleFilter, page: PageRequest): Promise<Page<ListedArticle>>;
  /** Newest first; null when there is no such person. */
  ofUser(username: string, page: PageRequest): Promise<AuthorPage | null>;
  /** An author's own, drafts too, the one begun last first. */
  own(author: AccountId, status: ArticleStatus | null, page: PageRequest): Promise<Page<ArticleSummary>>;
  /** All of an author's own in the order of their ids: those that follow `after`, `most` of them at most. */
  ownTexts(
    author: AccountId,
    after: ArticleId | null,
    most: number,
  ): Promise<readonly (ArticleSummary & ArticleText)[]>;
  /** How many an author has published, and the newest `most`. */
  latestOf(author: AccountId, most: number): Promise<Page<ArticleSummary>>;
  /** The newest `most` with their texts; null when there is no such person. */
  latestTexts(username: string, most: number): Promise<AuthorTexts | null>;

  /** Most used first. */
  tags(page: PageRequest): Promise<Page<TagTotal>>;
}
