import { newId } from '../../../src/shared/services/new-id.ts';
import type { AccountId } from '../../../src/shared/domain/identity.ts';
import { Account } from '../../../src/accounts/domain/account.ts';
import { AuditEntry, type AuditKind, type Origin } from '../../../src/accounts/domain/audit-entry.ts';
import { Email } from '../../../src/accounts/domain/email.ts';
import { type MailPurpose, MailTicket } from '../../../src/accounts/domain/mail-ticket.ts';
import { Profile } from '../../../src/accounts/domain/profile.ts';
import { Registration } from '../../../src/accounts/domain/registration.ts';
import { TimeZone } from '../../../src/accounts/domain/time-zone.ts';
import { Username } from '../../../src/accounts/domain/username.ts';

/** When what the builders make begins; the movable clock starts there too. */
export const NOON = new Date('2031-05-01T12:00:00Z');

export const HOUR_MS = 60 * 60 * 1000;
export const DAY_MS = 24 * HOUR_MS;

export const later = (ms: number): Date => new Date(NOON.getTime() + ms);

export const anOrigin: Origin = { ip: '203.0.113.7', device: 'Firefox on Linux' };

let made = 0;

/** A name that nothing else has in this process. */
export const aName = (): string => `somebody${++made}`;

export const anAccount = (
  facts: { email?: string; passwordHash?: string; verified?: boolean } = {},
): Account =>
  Account.open(
    newId(),
    {
      email: Email.of(facts.email ?? `${aName()}@example.org`),
      emailVerified: facts.verified ?? true,
      passwordHash: facts.passwordHash ?? 'a hash',
    },
    NOON,
  );

export const aProfile = (id: AccountId, username = aName()): Profile =>
  Profile.create(id, Username.of(username), TimeZone.of('Europe/Berlin'), NOON);

export const aRegistration = (facts: { email?: string; username?: string } = {}): Registration =>
  Registration.start(
    newId(),
    {
      email: Email.of(facts.email ?? `${aName()}@example.org`),
      username: Username.of(facts.username ?? aName()),
      passwordHash: 'a hash',
      timeZone: TimeZone.of('Europe/Berlin'),
    },
    NOON,
  );

export const aTicket = (
  facts: { purpose?: MailPurpose; subject?: string; address?: string; tokenHash?: string } = {},
): MailTicket =>
  MailTicket.issue(
    newId(),
    facts.purpose ?? 'reset-password',
    {
      subject: facts.subject ?? newId(),
      address: Email.of(facts.address ?? `${aName()}@example.org`),
      tokenHash: facts.tokenHash ?? `hash of ${aName()}`,
    },
    NOON,
  );

export const anEntry = (accountId: AccountId | null, kind: AuditKind = 'login_succeeded'): AuditEntry =>
  AuditEntry.of(newId(), kind, { accountId, origin: anOrigin, details: { by: 'somebody' } }, NOON);
