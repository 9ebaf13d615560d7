import type { SqlEntityManager } from '@mikro-orm/postgresql';
import { Guestbook } from '../domain/guestbook.ts';
import type { PageId } from '../domain/ids.ts';
import type { GuestbookRepository } from '../domain/repositories.ts';

export class MikroGuestbookRepository implements GuestbookRepository {
  readonly #em: SqlEntityManager;

  constructor(em: SqlEntityManager) {
    this.#em = em;
  }

  async byPage(page: PageId): Promise<Guestbook | null> {
    return await this.#em.findOne(Guestbook, { page });
  }

  add(guestbook: Guestbook): void {
    this.#em.persist(guestbook);
  }

  async removeOf(page: PageId): Promise<void> {
    await this.#em.execute('delete from guestbooks where page = ?', [page]);
  }
}
