import type { SqlEntityManager } from '@mikro-orm/postgresql';
import { holdAccount, holdAccountTogether } from '../../shared/data/held-account.ts';
import {
  type ConstraintErrors,
  MikroUnitOfWork,
  type UnitOfWorkGround,
} from '../../shared/data/mikro-unit-of-work.ts';
import { StaleAggregate } from '../../shared/domain/domain-error.ts';
import type { AccountHolds } from '../domain/repositories.ts';
import type { GuestbookWork, GuestbookWorkFactory, UnitStamp } from '../services/guestbook-work.ts';
import { MikroGreetingRepository } from './mikro-greeting-repository.ts';
import { MikroGuestbookRepository } from './mikro-guestbook-repository.ts';

const CONSTRAINTS: ConstraintErrors = {
  guestbooks_pkey: () => new StaleAggregate(),
};

export class MikroGuestbookWork extends MikroUnitOfWork implements GuestbookWork {
  readonly accounts: AccountHolds;
  readonly greetings: MikroGreetingRepository;
  readonly guestbooks: MikroGuestbookRepository;
  readonly #em: SqlEntityManager;

  private constructor(em: SqlEntityManager, ground: UnitOfWorkGround) {
    super(em, ground, CONSTRAINTS);
    this.#em = em;
    this.accounts = {
      author: accountId => holdAccount(em, accountId),
      owner: accountId => holdAccountTogether(em, accountId),
    };
    this.greetings = new MikroGreetingRepository(em);
    this.guestbooks = new MikroGuestbookRepository(em);
  }

  static over(ground: UnitOfWorkGround): GuestbookWorkFactory {
    return {
      begin: async () => new MikroGuestbookWork(await MikroUnitOfWork.openTransaction(ground), ground),
    };
  }

  // The number of the transaction: a snapshot of the database says of every number whether it had been committed.
  async stamp(): Promise<UnitStamp> {
    const statement = 'select pg_current_xact_id()::text as stamp';
    const [row] = await this.#em.execute<{ stamp: UnitStamp }[]>(statement);
    if (!row) throw new Error('A transaction has no number.');
    return row.stamp;
  }
}
