import { DayStart } from '../../../../src/accounts/domain/day-start.ts';
import { ProfileLink } from '../../../../src/accounts/domain/profile-link.ts';
import { TimeZone } from '../../../../src/accounts/domain/time-zone.ts';
import { Username } from '../../../../src/accounts/domain/username.ts';
import { newId } from '../../../../src/shared/services/new-id.ts';
import { anOrigin } from '../../../support/builders/accounts.ts';
import {
  ANOTHER_PASSWORD,
  aWorld,
  PASSWORD,
  refusal,
  type World,
} from '../../../support/builders/accounts-world.ts';

let world: World;

beforeEach(() => {
  world = aWorld();
});

describe('a profile', () => {
  test('changes in what was given, and in nothing else', async () => {
    const id = await world.person();
    const links = [ProfileLink.of('https://example.org/ada')];
    await world.accounts.changeProfile(id, { location: 'London', bio: 'Engines.', links }, anOrigin);

    const member = await world.accounts.changeProfile(
      id,
      { timeZone: TimeZone.of('Europe/London'), dayStart: DayStart.of('04:00') },
      anOrigin,
    );

    expect(member.user).toMatchObject({
      ...{ username: 'ada', location: 'London', bio: 'Engines.', links: ['https://example.org/ada'] },
      ...{ timeZone: 'Europe/London', dayStart: '04:00' },
    });
  });

  test('can be emptied again', async () => {
    const id = await world.person();
    await world.accounts.changeProfile(id, { location: 'London', bio: 'Engines.' }, anOrigin);

    const { user } = await world.accounts.changeProfile(id, { location: '', bio: '', links: [] }, anOrigin);

    expect([user.location, user.bio, user.links]).toEqual(['', '', []]);
  });

  test('is left as it was when one of the changes is refused', async () => {
    const id = await world.person();
    const change = { location: 'London', bio: 'x'.repeat(501) };

    expect(await refusal(world.accounts.changeProfile(id, change, anOrigin))).toBe('too_long');
    expect((await world.accounts.member(id)).user.location).toBe('');
  });

  test('of nobody is not found', async () => {
    expect(await refusal(world.accounts.changeProfile(newId(), { bio: 'x' }, anOrigin))).toBe(
      'account_not_found',
    );
    expect(await refusal(world.accounts.member(newId()))).toBe('account_not_found');
  });
});

describe('a new username', () => {
  const rename = (id: Parameters<World['accounts']['member']>[0], name: string) =>
    world.accounts.changeProfile(id, { username: Username.of(name) }, anOrigin);

  test('takes the place of the old one, which is free again', async () => {
    const id = await world.person();
    await rename(id, 'countess');

    expect((await world.accounts.member(id)).user.username).toBe('countess');
    expect(world.trail(id)).toContain('username_changed');
    const other = await world.person('bob');
    await expect(rename(other, 'ada')).resolves.toBeDefined();
  });

  test('may be the old one in other letters', async () => {
    const id = await world.person();

    expect((await rename(id, 'ADA')).user.username).toBe('ADA');
    expect(world.store.all('usernames')).toHaveLength(1);
  });

  test('that is the old one is no change', async () => {
    const id = await world.person();
    await rename(id, 'ada');

    expect(world.trail(id)).not.toContain('username_changed');
  });

  test('that somebody has is refused, and nothing changes', async () => {
    const id = await world.person('ada');
    await world.person('bob');

    expect(await refusal(rename(id, 'Bob'))).toBe('username_taken');
    expect((await world.accounts.member(id)).user.username).toBe('ada');
    expect(world.store.all('usernames').map(claim => claim.key)).toEqual(['ada', 'bob']);
  });

  test('of two people who swap theirs at the same moment neither waits for ever', async () => {
    const [ada, bob] = [await world.person('ada'), await world.person('bob')];

    const outcomes = await Promise.allSettled([rename(ada, 'bob'), rename(bob, 'ada')]);

    expect(outcomes.map(({ status }) => status)).toEqual(['rejected', 'rejected']);
    expect(world.store.all('usernames')).toHaveLength(2);
  });

  test('of two people who want one at the same moment one gets it', async () => {
    const [ada, bob] = [await world.person('ada'), await world.person('bob')];

    const outcomes = await Promise.allSettled([rename(ada, 'wanted'), rename(bob, 'wanted')]);

    expect(outcomes.filter(({ status }) => status === 'fulfilled')).toHaveLength(1);
    expect(world.store.all('usernames')).toHaveLength(2);
  });
});

