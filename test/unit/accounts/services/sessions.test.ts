import type { SessionId } from '../../../../src/accounts/domain/session.ts';
import { Unavailable } from '../../../../src/shared/domain/domain-error.ts';
import { anOrigin, DAY_MS } from '../../../support/builders/accounts.ts';
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

const refresh = (token: string, origin = anOrigin) => world.refreshes.refresh(token, origin);

const loggedIn = async (name = 'ada') => {
  const id = await world.person(name);
  return { id, login: await world.logIn(name) };
};

describe('refreshing', () => {
  test('gives new tokens that work, and the old access token goes on working until it expires', async () => {
    const { login } = await loggedIn();

    const { tokens, member } = await refresh(login.tokens.refreshToken);

    expect(tokens.refreshToken).not.toBe(login.tokens.refreshToken);
    expect(member.user.username).toBe('ada');
    await expect(world.access.authenticate(tokens.accessToken, { readOnly: false })).resolves.toBeDefined();
    await expect(world.callerOf(login)).resolves.toBeDefined();
  });

  test('fifty times at once with one cookie gives one successor', async () => {
    const { login } = await loggedIn();

    const answers = await Promise.all(Array.from({ length: 50 }, () => refresh(login.tokens.refreshToken)));

    const successors = new Set(answers.map(({ tokens }) => tokens.refreshToken));
    expect(successors.size).toBe(1);
    expect(world.refreshOutcomes.filter(outcome => outcome === 'rotated')).toHaveLength(1);
    await expect(refresh([...successors][0]!)).resolves.toBeDefined();
  });

  test('remembers where the session was last seen', async () => {
    const { id, login } = await loggedIn();
    await refresh(login.tokens.refreshToken, { ip: '192.0.2.55', device: 'Safari on iPhone' });

    const [session] = await world.liveSessions(id);
    expect(session?.snapshot()).toMatchObject({ ip: '192.0.2.55', device: 'Safari on iPhone' });
  });

  test('gives a cookie that never outlives the session', async () => {
    let { login } = await loggedIn();
    let token = login.tokens.refreshToken;
    for (let days = 10; days <= 80; days += 10) {
      world.clock.advance(10 * DAY_MS);
      ({
        tokens: { refreshToken: token },
      } = await refresh(token));
    }
    world.clock.advance(9 * DAY_MS);

    const { tokens } = await refresh(token);

    expect(tokens.refreshMaxAgeSeconds).toBe(86_400);
    expect(login.tokens.refreshMaxAgeSeconds).toBe(14 * 86_400);
    login = await world.logIn();
    expect(login.tokens.refreshMaxAgeSeconds).toBe(14 * 86_400);
  });

  test.each(['', 'nonsense', 'v1.x.1.y', `v1.${'A'.repeat(22)}.0.${'A'.repeat(43)}`])(
    'with %j is malformed',
    async token => {
      expect(await refusal(refresh(token))).toBe('refresh_token_malformed');
    },
  );

  test('with a forged token is malformed, and ends nothing', async () => {
    const { id, login } = await loggedIn();
    const forged = login.tokens.refreshToken.replace(/\.1\./, '.9.');

    expect(await refusal(refresh(forged))).toBe('refresh_token_malformed');
    expect(await world.liveSessions(id)).toHaveLength(1);
  });

  test('with a token of a session that never was is refused as gone', async () => {
    expect(await refusal(refresh(`v1.${'A'.repeat(22)}.1.${'A'.repeat(43)}`))).toBe('session_gone');
  });

  test('after two weeks without use is refused as expired', async () => {
    const { login } = await loggedIn();
    world.clock.advance(14 * DAY_MS);

    expect(await refusal(refresh(login.tokens.refreshToken))).toBe('session_expired');
  });
});

