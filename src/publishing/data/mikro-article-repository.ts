import type { SqlEntityManager } from '@mikro-orm/postgresql';
import type { FilterQuery } from '@mikro-orm/core';
import type { AccountId } from '../../shared/domain/identity.ts';
import { Article } from '../domain/article.ts';
import type { ArticleId } from '../domain/ids.ts';
import type { ArticleRepository } from '../domain/repositories.ts';
import { SlugClaim } from '../domain/slug-claim.ts';

export class MikroArticleRepository implements ArticleRepository {
  readonly #em: SqlEntityManager;

  constructor(em: SqlEntityManager) {
    this.#em = em;
  }

  add(article: Article): void {
    this.#em.persist(article);
  }

  async byId(id: ArticleId): Promise<Article | null> {
    return await this.#em.findOne(Article, { id });
  }

  async bySlug(slug: string): Promise<Article | null> {
    const claim = await this.#em.findOne(SlugClaim, { slug });
    return claim && (await this.byId(claim.articleId));
  }

  async renderedBefore(
    rendererVersion: number,
    after: ArticleId | null,
    most: number,
  ): Promise<readonly Article[]> {
    const outdated = { _rendererVersion: { $lt: rendererVersion } };
    const wanted = (after === null ? outdated : { ...outdated, id: { $gt: after } }) as FilterQuery<Article>;
    return await this.#em.find(Article, wanted, { limit: most, orderBy: { id: 'asc' } });
  }

  remove(article: Article): void {
    this.#em.remove(article);
  }

  async removeSomeOf(authorId: AccountId, most: number): Promise<number> {
    const statement = `delete from articles where id in
      (select id from articles where author_id = ? order by id limit ?) returning id`;
    return (await this.#em.execute<unknown[]>(statement, [authorId, most])).length;
  }

  async withholdSomeOf(authorId: AccountId, withheld: boolean, most: number): Promise<number> {
    const statement = `update articles set withheld = ? where id in
      (select id from articles where author_id = ? and withheld <> ? order by id limit ?) returning id`;
    return (await this.#em.execute<unknown[]>(statement, [withheld, authorId, withheld, most])).length;
  }
}
