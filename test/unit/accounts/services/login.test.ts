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

describe('logging in', () => {
  test('gives tokens that work, and tells who one is', async () => {
    const id = await world.person();

    const login = await world.logIn();

    expect(login.member.user.username).toBe('ada');
    expect(await world.callerOf(login)).toMatchObject({ accountId: id, role: 'member' });
    expect(login.tokens).toMatchObject({ expiresInSeconds: 600, refreshMaxAgeSeconds: 14 * 86_400 });
    expect(world.trail(id)).toContain('login_succeeded');
  });

  test('works however the address is written', async () => {
    await world.person();
    const attempt = { password: PASSWORD, origin: anOrigin, deviceCookie: undefined, replaced: undefined };

    await expect(world.logins.logIn({ ...attempt, email: ' ADA@Example.ORG ' })).resolves.toBeDefined();
  });

  test('is refused with one and the same answer for every cause, after the same work', async () => {
    await world.person('ada');
    const banned = await world.person('bob');
    await world.admin.ban(banned, 'command line');
    const attempt = { password: PASSWORD, origin: anOrigin, deviceCookie: undefined, replaced: undefined };
    const causes = [
      { ...attempt, email: 'ada@example.org', password: ANOTHER_PASSWORD },
      { ...attempt, email: 'nobody@example.org' },
      { ...attempt, email: 'not an address' },
      { ...attempt, email: '\0'.repeat(1_000) },
      { ...attempt, email: 'bob@example.org' },
      { ...attempt, email: 'ada@example.org', password: '' },
    ];

    for (const cause of causes) {
      const before = world.hasher.work;
      const guesses = world.store.all('audit').length;
      expect(await refusal(world.logins.logIn(cause))).toBe('invalid_credentials');
      expect(world.hasher.work - before).toBe(1);
      expect(world.store.all('audit')).toHaveLength(guesses + 1);
    }
  });

  test('leaves a trail for the person when somebody fails at their account', async () => {
    const id = await world.person();
    await refusal(world.logIn('ada', { password: ANOTHER_PASSWORD }));

    expect(world.trail(id)).toContain('login_failed');
    expect(world.trail(id)).not.toContain('login_succeeded');
  });

  test('does not leave a session behind for a banned account', async () => {
    const id = await world.person();
    await world.admin.ban(id, 'command line');
    await refusal(world.logIn());

    expect(await world.liveSessions(id)).toEqual([]);
  });

  test('over a live session ends that one, and no other', async () => {
    const id = await world.person();
    const other = await world.logIn();
    const old = await world.logIn();

    await world.logIn('ada', { replaced: old.tokens.refreshToken });

    expect(await refusal(world.callerOf(old))).toBe('session_revoked');
    await expect(world.callerOf(other)).resolves.toBeDefined();
    expect(await world.liveSessions(id)).toHaveLength(2);
  });

  test('over a cookie that is not genuine ends nothing', async () => {
    const id = await world.person();
    const old = await world.logIn();
    const forged = old.tokens.refreshToken.replace(/.{43}$/, 'A'.repeat(43));

    await world.logIn('ada', { replaced: forged });
    await world.logIn('ada', { replaced: 'nonsense' });

    expect(await world.liveSessions(id)).toHaveLength(3);
  });

  test('for the 51st time ends the oldest session', async () => {
    const id = await world.person();
    const first = await world.logIn();
    for (let count = 2; count <= 51; count++) {
      world.clock.advance(1);
      await world.logIn();
    }

    expect(await world.liveSessions(id)).toHaveLength(50);
    expect(await refusal(world.callerOf(first))).toBe('session_revoked');
  });
});

describe('a login that a ban or a new password overtakes', () => {
  test('leaves no session', async () => {
    const id = await world.person();
    world.sessionStore.before('add', () => world.admin.ban(id, 'command line'));

    expect(await refusal(world.logIn())).toBe('invalid_credentials');
    expect(await world.liveSessions(id)).toEqual([]);
  });

  test('nor one that was ended everywhere in the same moment', async () => {
    const id = await world.person();
    world.sessionStore.before('add', () => world.admin.endSessions(id, 'command line'));

    expect(await refusal(world.logIn())).toBe('invalid_credentials');
    expect(await world.liveSessions(id)).toEqual([]);
  });
});

describe('guessing a password', () => {
  test('counts before it is checked, and is forgiven when it was right', async () => {
    await world.person();
    await refusal(world.logIn('ada', { password: ANOTHER_PASSWORD }));
    await refusal(world.logIn('ada', { password: ANOTHER_PASSWORD }));
    const counted = world.limits.guessesAt('ada@example.org', null);

    await world.logIn();

    expect([counted, world.limits.guessesAt('ada@example.org', null)]).toEqual([2, 0]);
  });

  test('too often is refused without looking at the password', async () => {
    await world.person();
    world.limits.mostGuesses = 1;
    await refusal(world.logIn('ada', { password: ANOTHER_PASSWORD }));
    const work = world.hasher.work;

    expect(await refusal(world.logIn())).toBe('too_many_attempts');
    expect(world.hasher.work).toBe(work);
  });

  test('does not lock out the owner at a device that has logged in before', async () => {
    await world.person();
    const { deviceCookie } = await world.logIn();
    world.limits.mostGuesses = 1;
    await refusal(world.logIn('ada', { password: ANOTHER_PASSWORD }));
    await refusal(world.logIn());

    await expect(world.logIn('ada', { device: deviceCookie })).resolves.toBeDefined();
  });

  test('at an address without an account counts just the same', async () => {
    await refusal(world.logIn('nobody'));

    expect(world.limits.guessesAt('nobody@example.org', null)).toBe(1);
  });

  test('of one address spelt differently counts together', async () => {
    const attempt = { password: PASSWORD, origin: anOrigin, deviceCookie: undefined, replaced: undefined };
    await refusal(world.logins.logIn({ ...attempt, email: 'Ada@example.org' }));
    await refusal(world.logins.logIn({ ...attempt, email: 'ada@EXAMPLE.org' }));

    expect(world.limits.guessesAt('ada@example.org', null)).toBe(2);
  });

  test('from one place at many accounts is limited too', async () => {
    await world.person();
    world.limits.allow('login-per-ip', anOrigin.ip, 1);
    await refusal(world.logIn('nobody'));

    expect(await refusal(world.logIn())).toBe('too_many_attempts');
  });
});

describe('a password that was hashed under older parameters', () => {
  test('is hashed anew at the next login, and nothing else happens', async () => {
    const id = await world.person();
    const before = await world.logIn();
    world.hasher.generation = 2;
    await world.deliver();

    await world.logIn();

    const [account] = world.store.all('accounts');
    expect(account?.passwordHash).toBe(`hash/2/${PASSWORD}`);
    expect(world.store.events).toEqual([]);
    await expect(world.callerOf(before)).resolves.toMatchObject({ accountId: id });
  });

  test('by two logins at once lets both in', async () => {
    await world.person();
    world.hasher.generation = 2;

    await expect(Promise.all([world.logIn(), world.logIn()])).resolves.toHaveLength(2);
  });

  test('is left alone when it was changed meanwhile', async () => {
    await world.person();
    world.hasher.generation = 2;
    const login = await world.logIn();
    const caller = await world.callerOf(login);
    world.hasher.generation = 3;
    // The last step before the hash is stored anew.
    world.limits.forgive = () => world.passwords.change(caller, PASSWORD, ANOTHER_PASSWORD, anOrigin);
    await world.logIn();

    expect(world.store.all('accounts')[0]?.passwordHash).toBe(`hash/3/${ANOTHER_PASSWORD}`);
  });
});
