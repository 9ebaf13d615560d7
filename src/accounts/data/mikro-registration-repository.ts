import type { FilterQuery, OrderDefinition } from '@mikro-orm/core';
import type { SqlEntityManager } from '@mikro-orm/postgresql';
import type { AccountId } from '../../shared/domain/identity.ts';
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

  async removeAllFor(email: Email, accountId: AccountId): Promise<void> {
    const theirs = 'registrations where email = ? or account_id = ?';
    const whose = [email.value, accountId];
    await this.#em.execute(`delete from mail_tickets where subject in (select id from ${theirs})`, whose);
    await this.#em.execute(`delete from ${theirs}`, whose);
    await this.#em.execute('delete from username_claims where email = ?', [email.value]);
  }
}
