import { defineEntity, p } from '@mikro-orm/core';
import { entityClass } from '../../shared/data/entity-class.ts';
import { AccountMapping } from './account.mapping.ts';
import { Profile } from '../domain/profile.ts';
import { DayStartType, LinksType, TimeZoneType, UsernameType } from './value-types.ts';

export const ProfileMapping = defineEntity({
  name: 'Profile',
  class: entityClass(Profile),
  tableName: 'profiles',
  properties: {
    id: () =>
      p
        .oneToOne(AccountMapping)
        .primary()
        .mapToPk()
        .joinColumn('id')
        .deleteRule('cascade')
        .updateRule('no action'),
    _username: p.type(UsernameType).fieldName('username'),
    _location: p.string().columnType('text').fieldName('location'),
    _bio: p.string().columnType('text').fieldName('bio'),
    _links: p.type(LinksType).fieldName('links'),
    _timeZone: p.type(TimeZoneType).fieldName('time_zone'),
    _dayStart: p.type(DayStartType).fieldName('day_start'),
    _createdAt: p.datetime(6).fieldName('created_at'),
    _updatedAt: p.datetime(6).fieldName('updated_at'),
    version: p.integer().version(),
  },
});
