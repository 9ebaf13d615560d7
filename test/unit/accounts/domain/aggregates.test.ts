import type { Account } from '../../../../src/accounts/domain/account.ts';
import { DayStart } from '../../../../src/accounts/domain/day-start.ts';
import { Email } from '../../../../src/accounts/domain/email.ts';
import {
  AlreadyBanned,
  LinkNotValid,
  NotBanned,
  TooManyLinks,
  UsernameTaken,
} from '../../../../src/accounts/domain/errors.ts';
import type { MailPurpose } from '../../../../src/accounts/domain/mail-ticket.ts';
import { ProfileLink } from '../../../../src/accounts/domain/profile-link.ts';
import type { SessionId } from '../../../../src/accounts/domain/session.ts';
import { TimeZone } from '../../../../src/accounts/domain/time-zone.ts';
import { UsernameClaim } from '../../../../src/accounts/domain/username-claim.ts';
import { Username } from '../../../../src/accounts/domain/username.ts';
import { pullEvents } from '../../../../src/shared/domain/events.ts';
import { newId } from '../../../../src/shared/services/new-id.ts';
import {
  anAccount,
  aProfile,
  aRegistration,
  aTicket,
  DAY_MS,
  HOUR_MS,
  later,
  NOON,
} from '../../../support/builders/accounts.ts';

const typesOf = (aggregate: object): string[] => pullEvents(aggregate).map(({ type }) => type);

describe('an account', () => {
  test('begins as a member in good standing', () => {
    expect(anAccount()).toMatchObject({ role: 'member', standing: 'active', epoch: 1, createdAt: NOON });
  });

  test.each([
    ['a new password', (account: Account) => account.changePassword('new hash', later(1))],
    ['a ban', (account: Account) => account.ban(later(1))],
    ['a new role', (account: Account) => account.takeRole('admin', later(1))],
    ['its end', (account: Account) => account.close(later(1))],
    ['an admin', (account: Account) => account.endSessions('ended_by_admin', later(1))],
  ])('ends its sessions with %s', (_what, happens) => {
    const account = anAccount();
    happens(account);

    expect(account.epoch).toBe(2);
    expect(typesOf(account)).toContain('accounts.sessions-ended');
    expect(account.updatedAt).toEqual(later(1));
  });

  test.each([
    ['a newer hash of the same password', (account: Account) => account.rehashPassword('new hash')],
    ['the role it has', (account: Account) => account.takeRole('member', later(1))],
    ['a new address', (account: Account) => account.changeEmail(Email.of('b@example.org'), later(1))],
    ['a proven address', (account: Account) => account.proveEmail(later(1))],
  ])('keeps its sessions with %s', (_what, happens) => {
    const account = anAccount();
    happens(account);

    expect(account.epoch).toBe(1);
    expect(typesOf(account)).not.toContain('accounts.sessions-ended');
  });

  test('tells its owner of a new password, and which session may stay', () => {
    const account = anAccount({ email: 'ada@example.org' });
    account.changePassword('new hash', later(1), 'mine' as SessionId);

    expect(account.passwordHash).toBe('new hash');
    expect(pullEvents(account)).toEqual([
      {
        type: 'accounts.sessions-ended',
        payload: { account_id: account.id, epoch: 2, reason: 'password_changed', keep: 'mine' },
      },
      { type: 'accounts.password-changed', payload: { account_id: account.id, email: 'ada@example.org' } },
    ]);
  });

  test('never has its password in an event', () => {
    const account = anAccount();
    account.changePassword('the-new-hash', later(1));

    expect(JSON.stringify(pullEvents(account))).not.toContain('the-new-hash');
  });

  test('tells the old mailbox of a new one, which is proven by then', () => {
    const account = anAccount({ email: 'old@example.org', verified: false });
    account.changeEmail(Email.of('new@example.org'), later(1));

    expect([account.email.value, account.emailVerified]).toEqual(['new@example.org', true]);
    expect(pullEvents(account)[0]?.payload).toMatchObject({
      old_email: 'old@example.org',
      new_email: 'new@example.org',
    });
  });

  test('tells nobody when the address is the one it has', () => {
    const account = anAccount({ email: 'ada@example.org', verified: false });
    account.changeEmail(Email.of('ADA@example.org'), later(1));

    expect([account.emailVerified, typesOf(account)]).toEqual([true, []]);
  });

  test('is banned once, and unbanned once', () => {
    const account = anAccount();

    expect(() => account.unban(later(1))).toThrow(NotBanned);
    account.ban(later(2));
    expect(() => account.ban(later(3))).toThrow(AlreadyBanned);
    account.unban(later(4));
    expect([account.standing, account.epoch, account.updatedAt]).toEqual(['active', 2, later(4)]);
  });

  test('closes with a last word to the other contexts', () => {
    const account = anAccount({ email: 'ada@example.org' });
    account.close(later(1));

    expect(pullEvents(account).at(-1)).toEqual({
      type: 'accounts.account-closed',
      payload: { account_id: account.id, email: 'ada@example.org' },
    });
  });
});

