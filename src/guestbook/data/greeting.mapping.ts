import { defineEntity, p } from '@mikro-orm/core';
import { entityClass } from '../../shared/data/entity-class.ts';
import type { AccountId } from '../../shared/domain/identity.ts';
import { Greeting } from '../domain/greeting.ts';
import type { GreetingId, PageId } from '../domain/ids.ts';
import { GreetingMessageType, GreetingNameType } from './value-types.ts';

/** Which greetings everybody sees. Written the same wherever it is meant, so that the index is found. */
export const SEEN = '(hidden_at is null and not withheld)';
export const NOT_SEEN = '(hidden_at is not null or withheld)';

/**
 * One page, as a range of pages. Said with `=`, a plan that is kept for all pages takes the primary key for the way to
 * the newest, which for a quiet page beside a busy one leads through everything the busy one has (measured with 1,000
 * beside 1,000,000: 460 ms). A list is then ordered by page and id, so that only the indexes below are in order.
 */
export const onPage = (page: string): string => `page between ${page} and ${page}`;

// Accounts are another context: no foreign key. A unit holds them instead (see held-account.ts).
export const GreetingMapping = defineEntity({
  name: 'Greeting',
  class: entityClass(Greeting),
  tableName: 'greetings',
  indexes: [
    // Lists a page newest first, and counts it without a look at the table.
    {
      name: 'greetings_seen',
      expression: `create index "greetings_seen" on "greetings" ("page", "id") where ${SEEN}`,
    },
    {
      name: 'greetings_not_seen',
      expression: `create index "greetings_not_seen" on "greetings" ("page", "id") where ${NOT_SEEN}`,
    },
    {
      name: 'greetings_author',
      expression:
        'create index "greetings_author" on "greetings" ("author_id", "id") where author_id is not null',
    },
  ],
  properties: {
    id: p.uuid().primary().$type<GreetingId>(),
    page: p.uuid().$type<PageId>(),
    name: p.type(GreetingNameType),
    message: p.type(GreetingMessageType).nullable(),
    authorId: p.uuid().nullable().fieldName('author_id').$type<AccountId>(),
    _hiddenAt: p.datetime(6).nullable().fieldName('hidden_at'),
    // Its author is banned. The aggregate never meets one of these.
    withheld: p.boolean().default(false).lazy(),
    createdAt: p.datetime(6).fieldName('created_at'),
    version: p.integer().version(),
  },
});
