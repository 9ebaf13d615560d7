import type { FilterQuery } from '@mikro-orm/core';
import type { SqlEntityManager } from '@mikro-orm/postgresql';
import type { AccountId } from '../../shared/domain/identity.ts';
import { Account } from '../domain/account.ts';
import type { Email } from '../domain/email.ts';
import type { AccountRepository } from '../domain/repositories.ts';

export class MikroAccountRepository implements AccountRepository {
  readonly #em: SqlEntityManager;

  constructor(em: SqlEntityManager) {
    this.#em = em;
  }

  add(account: Account): void {
    this.#em.persist(account);
  }

  async byId(id: AccountId): Promise<Account | null> {
    return await this.#em.findOne(Account, { id });
  }

  async byEmail(email: Email): Promise<Account | null> {
    return await this.#em.findOne(Account, { _email: email } as FilterQuery<Account>);
  }

  remove(account: Account): void {
    this.#em.remove(account);
  }
}
