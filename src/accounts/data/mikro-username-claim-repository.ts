import type { SqlEntityManager } from '@mikro-orm/postgresql';
import type { UsernameClaimRepository } from '../domain/repositories.ts';
import { UsernameClaim } from '../domain/username-claim.ts';
import type { Username } from '../domain/username.ts';

export class MikroUsernameClaimRepository implements UsernameClaimRepository {
  readonly #em: SqlEntityManager;

  constructor(em: SqlEntityManager) {
    this.#em = em;
  }

  add(claim: UsernameClaim): void {
    this.#em.persist(claim);
  }

  async hold(username: Username): Promise<UsernameClaim | null> {
    // An advisory lock, because there may be no row yet to lock. It is let go with the transaction.
    await this.#em.execute(`select pg_advisory_xact_lock(hashtextextended('username:' || ?, 0))`, [
      username.key,
    ]);
    return await this.#em.findOne(UsernameClaim, { key: username.key });
  }

  remove(claim: UsernameClaim): void {
    this.#em.remove(claim);
  }
}
