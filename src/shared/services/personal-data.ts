import type { JsonValue } from '../domain/events.ts';
import type { AccountId } from '../domain/identity.ts';

/** What one context keeps of a person, for the export of their data (GDPR articles 15 and 20). */
export interface PersonalData {
  /** Named parts in the wire format: snake_case keys, RFC 3339 instants. Never a secret. */
  of(accountId: AccountId): Promise<Readonly<Record<string, JsonValue>>>;
}
