import type { SqlEntityManager } from '@mikro-orm/postgresql';
import type { ArticleId } from '../domain/ids.ts';
import type { SlugRepository } from '../domain/repositories.ts';
import type { Slug } from '../domain/slug.ts';
import { SlugClaim } from '../domain/slug-claim.ts';

export class MikroSlugRepository implements SlugRepository {
  readonly #em: SqlEntityManager;

  constructor(em: SqlEntityManager) {
    this.#em = em;
  }

  async hold(slug: Slug): Promise<void> {
    await this.#em.execute(`select pg_advisory_xact_lock(hashtextextended('slug:' || ?, 0))`, [slug.value]);
  }

  async claimed(slugs: readonly Slug[]): Promise<ReadonlyMap<string, ArticleId>> {
    const claims = await this.#em.find(SlugClaim, { slug: { $in: slugs.map(slug => slug.value) } });
    return new Map(claims.map(claim => [claim.slug, claim.articleId]));
  }

  add(claim: SlugClaim): void {
    this.#em.persist(claim);
  }
}
