import { ArrayType } from '@mikro-orm/core';
import { valueObjectType } from '../../shared/data/value-object-type.ts';
import { DayStart } from '../domain/day-start.ts';
import { Email } from '../domain/email.ts';
import { ProfileLink } from '../domain/profile-link.ts';
import { TimeZone } from '../domain/time-zone.ts';
import { Username } from '../domain/username.ts';

export const EmailType = valueObjectType(
  'text',
  text => Email.stored(text),
  email => email.value,
);
export const UsernameType = valueObjectType(
  'text',
  text => Username.stored(text),
  username => username.value,
);
export const TimeZoneType = valueObjectType(
  'text',
  text => TimeZone.stored(text),
  zone => zone.value,
);
export const DayStartType = valueObjectType(
  'text',
  text => DayStart.stored(text),
  start => start.value,
);

export class LinksType extends ArrayType<ProfileLink> {
  constructor() {
    super(
      text => ProfileLink.stored(text),
      link => link.value,
    );
  }
}
