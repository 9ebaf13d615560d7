import type { FilterQuery } from '@mikro-orm/core';
import type { SqlEntityManager } from '@mikro-orm/postgresql';
import type { AccountId } from '../../shared/domain/identity.ts';
import { Greeting } from '../domain/greeting.ts';
import type { GreetingId, PageId } from '../domain/ids.ts';
import type { GreetingRepository } from '../domain/repositories.ts';
import { NOT_SEEN, SEEN } from './greeting.mapping.ts';

export class MikroGreetingRepository implements GreetingRepository {
  readonly #em: SqlEntityManager;

  constructor(em: SqlEntityManager) {
    this.#em = em;
  }

  add(greeting: Greeting): void {
    this.#em.persist(greeting);
  }

  async byId(page: PageId, id: GreetingId): Promise<Greeting | null> {
    return await this.#em.findOne(Greeting, { id, page, withheld: false } as FilterQuery<Greeting>);
  }

  remove(greeting: Greeting): void {
    this.#em.remove(greeting);
  }

  async removeSomeOn(page: PageId, most: number): Promise<number> {
    const seen = await this.#removeSome(page, SEEN, most);
    return seen + (seen < most ? await this.#removeSome(page, NOT_SEEN, most - seen) : 0);
  }

  async removeSomeBy(authorId: AccountId, most: number): Promise<readonly PageId[]> {
    const statement = `delete from greetings where id in
      (select id from greetings where author_id = ? limit ?) returning page`;
    const rows = await this.#em.execute<{ page: PageId }[]>(statement, [authorId, most]);
    return rows.map(({ page }) => page);
  }

  // The version tells whoever has one of them open that it is not what it was.
  async withholdSomeBy(authorId: AccountId, withheld: boolean, most: number): Promise<readonly PageId[]> {
    const statement = `update greetings set withheld = ?, version = version + 1 where id in
      (select id from greetings where author_id = ? and withheld <> ? limit ?) returning page`;
    const rows = await this.#em.execute<{ page: PageId }[]>(statement, [withheld, authorId, withheld, most]);
    return rows.map(({ page }) => page);
  }

  // Each kind by itself, because each has an index of its own.
  async #removeSome(page: PageId, which: string, most: number): Promise<number> {
    const statement = `delete from greetings where id in
      (select id from greetings where page = ? and ${which} limit ?) returning id`;
    return (await this.#em.execute<unknown[]>(statement, [page, most])).length;
  }
}
