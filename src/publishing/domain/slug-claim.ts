import type { ArticleId } from './ids.ts';
import type { Slug } from './slug.ts';

/**
 * Which article a slug leads to, for as long as the article lives: the slugs it had before too, so that old links lead
 * on to it and to nothing else.
 */
export class SlugClaim {
  readonly slug: string;
  readonly articleId: ArticleId;

  private constructor(slug: string, articleId: ArticleId) {
    this.slug = slug;
    this.articleId = articleId;
  }

  static of(slug: Slug, articleId: ArticleId): SlugClaim {
    return new SlugClaim(slug.value, articleId);
  }
}
