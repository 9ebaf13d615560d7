import { defineEntity, p } from '@mikro-orm/core';
import { entityClass } from '../../shared/data/entity-class.ts';
import { AccountMapping } from './account.mapping.ts';
import { UsernameClaim } from '../domain/username-claim.ts';

export const UsernameClaimMapping = defineEntity({
  name: 'UsernameClaim',
  class: entityClass(UsernameClaim),
  tableName: 'username_claims',
  indexes: [{ name: 'username_claims_account', properties: ['_accountId'] }],
  checks: [
    {
      name: 'username_claims_holder_check',
      expression: '(account_id is null) = (email is not null) and (email is null) = (expires_at is null)',
    },
  ],
  properties: {
    key: p.string().columnType('text').primary(),
    _accountId: () =>
      p
        .manyToOne(AccountMapping)
        .mapToPk()
        .nullable()
        .joinColumn('account_id')
        .deleteRule('cascade')
        .updateRule('no action'),
    _email: p.string().columnType('text').nullable().fieldName('email'),
    _expiresAt: p.datetime(6).nullable().fieldName('expires_at'),
  },
});
