import { defineEntity, p } from '@mikro-orm/core';
import { entityClass } from '../../shared/data/entity-class.ts';
import { AccountMapping } from './account.mapping.ts';
import type { RegistrationId } from '../domain/ids.ts';
import { Registration } from '../domain/registration.ts';
import { EmailType, TimeZoneType, UsernameType } from './value-types.ts';

export const RegistrationMapping = defineEntity({
  name: 'Registration',
  class: entityClass(Registration),
  tableName: 'registrations',
  indexes: [
    { name: 'registrations_email', properties: ['_email'] },
    { name: 'registrations_expires_at', properties: ['_expiresAt'] },
  ],
  properties: {
    id: p.uuid().primary().$type<RegistrationId>(),
    _email: p.type(EmailType).fieldName('email'),
    _username: p.type(UsernameType).fieldName('username'),
    _passwordHash: p.string().columnType('text').fieldName('password_hash'),
    _timeZone: p.type(TimeZoneType).fieldName('time_zone'),
    _startedAt: p.datetime(6).fieldName('started_at'),
    _expiresAt: p.datetime(6).fieldName('expires_at'),
    _accountId: () =>
      p
        .manyToOne(AccountMapping)
        .mapToPk()
        .nullable()
        .joinColumn('account_id')
        .deleteRule('cascade')
        .updateRule('no action'),
    version: p.integer().version(),
  },
});