describe('closing an account', () => {
  const closed = async () => {
    const id = await world.person();
    const login = await world.logIn();
    await world.accounts.close(await world.callerOf(login), PASSWORD);
    return { id, login };
  };

  test('removes it at once, with its sessions', async () => {
    const { id, login } = await closed();

    expect(await refusal(world.accounts.member(id))).toBe('account_not_found');
    expect(await refusal(world.callerOf(login))).toBe('session_revoked');
    expect(await refusal(world.refreshes.refresh(login.tokens.refreshToken, anOrigin))).toBe('session_gone');
    expect(await refusal(world.logIn())).toBe('invalid_credentials');
  });

  test('frees the address and the name', async () => {
    await closed();

    await expect(world.person('ada')).resolves.toBeDefined();
  });

  test('keeps what happened, but not where from', async () => {
    const { id } = await closed();

    const kept = world.store.all('audit').filter(entry => entry.accountId === id);
    expect(kept.map(entry => entry.kind)).toEqual(['verified', 'login_succeeded', 'account_closed']);
    for (const entry of kept) expect([entry.ip, entry.device]).toEqual([null, null]);
  });

  test('tells the other contexts, and says goodbye', async () => {
    const { id } = await closed();

    expect(world.store.events).toContainEqual({
      type: 'accounts.account-closed',
      payload: { account_id: id, email: 'ada@example.org' },
    });
    await world.deliver();
    expect(world.mails.to('ada@example.org').map(mail => mail.subject)).toEqual(['Your account was closed']);
  });

  test('needs the password', async () => {
    await world.person();
    const caller = await world.callerOf(await world.logIn());

    expect(await refusal(world.accounts.close(caller, ANOTHER_PASSWORD))).toBe('/password wrong_password');
    await expect(world.accounts.member(caller.accountId)).resolves.toBeDefined();
  });

  test('makes links that were on their way worthless', async () => {
    const id = await world.person();
    await world.admin.startReset(id);
    await world.deliver();
    const token = world.tokenIn('ada@example.org', 'reset-password');
    await world.accounts.close(await world.callerOf(await world.logIn()), PASSWORD);
    expect(world.store.all('tickets')).toEqual([]);
    await world.person('ada');

    expect(await refusal(world.passwords.reset(token, ANOTHER_PASSWORD, anOrigin))).toBe('link_not_valid');
  });

  test('of somebody who never verified a second attempt removes that attempt too', async () => {
    const id = await world.person();
    await world.registrations.register(world.request('ada@example.org', 'second'), anOrigin);
    await world.accounts.close(await world.callerOf(await world.logIn()), PASSWORD);

    expect(world.store.all('registrations')).toEqual([]);
    expect(id).toBeTruthy();
  });
});

describe('the export of personal data', () => {
  test('has what every context keeps, and is written down', async () => {
    const id = await world.person();
    const parts = [{ account: { a: 1 } }, { habits: [] }];
    world = aWorld({ personalData: parts.map(part => ({ of: () => Promise.resolve(part) })) });

    expect(await world.accounts.export(id, anOrigin)).toEqual({ account: { a: 1 }, habits: [] });
    expect(world.trail(id)).toEqual(['data_exported']);
  });
});