describe('a profile', () => {
  test('begins empty, with its days at midnight', () => {
    const profile = aProfile(newId(), 'ada');

    expect([profile.location, profile.bio, profile.links, profile.dayStart]).toEqual([
      '',
      '',
      [],
      DayStart.midnight,
    ]);
  });

  test('takes what a person says about themselves, tidied', () => {
    const profile = aProfile(newId(), 'ada');
    profile.moveTo('  London ', later(1));
    profile.describe(' Engines. ', later(2));
    profile.liveIn(TimeZone.of('Europe/London'), later(3));
    profile.beginDaysAt(DayStart.of('04:00'), later(4));
    profile.rename(Username.of('countess'), later(5));

    expect([profile.location, profile.bio, profile.timeZone.value, profile.dayStart.value]).toEqual([
      'London',
      'Engines.',
      'Europe/London',
      '04:00',
    ]);
    expect([profile.username.value, profile.createdAt, profile.updatedAt]).toEqual([
      'countess',
      NOON,
      later(5),
    ]);
  });

  test('has room for 100 characters of place, 500 of text and ten links', () => {
    const profile = aProfile(newId());
    const links = (count: number) =>
      Array.from({ length: count }, (_, index) => ProfileLink.of(`https://example.org/${index}`));
    profile.moveTo('x'.repeat(100), NOON);
    profile.describe('x'.repeat(500), NOON);
    profile.linkTo(links(10), NOON);

    expect(() => profile.moveTo('x'.repeat(101), NOON)).toThrow('100');
    expect(() => profile.describe('x'.repeat(501), NOON)).toThrow('500');
    expect(() => profile.linkTo(links(11), NOON)).toThrow(TooManyLinks);
    expect(profile.links).toHaveLength(10);
  });

  test('keeps its own list of links', () => {
    const profile = aProfile(newId());
    const links = [ProfileLink.of('https://example.org')];
    profile.linkTo(links, NOON);
    links.pop();

    expect(profile.links).toHaveLength(1);
  });
});

describe('a registration', () => {
  test('waits for a day', () => {
    const registration = aRegistration();

    expect(registration.isOpen(later(DAY_MS - 1))).toBe(true);
    expect(registration.isOpen(later(DAY_MS))).toBe(false);
  });

  test('waits no more once it has become an account', () => {
    const registration = aRegistration();
    registration.becomeAccount(newId());

    expect(registration.isOpen(NOON)).toBe(false);
  });

  test('asks for its mail by its id alone', () => {
    const registration = aRegistration();

    expect(pullEvents(registration)).toEqual([
      { type: 'accounts.registration-started', payload: { registration_id: registration.id } },
    ]);
  });
});

describe('a mail ticket', () => {
  test.each<[MailPurpose, number]>([
    ['verify-address', DAY_MS],
    ['reset-password', HOUR_MS],
    ['confirm-email', DAY_MS],
    ['undo-email', 7 * DAY_MS],
  ])('to %s is good for its own time', (purpose, ms) => {
    const ticket = aTicket({ purpose });

    expect([ticket.isOpen(later(ms - 1)), ticket.isOpen(later(ms))]).toEqual([true, false]);
  });

  test('is used once', () => {
    const ticket = aTicket();
    ticket.use(later(1));

    expect([ticket.wasUsed, ticket.isOpen(later(2))]).toEqual([true, false]);
    expect(() => ticket.use(later(2))).toThrow(LinkNotValid);
  });

  test('is not used after its time', () => {
    const ticket = aTicket({ purpose: 'reset-password' });

    expect(() => ticket.use(later(HOUR_MS))).toThrow(LinkNotValid);
    expect(ticket.wasUsed).toBe(false);
  });

  test('is worth nothing once a newer one has taken its place, and was not used', () => {
    const ticket = aTicket();
    ticket.replace(later(1));

    expect(() => ticket.use(later(2))).toThrow(LinkNotValid);
    expect(ticket.wasUsed).toBe(false);
  });

  test('stays used when a newer one comes', () => {
    const ticket = aTicket();
    ticket.use(later(1));
    ticket.replace(later(2));

    expect(ticket.wasUsed).toBe(true);
  });
});

describe('the claim to a username', () => {
  const [ada, bob] = [Email.of('ada@example.org'), Email.of('bob@example.org')];
  const reserved = () => UsernameClaim.reserve(Username.of('Countess'), ada, later(DAY_MS));

  test('is for the name in any case', () => {
    expect(reserved().key).toBe('countess');
  });

  test('is shared by the attempts of one address', () => {
    const claim = reserved();

    expect(() => claim.reserveAgain(ada, later(2 * DAY_MS), later(1))).not.toThrow();
    expect(() => claim.reserveAgain(bob, later(3 * DAY_MS), later(DAY_MS + 1))).toThrow(UsernameTaken);
  });

  test('is open to others when it lapses, not before', () => {
    expect(() => reserved().reserveAgain(bob, later(2 * DAY_MS), later(DAY_MS - 1))).toThrow(UsernameTaken);
    expect(() => reserved().reserveAgain(bob, later(2 * DAY_MS), later(DAY_MS))).not.toThrow();
  });

  test('of a lapsed reservation belongs to whoever reserved it next', () => {
    const claim = reserved();
    claim.reserveAgain(bob, later(2 * DAY_MS), later(DAY_MS));

    expect(() => claim.settle(newId(), ada, later(DAY_MS + 1))).toThrow(UsernameTaken);
    expect(() => claim.settle(newId(), bob, later(DAY_MS + 1))).not.toThrow();
  });

  test('of an account is for good', () => {
    const [mine, other] = [newId<'AccountId'>(), newId<'AccountId'>()];
    const claim = reserved();
    claim.settle(mine, ada, later(1));

    expect(() => claim.settle(mine, ada, later(100 * DAY_MS))).not.toThrow();
    expect(() => claim.settle(other, ada, later(100 * DAY_MS))).toThrow(UsernameTaken);
    expect(() => claim.reserveAgain(ada, later(200 * DAY_MS), later(100 * DAY_MS))).toThrow(UsernameTaken);
    expect(claim.accountId).toBe(mine);
  });
});
