import type { FilterQuery, OrderDefinition } from '@mikro-orm/core';
import type { SqlEntityManager } from '@mikro-orm/postgresql';
import type { Email } from '../domain/email.ts';
import type { RegistrationId } from '../domain/ids.ts';
import { Registration } from '../domain/registration.ts';
import type { RegistrationRepository } from '../domain/repositories.ts';

export class MikroRegistrationRepository implements RegistrationRepository {
  readonly #em: SqlEntityManager;

  constructor(em: SqlEntityManager) {
    this.#em = em;
  }

  add(registration: Registration): void {
    this.#em.persist(registration);
  }

  async byId(id: RegistrationId): Promise<Registration | null> {
    return await this.#em.findOne(Registration, { id });
  }

  async newestOpenFor(email: Email, now: Date): Promise<Registration | null> {
    const open = { _email: email, _accountId: null, _expiresAt: { $gt: now } };
    const newestFirst = { id: 'desc' } as OrderDefinition<Registration>;
    return await this.#em.findOne(Registration, open as FilterQuery<Registration>, { orderBy: newestFirst });
  }

  async removeAllFor(email: Email): Promise<void> {
    await this.#em.nativeDelete(Registration, { _email: email } as FilterQuery<Registration>);
  }
}
