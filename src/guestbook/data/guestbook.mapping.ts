import { defineEntity, p } from '@mikro-orm/core';
import { entityClass } from '../../shared/data/entity-class.ts';
import { Guestbook } from '../domain/guestbook.ts';
import type { PageId } from '../domain/ids.ts';

/** Only guestbooks that somebody has closed once have a row. */
export const GuestbookMapping = defineEntity({
  name: 'Guestbook',
  class: entityClass(Guestbook),
  tableName: 'guestbooks',
  properties: {
    page: p.uuid().primary().$type<PageId>(),
    _isOpen: p.boolean().fieldName('is_open'),
    version: p.integer().version(),
  },
});
