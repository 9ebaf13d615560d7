import { defineEntity, p } from '@mikro-orm/core';
import { entityClass } from '../../shared/data/entity-class.ts';
import type { AccountId } from '../../shared/domain/identity.ts';
import { Account, type Role, type Standing } from '../domain/account.ts';
import type { SessionId } from '../domain/session.ts';
import { EmailType } from './value-types.ts';

export const AccountMapping = defineEntity({
  name: 'Account',
  class: entityClass(Account),
  tableName: 'accounts',
  uniques: [{ name: 'accounts_email_unique', properties: ['_email'] }],
  checks: [
    { name: 'accounts_role_check', expression: `role in ('member', 'admin')` },
    { name: 'accounts_standing_check', expression: `standing in ('active', 'banned')` },
  ],
  properties: {
    id: p.uuid().primary().$type<AccountId>(),
    _email: p.type(EmailType).fieldName('email'),
    _emailVerified: p.boolean().fieldName('email_verified'),
    _passwordHash: p.string().columnType('text').fieldName('password_hash'),
    _role: p.string().columnType('text').fieldName('role').$type<Role>(),
    _standing: p.string().columnType('text').fieldName('standing').$type<Standing>(),
    _epoch: p.integer().fieldName('epoch'),
    _keptSession: p.string().columnType('text').nullable().fieldName('kept_session').$type<SessionId>(),
    _createdAt: p.datetime(6).fieldName('created_at'),
    _updatedAt: p.datetime(6).fieldName('updated_at'),
    version: p.integer().version(),
  },
});
