import type { Sql } from '../../shared/data/postgres.ts';
import type { AuditEntry } from '../domain/audit-entry.ts';
import type { AuditTrail } from '../services/audit-trail.ts';

export class SqlAuditTrail implements AuditTrail {
  readonly #sql: Sql;

  constructor(sql: Sql) {
    this.#sql = sql;
  }

  async append(entry: AuditEntry): Promise<void> {
    await this.#sql.query(
      `insert into audit_entries (id, account_id, kind, at, ip, device, details, ended_session)
       values ($1, $2, $3, $4, $5, $6, $7, $8)`,
      [
        entry.id,
        entry.accountId,
        entry.kind,
        entry.at,
        entry.ip,
        entry.device,
        entry.details,
        entry.endedSession,
      ],
    );
  }
}
