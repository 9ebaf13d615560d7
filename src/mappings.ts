import { AccountMapping } from './accounts/data/account.mapping.ts';
import { AuditEntryMapping } from './accounts/data/audit-entry.mapping.ts';
import { MailTicketMapping } from './accounts/data/mail-ticket.mapping.ts';
import { ProfileMapping } from './accounts/data/profile.mapping.ts';
import { RegistrationMapping } from './accounts/data/registration.mapping.ts';
import { UsernameClaimMapping } from './accounts/data/username-claim.mapping.ts';
import type { Mapping } from './shared/data/orm.ts';
import { OutboxMapping } from './shared/data/outbox.mapping.ts';

/** Every table, for the mapper and the migrations. */
export const mappings = [
  OutboxMapping,
  AccountMapping,
  ProfileMapping,
  UsernameClaimMapping,
  RegistrationMapping,
  MailTicketMapping,
  AuditEntryMapping,
] as unknown as readonly Mapping[];