describe('a copied refresh token that is used after its successor', () => {
  const stolen = async () => {
    const { id, login } = await loggedIn();
    const other = await world.logIn();
    const { tokens } = await refresh(login.tokens.refreshToken);
    await world.access.authenticate(tokens.accessToken, { readOnly: false });
    world.clock.advance(11_000);
    return { id, other, old: login.tokens.refreshToken, current: tokens };
  };

  test('ends that session, for both holders, and leaves the other devices alone', async () => {
    const { old, current, other } = await stolen();

    expect(await refusal(refresh(old))).toBe('refresh_reused');
    expect(await refusal(refresh(current.refreshToken))).toBe('refresh_reused');
    expect(await refusal(world.access.authenticate(current.accessToken, { readOnly: true }))).toBe(
      'session_revoked',
    );
    await expect(refresh(other.tokens.refreshToken)).resolves.toBeDefined();
  });

  test('is written down and told to the owner once, however many come with it', async () => {
    const { id, old } = await stolen();

    await Promise.all(Array.from({ length: 10 }, () => refusal(refresh(old))));
    await world.deliver();

    expect(world.trail(id).filter(kind => kind === 'refresh_reused')).toHaveLength(1);
    const mails = world.mails.to('ada@example.org');
    expect(mails.map(mail => mail.subject)).toEqual(['One of your sessions was ended']);
    expect(mails[0]?.text).toContain('Firefox on Linux');
  });

  test('is counted by its outcome', async () => {
    const { old } = await stolen();
    await refusal(refresh(old));

    expect(world.refreshOutcomes).toEqual(['rotated', 'refresh_reused']);
  });
});

describe('an account whose sessions are over although the session store has not heard of it', () => {
  const whileDown = async (change: (id: Parameters<World['admin']['ban']>[0]) => Promise<unknown>) => {
    const { id, login } = await loggedIn();
    world.sessionStore.isDown = true;
    await change(id);
    world.sessionStore.isDown = false;
    return { id, login };
  };

  test('a banned person cannot refresh', async () => {
    const { id, login } = await whileDown(account => world.admin.ban(account, 'command line'));

    expect(await refusal(refresh(login.tokens.refreshToken))).toBe('session_gone');
    expect(await world.liveSessions(id)).toEqual([]);
  });

  test('nor somebody whose sessions an admin has ended', async () => {
    const { login } = await whileDown(account => world.admin.endSessions(account, 'command line'));

    expect(await refusal(refresh(login.tokens.refreshToken))).toBe('session_gone');
  });

  test('the event of the change ends them as soon as the store is back', async () => {
    const { id } = await whileDown(account => world.admin.endSessions(account, 'command line'));
    await world.deliver();

    expect(await world.liveSessions(id)).toEqual([]);
  });

  test('whoever ended the others goes on, although the store has not heard that either', async () => {
    const { id, login } = await loggedIn();
    const other = await world.logIn();
    const caller = await world.callerOf(login);
    world.sessionStore.isDown = true;
    await world.sessions.endAll(caller, anOrigin, { keepOwn: true });
    world.sessionStore.isDown = false;

    await expect(refresh(login.tokens.refreshToken)).resolves.toBeDefined();
    expect(await refusal(refresh(other.tokens.refreshToken))).toBe('session_gone');
    await world.deliver();
    expect(await world.liveSessions(id)).toHaveLength(1);
  });

  test('the late event leaves alone what began after the change', async () => {
    const { id } = await whileDown(account => world.admin.endSessions(account, 'command line'));
    await world.logIn();
    await world.deliver();
    await world.deliverAgain();

    expect(await world.liveSessions(id)).toHaveLength(1);
  });
});

