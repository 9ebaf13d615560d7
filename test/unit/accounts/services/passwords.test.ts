import { Email } from '../../../../src/accounts/domain/email.ts';
import { anOrigin, HOUR_MS } from '../../../support/builders/accounts.ts';
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

const ADA = 'ada@example.org';

const forget = (address = ADA) => world.passwords.forget(Email.of(address), anOrigin);

const linkFor = async (address = ADA): Promise<string> => {
  await forget(address);
  await world.deliver();
  return world.tokenIn(address, 'reset-password');
};

const reset = (token: string, password = ANOTHER_PASSWORD) =>
  world.passwords.reset(token, password, anOrigin);

describe('a forgotten password', () => {
  test('is replaced by a link in a mail, without logging in', async () => {
    const id = await world.person();
    const token = await linkFor();

    await reset(token);

    await expect(world.logIn('ada', { password: ANOTHER_PASSWORD })).resolves.toBeDefined();
    expect(await refusal(world.logIn('ada'))).toBe('invalid_credentials');
    expect(world.trail(id)).toEqual(expect.arrayContaining(['password_reset_requested', 'password_reset']));
  });

  test('ends every session, and the owner is told', async () => {
    const id = await world.person();
    const login = await world.logIn();
    await reset(await linkFor());
    await world.deliver();

    expect(await world.liveSessions(id)).toEqual([]);
    expect(await refusal(world.callerOf(login))).toBe('session_revoked');
    expect(world.mails.to(ADA).map(mail => mail.subject)).toContain('Your password was changed');
  });

  test('ends them too when the session store is down, as soon as it is back', async () => {
    const id = await world.person();
    await world.logIn();
    const token = await linkFor();
    world.sessionStore.isDown = true;
    await reset(token);
    world.sessionStore.isDown = false;

    await world.deliver();

    expect(await world.liveSessions(id)).toEqual([]);
  });

  test('can be replaced once with one link', async () => {
    await world.person();
    const token = await linkFor();
    await reset(token);

    expect(await refusal(reset(token, 'yet another long phrase'))).toBe('link_not_valid');
  });

  test('can be replaced once also when the link is used twice at the same moment', async () => {
    await world.person();
    const token = await linkFor();

    const outcomes = await Promise.allSettled([reset(token), reset(token, 'yet another long phrase')]);

    expect(outcomes.map(({ status }) => status).sort()).toEqual(['fulfilled', 'rejected']);
  });

  test('can be replaced for an hour', async () => {
    await world.person();
    const token = await linkFor();
    world.clock.advance(HOUR_MS);

    expect(await refusal(reset(token))).toBe('link_not_valid');
  });

  test('by the newest link only', async () => {
    await world.person();
    const first = await linkFor();
    const second = await linkFor();

    expect(await refusal(reset(first))).toBe('link_not_valid');
    await expect(reset(second)).resolves.toBeUndefined();
  });

  test('with a link that stays good when the new password is refused', async () => {
    await world.person();
    const token = await linkFor();

    expect(await refusal(reset(token, 'short'))).toBe('/password password_too_short');
    expect(await refusal(reset(token, 'ada@example.org'))).toBe('/password password_guessable');
    await expect(reset(token)).resolves.toBeUndefined();
  });

  test('not with a link to an address that the account no longer has', async () => {
    const id = await world.person();
    const token = await linkFor();
    await using work = await world.work.begin();
    (await work.accounts.byId(id))!.changeEmail(Email.of('new@example.org'), world.clock.now());
    await work.commit();

    expect(await refusal(reset(token))).toBe('link_not_valid');
  });

  test('not with a link that is for something else', async () => {
    await world.registrations.register(world.request(ADA, 'ada'), anOrigin);
    await world.deliver();

    expect(await refusal(reset(world.tokenIn(ADA, 'verify')))).toBe('link_not_valid');
  });

  test('proves the address that was never proved before', async () => {
    const { account } = await world.registrations.registerUnverified(world.request(ADA, 'ada'), anOrigin);
    await reset(await linkFor());

    expect((await world.accounts.member(account.id)).account.verified).toBe(true);
  });

  test('at an address without an account is answered the same, and no mail goes out', async () => {
    await forget('nobody@example.org');
    await world.deliver();

    expect(world.mails.to('nobody@example.org')).toEqual([]);
  });

  test('of a banned account brings no mail', async () => {
    const id = await world.person();
    await world.admin.ban(id, 'command line');
    await forget();
    await world.deliver();

    expect(world.mails.to(ADA)).toEqual([]);
  });

  test('cannot be asked for without end from one place', async () => {
    world.limits.allow('mail-request-per-ip', anOrigin.ip, 1);
    await forget();

    expect(await refusal(forget())).toBe('too_many_attempts');
  });
});

describe('changing the password', () => {
  const change = async (current = PASSWORD, wanted = ANOTHER_PASSWORD) => {
    const login = await world.logIn();
    await world.passwords.change(await world.callerOf(login), current, wanted, anOrigin);
    return login;
  };

  test('ends all other sessions and keeps the own one', async () => {
    const id = await world.person();
    const other = await world.logIn();

    const own = await change();

    expect(await refusal(world.callerOf(other))).toBe('session_revoked');
    await expect(world.refreshes.refresh(own.tokens.refreshToken, anOrigin)).resolves.toBeDefined();
    expect(await world.liveSessions(id)).toHaveLength(1);
    expect(world.trail(id)).toContain('password_changed');
  });

  test('keeps the own session also when the event of the change is delivered later, and again', async () => {
    await world.person();
    const own = await change();

    await world.deliver();
    await world.deliverAgain();

    await expect(world.refreshes.refresh(own.tokens.refreshToken, anOrigin)).resolves.toBeDefined();
  });

  test('needs the current password', async () => {
    const id = await world.person();
    const other = await world.logIn();

    expect(await refusal(change(ANOTHER_PASSWORD))).toBe('/current_password wrong_password');
    await expect(world.callerOf(other)).resolves.toMatchObject({ accountId: id });
  });

  test('refuses a bad new password by the name of its field', async () => {
    await world.person();

    expect(await refusal(change(PASSWORD, 'short'))).toBe('/new_password password_too_short');
  });

  test('settles a reset that was asked for before', async () => {
    await world.person();
    const token = await linkFor();
    await change();

    expect(await refusal(reset(token, 'yet another long phrase'))).toBe('link_not_valid');
  });

  test('cannot be guessed at for ever by somebody at an unlocked screen', async () => {
    const id = await world.person();
    world.limits.allow('password-check-per-account', id, 1);
    await refusal(change(ANOTHER_PASSWORD));

    expect(await refusal(change())).toBe('too_many_attempts');
  });
});

describe('a changed password', () => {
  test('of two changes at the same moment one wins, and its password is the one that counts', async () => {
    await world.person();
    const [one, other] = [
      await world.callerOf(await world.logIn()),
      await world.callerOf(await world.logIn()),
    ];

    const outcomes = await Promise.allSettled([
      world.passwords.change(one, PASSWORD, 'the phrase of the first one', anOrigin),
      world.passwords.change(other, PASSWORD, 'the phrase of the second one', anOrigin),
    ]);

    const winner = outcomes.findIndex(({ status }) => status === 'fulfilled');
    expect(outcomes.filter(({ status }) => status === 'fulfilled')).toHaveLength(1);
    await expect(
      world.logIn('ada', { password: `the phrase of the ${['first', 'second'][winner]} one` }),
    ).resolves.toBeDefined();
  });
});
