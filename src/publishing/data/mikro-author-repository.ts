import type { SqlEntityManager } from '@mikro-orm/postgresql';
import { holdAccount } from '../../shared/data/held-account.ts';
import type { AccountId } from '../../shared/domain/identity.ts';
import type { AuthorRepository } from '../domain/repositories.ts';

export class MikroAuthorRepository implements AuthorRepository {
  readonly #em: SqlEntityManager;

  constructor(em: SqlEntityManager) {
    this.#em = em;
  }

  hold(accountId: AccountId): Promise<boolean> {
    return holdAccount(this.#em, accountId);
  }

  async isThere(accountId: AccountId): Promise<boolean> {
    const rows = await this.#em.execute<unknown[]>('select 1 from public_users where id = ?', [accountId]);
    return rows.length > 0;
  }

  async takeTurn(accountId: AccountId): Promise<void> {
    await this.#em.execute(`select pg_advisory_xact_lock(hashtextextended('author:' || ?, 0))`, [accountId]);
  }
}
