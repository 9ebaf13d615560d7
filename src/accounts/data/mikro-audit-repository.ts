import type { SqlEntityManager } from '@mikro-orm/postgresql';
import type { AccountId } from '../../shared/domain/identity.ts';
import type { AuditEntry } from '../domain/audit-entry.ts';
import type { AuditRepository } from '../domain/repositories.ts';

export class MikroAuditRepository implements AuditRepository {
  readonly #em: SqlEntityManager;

  constructor(em: SqlEntityManager) {
    this.#em = em;
  }

  add(entry: AuditEntry): void {
    this.#em.persist(entry);
  }

  async pseudonymise(accountId: AccountId): Promise<void> {
    await this.#em.execute('update audit_entries set ip = null, device = null where account_id = ?', [
      accountId,
    ]);
  }
}