describe('logging out', () => {
  test('ends the session of the cookie, and refreshing and calling are over', async () => {
    const { id, login } = await loggedIn();

    await world.sessions.logOut({ refresh: login.tokens.refreshToken, access: undefined }, anOrigin);

    expect(await refusal(refresh(login.tokens.refreshToken))).toBe('session_gone');
    expect(await refusal(world.callerOf(login))).toBe('session_revoked');
    expect(world.trail(id)).toContain('logged_out');
  });

  test('works with an access token alone, also when it has expired', async () => {
    const { login } = await loggedIn();
    world.clock.advance(3_600_000);

    await world.sessions.logOut({ refresh: undefined, access: login.tokens.accessToken }, anOrigin);

    expect(await refusal(refresh(login.tokens.refreshToken))).toBe('session_gone');
  });

  test('works with a refresh token that has been superseded', async () => {
    const { login } = await loggedIn();
    const { tokens } = await refresh(login.tokens.refreshToken);

    await world.sessions.logOut({ refresh: login.tokens.refreshToken, access: undefined }, anOrigin);

    expect(await refusal(refresh(tokens.refreshToken))).toBe('session_gone');
  });

  test('a second time, or with nothing usable, does nothing', async () => {
    const { id, login } = await loggedIn();
    const tokens = { refresh: login.tokens.refreshToken, access: login.tokens.accessToken };
    await world.sessions.logOut(tokens, anOrigin);

    await world.sessions.logOut(tokens, anOrigin);
    await world.sessions.logOut({ refresh: 'nonsense', access: 'nonsense' }, anOrigin);
    await world.sessions.logOut({ refresh: undefined, access: undefined }, anOrigin);

    expect(world.trail(id).filter(kind => kind === 'logged_out')).toHaveLength(1);
  });

  test('with a forged cookie ends nothing', async () => {
    const { id, login } = await loggedIn();
    const forged = login.tokens.refreshToken.replace(/.{43}$/, 'A'.repeat(43));

    await world.sessions.logOut({ refresh: forged, access: undefined }, anOrigin);

    expect(await world.liveSessions(id)).toHaveLength(1);
  });

  test('is not lost when a refresh comes first by a hair', async () => {
    const { id, login } = await loggedIn();
    world.sessionStore.before('save', () => refresh(login.tokens.refreshToken));

    await world.sessions.logOut({ refresh: login.tokens.refreshToken, access: undefined }, anOrigin);

    expect(world.refreshOutcomes).toEqual(['rotated']);
    expect(await world.liveSessions(id)).toEqual([]);
    expect(world.trail(id)).toContain('logged_out');
  });

  test('is not undone by a refresh that comes too late by a hair', async () => {
    const { id, login } = await loggedIn();
    world.sessionStore.before('save', () =>
      world.sessions.logOut({ refresh: login.tokens.refreshToken, access: undefined }, anOrigin),
    );

    expect(await refusal(refresh(login.tokens.refreshToken))).toBe('session_gone');
    expect(await world.liveSessions(id)).toEqual([]);
  });

  test('while a refresh is under way leaves nothing to refresh with, whoever is first', async () => {
    for (let round = 0; round < 20; round++) {
      const { login } = await loggedIn(`person${round}`);
      const { refreshToken } = login.tokens;
      const [answer] = await Promise.allSettled([
        refresh(refreshToken),
        world.sessions.logOut({ refresh: refreshToken, access: undefined }, anOrigin),
      ]);
      const successor = answer.status === 'fulfilled' ? answer.value.tokens.refreshToken : refreshToken;

      expect(await refusal(refresh(successor))).toBe('session_gone');
    }
  });
});

describe('the list of sessions', () => {
  test('begins with the newest, and has only living ones', async () => {
    const { id, login } = await loggedIn();
    world.clock.advance(13 * DAY_MS);
    const second = await world.logIn();
    world.clock.advance(1_000);
    const third = await world.logIn();
    world.clock.advance(DAY_MS);

    const listed = (await world.sessions.list(id)).map(session => session.id);

    const idOf = (token: string) => token.split('.')[1];
    expect(listed).toEqual([third, second].map(({ tokens }) => idOf(tokens.refreshToken)));
    expect(listed).not.toContain(idOf(login.tokens.refreshToken));
  });

  test('one of it can be ended, once', async () => {
    const { id, login } = await loggedIn();
    const caller = await world.callerOf(await world.logIn());
    const target = login.tokens.refreshToken.split('.')[1] as SessionId;

    await world.sessions.end(caller, target, anOrigin);

    expect(await refusal(refresh(login.tokens.refreshToken))).toBe('session_gone');
    expect(await refusal(world.sessions.end(caller, target, anOrigin))).toBe('session_not_found');
    expect(world.trail(id).filter(kind => kind === 'session_ended')).toHaveLength(1);
  });

  test("somebody else's session is not there", async () => {
    const { login } = await loggedIn('ada');
    const { login: bobs } = await loggedIn('bob');
    const target = login.tokens.refreshToken.split('.')[1] as SessionId;

    expect(await refusal(world.sessions.end(await world.callerOf(bobs), target, anOrigin))).toBe(
      'session_not_found',
    );
    await expect(refresh(login.tokens.refreshToken)).resolves.toBeDefined();
  });

  test.each([true, false])('all others can be ended (one’s own kept: %j)', async keepOwn => {
    const { id, login } = await loggedIn();
    const others = [await world.logIn(), await world.logIn()];
    const caller = await world.callerOf(login);

    await world.sessions.endAll(caller, anOrigin, { keepOwn });

    for (const other of others)
      expect(await refusal(refresh(other.tokens.refreshToken))).toBe('session_gone');
    expect(await world.liveSessions(id)).toHaveLength(keepOwn ? 1 : 0);
    if (keepOwn) await expect(refresh(login.tokens.refreshToken)).resolves.toBeDefined();
    expect(world.trail(id)).toContain('all_sessions_ended');
  });
});

