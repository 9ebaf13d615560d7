import { z } from 'zod';
import { valueObjectField } from '../../shared/presentation/value-object-field.ts';
import { DayStart } from '../domain/day-start.ts';
import { Email } from '../domain/email.ts';
import { ProfileLink } from '../domain/profile-link.ts';
import { TimeZone } from '../domain/time-zone.ts';
import { Username } from '../domain/username.ts';

export const emailField = valueObjectField(text => Email.of(text), {
  description: 'A mail address. Case does not matter; plus-tags and dots do.',
  example: 'ada@example.org',
  format: 'email',
});

export const usernameField = valueObjectField(text => Username.of(text), {
  description: '2 to 30 letters, digits, hyphens or underscores. Unique without regard to case.',
  example: 'ada',
});

export const timeZoneField = valueObjectField(text => TimeZone.of(text), {
  description: 'An IANA time zone.',
  example: 'Europe/Berlin',
});

export const dayStartField = valueObjectField(text => DayStart.of(text), {
  description: 'The local time at which a day begins, HH:MM from 00:00 to 11:59.',
  example: '04:00',
});

export const linkField = valueObjectField(text => ProfileLink.of(text), {
  description: 'An http or https address.',
  example: 'https://example.org/',
  format: 'uri',
});

export const passwordField = z.string().meta({
  description:
    'At least 12 characters (unless configured otherwise), at most 256, and not one of those everybody tries.',
  format: 'password',
  examples: ['correct horse battery staple'],
});

export const tokenField = z
  .string()
  .min(1)
  .max(200)
  .meta({
    description: 'The token from the link in the mail.',
    examples: ['3rTeQ0dZ7aLr0nqg3y6c7m2sQ5oZl8xk9v1b4n6m8aE'],
  });
