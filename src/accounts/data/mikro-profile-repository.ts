import type { SqlEntityManager } from '@mikro-orm/postgresql';
import type { AccountId } from '../../shared/domain/identity.ts';
import { Profile } from '../domain/profile.ts';
import type { ProfileRepository } from '../domain/repositories.ts';

export class MikroProfileRepository implements ProfileRepository {
  readonly #em: SqlEntityManager;

  constructor(em: SqlEntityManager) {
    this.#em = em;
  }

  add(profile: Profile): void {
    this.#em.persist(profile);
  }

  async byId(id: AccountId): Promise<Profile | null> {
    return await this.#em.findOne(Profile, { id });
  }

  remove(profile: Profile): void {
    this.#em.remove(profile);
  }
}