describe('an access token', () => {
  const authenticate = (token: string, readOnly = false) => world.access.authenticate(token, { readOnly });

  test('is refused when it is nonsense or has expired', async () => {
    const { login } = await loggedIn();
    world.clock.advance(600_000);

    expect(await refusal(authenticate('nonsense'))).toBe('token_invalid');
    expect(await refusal(authenticate(login.tokens.accessToken))).toBe('token_expired');
  });

  test('of a session that expired is refused', async () => {
    const { login } = await loggedIn();
    const { sessionId } = await world.callerOf(login);
    world.clock.advance(14 * DAY_MS);
    const late = JSON.stringify({
      ...(JSON.parse(login.tokens.accessToken) as object),
      expires: world.clock.now().getTime() + 1,
    });

    expect(sessionId).toBeTruthy();
    expect(await refusal(authenticate(late))).toBe('session_revoked');
  });

  test('that names another account than its session is refused', async () => {
    const { login } = await loggedIn();
    const other = await world.person('bob');
    const forged = JSON.stringify({ ...(JSON.parse(login.tokens.accessToken) as object), accountId: other });

    expect(await refusal(authenticate(forged))).toBe('token_invalid');
  });

  test('shows by its first use that the answer it came with has arrived', async () => {
    const { id, login } = await loggedIn();
    await world.callerOf(login);

    const [session] = await world.liveSessions(id);
    expect(session?.snapshot().confirmed).toBe(1);
  });

  test('is remembered for a second at most, so that a logout elsewhere is seen within one', async () => {
    const { login } = await loggedIn();
    await world.callerOf(login);
    const elsewhere = await world.sessionStore.byId(login.tokens.refreshToken.split('.')[1] as SessionId);
    elsewhere!.end('logged_out', world.clock.now());
    await world.sessionStore.save(elsewhere!);

    world.clock.advance(999);
    await expect(world.callerOf(login)).resolves.toBeDefined();
    world.clock.advance(1);
    expect(await refusal(world.callerOf(login))).toBe('session_revoked');
  });

  test('is not remembered in this process once its session ended here', async () => {
    const { login } = await loggedIn();
    const caller = await world.callerOf(login);

    await world.ender.end(caller.sessionId as SessionId, 'logged_out');

    expect(await refusal(world.callerOf(login))).toBe('session_revoked');
  });

  test('of a newer generation asks the store, however fresh the memory of an older one is', async () => {
    const { id, login } = await loggedIn();
    await world.callerOf(login);
    const { tokens } = await refresh(login.tokens.refreshToken);
    await authenticate(tokens.accessToken);

    const [session] = await world.liveSessions(id);
    expect(session?.snapshot().confirmed).toBe(2);
  });

  test('is not remembered when the clock has been set back', async () => {
    const { login } = await loggedIn();
    await world.callerOf(login);
    world.clock.advance(-2_000);
    world.sessionStore.isDown = true;

    await expect(world.callerOf(login)).rejects.toBeInstanceOf(Unavailable);
  });

  test('without the session store is refused as unavailable', async () => {
    const { login } = await loggedIn();
    world.sessionStore.isDown = true;

    await expect(authenticate(login.tokens.accessToken, true)).rejects.toBeInstanceOf(Unavailable);
  });

  test('where reads may pass on the signature, passes for those and as a member only', async () => {
    world = aWorld({ signatureOnlyReads: true });
    const { id } = await loggedIn();
    await world.admin.giveRole(id, 'admin', 'command line');
    const login = await world.logIn();
    world.sessionStore.isDown = true;

    expect(await authenticate(login.tokens.accessToken, true)).toMatchObject({
      accountId: id,
      role: 'member',
    });
    await expect(authenticate(login.tokens.accessToken, false)).rejects.toBeInstanceOf(Unavailable);
  });

  test('carries the role that the account had when the session began', async () => {
    const id = await world.person();
    await world.admin.giveRole(id, 'admin', 'command line');

    expect(await world.callerOf(await world.logIn())).toMatchObject({ role: 'admin' });
  });
});

test('a login while the session store is down is unavailable, and leaves no trace of success', async () => {
  const id = await world.person();
  world.sessionStore.isDown = true;

  await expect(world.logIn('ada', { password: PASSWORD })).rejects.toBeInstanceOf(Unavailable);
  expect(await refusal(world.logIn('ada', { password: ANOTHER_PASSWORD }))).toBe('invalid_credentials');
  expect(world.trail(id)).not.toContain('login_succeeded');
});