describe('the activity of an account', () => {
  test('begins with the newest, page by page', async () => {
    const id = await world.person();
    await world.logIn();
    await world.accounts.export(id, anOrigin);

    const first = await world.accounts.activity(id, { page: 1, limit: 2 });
    const second = await world.accounts.activity(id, { page: 2, limit: 2 });

    expect(first.items.map(({ kind }) => kind)).toEqual(['data_exported', 'login_succeeded']);
    expect(second.items.map(({ kind }) => kind)).toEqual(['verified']);
    expect([first.total, second.total]).toEqual([3, 3]);
  });
});

describe('an admin', () => {
  test('bans, which ends every session, and unbans', async () => {
    const id = await world.person();
    const login = await world.logIn();
    await world.admin.ban(id, 'command line');

    expect(await refusal(world.callerOf(login))).toBe('session_revoked');
    expect(await refusal(world.logIn())).toBe('invalid_credentials');
    await world.admin.unban(id, 'command line');
    await expect(world.logIn()).resolves.toBeDefined();
    expect(world.trail(id)).toEqual(expect.arrayContaining(['account_banned', 'account_unbanned']));
  });

  test('cannot ban or unban twice', async () => {
    const id = await world.person();

    expect(await refusal(world.admin.unban(id, 'x'))).toBe('not_banned');
    await world.admin.ban(id, 'x');
    expect(await refusal(world.admin.ban(id, 'x'))).toBe('already_banned');
  });

  test('is named in the trail of what was done', async () => {
    const [admin, id] = [await world.person('boss'), await world.person('ada')];
    await world.admin.ban(id, admin);

    const entry = world.store.all('audit').find(({ kind }) => kind === 'account_banned');
    expect(entry?.details).toEqual({ by: admin });
    expect(entry?.ip).toBeNull();
  });

  test('gives a role, which begins with new sessions', async () => {
    const id = await world.person();
    const login = await world.logIn();
    await world.admin.giveRole(id, 'admin', 'command line');

    expect(await refusal(world.callerOf(login))).toBe('session_revoked');
    expect(await world.callerOf(await world.logIn())).toMatchObject({ role: 'admin' });
  });

  test('starts a reset but never chooses a password', async () => {
    const id = await world.person();
    await world.admin.startReset(id);
    await world.deliver();

    expect(world.tokenIn('ada@example.org', 'reset-password')).toBeTruthy();
    await expect(world.logIn()).resolves.toBeDefined();
  });

  test('ends all sessions of a person', async () => {
    const id = await world.person();
    await world.logIn();
    await world.admin.endSessions(id, 'command line');

    expect(await world.liveSessions(id)).toEqual([]);
  });

  test('finds people by address or name', async () => {
    await world.person('ada');
    const id = await world.person('bob');
    const page = { page: 1, limit: 10 };

    expect((await world.admin.list('BOB', page)).items.map(({ user }) => user.username)).toEqual(['bob']);
    expect((await world.admin.list(null, page)).total).toBe(2);
    const { email } = world.request('bob@example.org', 'bob');
    expect(await world.admin.idOf(email)).toBe(id);
  });

  test.each([
    ['ban', (id: ReturnType<typeof newId<'AccountId'>>) => world.admin.ban(id, 'x')],
    ['unban', (id: ReturnType<typeof newId<'AccountId'>>) => world.admin.unban(id, 'x')],
    ['end sessions of', (id: ReturnType<typeof newId<'AccountId'>>) => world.admin.endSessions(id, 'x')],
    ['start a reset for', (id: ReturnType<typeof newId<'AccountId'>>) => world.admin.startReset(id)],
    ['give a role to', (id: ReturnType<typeof newId<'AccountId'>>) => world.admin.giveRole(id, 'admin', 'x')],
  ])('cannot %s somebody who is not there', async (_what, act) => {
    expect(await refusal(act(newId()))).toBe('account_not_found');
  });
});
