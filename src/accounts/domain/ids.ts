import type { Branded } from '../../shared/domain/identity.ts';

export type RegistrationId = Branded<'RegistrationId'>;
export type MailTicketId = Branded<'MailTicketId'>;
export type AuditEntryId = Branded<'AuditEntryId'>;
