import type { AuditEntry } from '../domain/audit-entry.ts';

/** Writes an outcome that changes nothing else in the database, such as a login. */
export interface AuditTrail {
  append(entry: AuditEntry): Promise<void>;
}
