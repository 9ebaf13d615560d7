import { defineEntity, p } from '@mikro-orm/core';
import { entityClass } from '../../shared/data/entity-class.ts';
import type { MailTicketId } from '../domain/ids.ts';
import { type MailPurpose, MailTicket } from '../domain/mail-ticket.ts';
import { EmailType } from './value-types.ts';

export const MailTicketMapping = defineEntity({
  name: 'MailTicket',
  class: entityClass(MailTicket),
  tableName: 'mail_tickets',
  uniques: [{ name: 'mail_tickets_token_hash_unique', properties: ['_tokenHash'] }],
  indexes: [
    {
      name: 'mail_tickets_open_unique',
      expression:
        'create unique index "mail_tickets_open_unique" on "mail_tickets" ("subject", "purpose", "address") where "closed_at" is null',
    },
    { name: 'mail_tickets_expires_at', properties: ['_expiresAt'] },
  ],
  properties: {
    id: p.uuid().primary().$type<MailTicketId>(),
    _purpose: p.string().columnType('text').fieldName('purpose').$type<MailPurpose>(),
    _subject: p.uuid().fieldName('subject'),
    _address: p.type(EmailType).fieldName('address'),
    _tokenHash: p.string().columnType('text').fieldName('token_hash'),
    _expiresAt: p.datetime(6).fieldName('expires_at'),
    _closedAt: p.datetime(6).nullable().fieldName('closed_at'),
    _wasUsed: p.boolean().fieldName('was_used'),
    version: p.integer().version(),
  },
});
