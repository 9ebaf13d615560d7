import { RegistrationPolicy } from '../../../../src/accounts/domain/registration-policy.ts';
import { TimeZone } from '../../../../src/accounts/domain/time-zone.ts';
import { Email } from '../../../../src/accounts/domain/email.ts';
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

const register = (email = 'ada@example.org', username = 'ada', password = PASSWORD) =>
  world.registrations.register(world.request(email, username, password), anOrigin);

const verify = (token: string, password = PASSWORD) => world.registrations.verify(token, password, anOrigin);

const registered = async (
  email = 'ada@example.org',
  username = 'ada',
  password = PASSWORD,
): Promise<string> => {
  await register(email, username, password);
  await world.deliver();
  return world.tokenIn(email, 'verify');
};

describe('whoever registers', () => {
  test('gets a mail, and an account once they prove the address and the password', async () => {
    const token = await registered();

    const { member, opened } = await verify(token);

    expect(opened).toBe(true);
    expect(member.account).toMatchObject({ email: 'ada@example.org', verified: true, role: 'member' });
    expect(member.user).toMatchObject({ username: 'ada', timeZone: 'UTC' });
    expect(world.trail(member.account.id)).toEqual(['verified']);
  });

  test('has no account before that', async () => {
    await registered();

    expect(world.store.all('accounts')).toEqual([]);
  });

  test('gets a friendly answer when the link is opened again, and nothing twice', async () => {
    const token = await registered();
    const first = await verify(token);

    const again = await verify(token);

    expect(again).toEqual({ member: first.member, opened: false });
    expect(world.store.all('accounts')).toHaveLength(1);
    expect(world.trail(first.member.account.id)).toEqual(['verified']);
  });

  test('must know the password of that attempt, also for the friendly answer', async () => {
    const token = await registered();

    expect(await refusal(verify(token, ANOTHER_PASSWORD))).toBe('invalid_credentials');
    await verify(token);
    expect(await refusal(verify(token, ANOTHER_PASSWORD))).toBe('invalid_credentials');
  });

  test('can try the password again: a wrong one does not use the link up', async () => {
    const token = await registered();
    await refusal(verify(token, ANOTHER_PASSWORD));

    expect((await verify(token)).opened).toBe(true);
  });

  test('has a day to open the link', async () => {
    const token = await registered();
    world.clock.advance(DAY_MS - 1);

    expect((await verify(token)).opened).toBe(true);
    const late = await registered('bob@example.org', 'bob');
    world.clock.advance(DAY_MS);
    expect(await refusal(verify(late))).toBe('link_not_valid');
  });

  test.each(['', 'x', 'A'.repeat(43)])('gets nowhere with a link that was never sent (%j)', async token => {
    expect(await refusal(verify(token))).toBe('link_not_valid');
  });

  test('lives where they say', async () => {
    const timeZone = TimeZone.of('Europe/Berlin');
    await world.registrations.register({ ...world.request('ada@example.org', 'ada'), timeZone }, anOrigin);
    await world.deliver();

    const { member } = await verify(world.tokenIn('ada@example.org', 'verify'));

    expect(member.user.timeZone).toBe('Europe/Berlin');
  });
});

describe('a second attempt for the same address', () => {
  test('each opens the account with its own link and its own password only', async () => {
    const stranger = await registered('ada@example.org', 'notada', ANOTHER_PASSWORD);
    const own = await registered('ada@example.org', 'ada', PASSWORD);

    expect(await refusal(verify(stranger, PASSWORD))).toBe('invalid_credentials');
    expect((await verify(own, PASSWORD)).member.user.username).toBe('ada');
  });

  test('comes too late when the other has opened the account', async () => {
    const stranger = await registered('ada@example.org', 'notada', ANOTHER_PASSWORD);
    const own = await registered();
    await verify(own);

    expect(await refusal(verify(stranger, ANOTHER_PASSWORD))).toBe('email_taken');
  });

  test('of a person who sent the form twice comes too late in the same way', async () => {
    const first = await registered();
    const second = await registered();
    await verify(first);

    expect(await refusal(verify(second))).toBe('email_taken');
  });

  test('shares the reserved username', async () => {
    await register();

    await expect(register()).resolves.toBeUndefined();
  });

  test('of two links opened at the same moment one opens the account', async () => {
    const token = await registered();

    const both = await Promise.all([verify(token), verify(token)]);

    expect(both.map(({ opened }) => opened).sort()).toEqual([false, true]);
    expect(world.store.all('accounts')).toHaveLength(1);
  });
});

describe('an address that has an account', () => {
  beforeEach(async () => {
    await world.person('ada');
  });

  test('is answered like any other, and its owner gets a mail that says so', async () => {
    await register('ada@example.org', 'another-name');
    await world.deliver();

    const [mail] = world.mails.to('ada@example.org');
    expect(mail?.subject).toBe('You have an account already');
    expect(mail?.text).not.toContain('token');
  });

  test('costs the same hashing as an unknown one', async () => {
    const before = world.hasher.work;
    await register('ada@example.org', 'name-one');
    const known = world.hasher.work - before;
    await register('nobody@example.org', 'name-two');

    expect(world.hasher.work - before - known).toBe(known);
  });

  test('has its username kept as any other would be', async () => {
    await register('ada@example.org', 'another-name');

    expect(await refusal(register('bob@example.org', 'Another-Name'))).toBe('username_taken');
  });

  test('gets no second account by the way of a link that was sent before', async () => {
    const token = await registered('bob@example.org', 'bob');
    await world.registrations.openVouched(world.request('bob@example.org', 'bobby'));

    expect(await refusal(verify(token))).toBe('email_taken');
  });
});

describe('a username', () => {
  test('that an account has is taken, in any case', async () => {
    await world.person('ada');

    expect(await refusal(register('bob@example.org', 'ADA'))).toBe('username_taken');
  });

  test('that waits for somebody else is taken, and nothing of the attempt remains', async () => {
    await register('ada@example.org', 'ada');
    const before = world.store.events.length;

    expect(await refusal(register('bob@example.org', 'ada'))).toBe('username_taken');
    expect(world.store.all('registrations')).toHaveLength(1);
    expect(world.store.events).toHaveLength(before);
  });

  test('is free again when nobody verified it within a day', async () => {
    await register('ada@example.org', 'ada');
    world.clock.advance(DAY_MS);

    await expect(register('bob@example.org', 'ada')).resolves.toBeUndefined();
  });

  test('of many who want one at the same moment one gets it', async () => {
    const outcomes = await Promise.allSettled(
      Array.from({ length: 10 }, (_, index) => register(`person${index}@example.org`, 'wanted')),
    );

    expect(outcomes.filter(({ status }) => status === 'fulfilled')).toHaveLength(1);
    expect(world.store.all('registrations')).toHaveLength(1);
  });
});

describe('who may register', () => {
  test('nobody where registration is closed', async () => {
    world = aWorld({ policy: new RegistrationPolicy('closed', []) });

    expect(await refusal(register())).toBe('registration_closed');
    expect(world.hasher.work).toBe(0);
  });

  test('those on the list where there is one', async () => {
    world = aWorld({ policy: new RegistrationPolicy('allowlist', ['@example.org']) });

    await expect(register()).resolves.toBeUndefined();
    expect(await refusal(register('ada@example.com', 'ada2'))).toBe('address_not_allowed');
  });

  test('not somebody who tries too often from one place', async () => {
    world.limits.allow('register-per-ip', anOrigin.ip, 1);
    await register();

    expect(await refusal(register('bob@example.org', 'bob'))).toBe('too_many_attempts');
  });

  test('whoever the operator vouches for, whatever the policy', async () => {
    world = aWorld({ policy: new RegistrationPolicy('closed', []) });

    const member = await world.registrations.openVouched(world.request('ada@example.org', 'ada'));

    expect(member.account.verified).toBe(true);
  });
});

describe('the password of a registration', () => {
  test.each([
    ['short', '/password password_too_short'],
    ['letmeinplease', '/password password_common'],
    ['daymark123456', '/password password_guessable'],
    ['ada@example.org', '/password password_guessable'],
    ['adaadaadaada', '/password password_guessable'],
  ])('%j is refused', async (password, expected) => {
    expect(await refusal(register('ada@example.org', 'ada', password))).toBe(expected);
    expect(world.store.all('registrations')).toEqual([]);
  });

  test('known from a breach is refused', async () => {
    world = aWorld({ breached: [PASSWORD] });

    expect(await refusal(register())).toBe('/password password_breached');
  });
});

describe('the verification mail', () => {
  const resend = (email = 'ada@example.org') => world.registrations.resend(Email.of(email), anOrigin);

  test('comes again when it is asked for, with a link that replaces the first', async () => {
    const first = await registered();
    await resend();
    await world.deliver();
    const second = world.tokenIn('ada@example.org', 'verify');

    expect(second).not.toBe(first);
    expect(await refusal(verify(first))).toBe('link_not_valid');
    expect((await verify(second)).opened).toBe(true);
  });

  test('does not come to an address that nobody registered', async () => {
    await resend('nobody@example.org');
    await world.deliver();

    expect(world.mails.to('nobody@example.org')).toEqual([]);
  });

  test('does not come again when the account is open', async () => {
    await verify(await registered());
    await resend();
    await world.deliver();

    expect(world.mails.to('ada@example.org')).toHaveLength(1);
  });

  test('cannot be asked for without end from one place', async () => {
    world.limits.allow('mail-request-per-ip', anOrigin.ip, 1);
    await resend();

    expect(await refusal(resend())).toBe('too_many_attempts');
  });
});

describe('where addresses are not verified', () => {
  const open = (email = 'ada@example.org', username = 'ada') =>
    world.registrations.registerUnverified(world.request(email, username), anOrigin);

  test('the account is open at once, and known as unverified', async () => {
    const member = await open();

    expect(member.account).toMatchObject({ email: 'ada@example.org', verified: false });
    expect(world.trail(member.account.id)).toEqual(['registered']);
  });

  test('an address that has an account is refused', async () => {
    await open();

    expect(await refusal(open('ada@example.org', 'ada2'))).toBe('email_taken');
  });

  test('a username that an account has is refused', async () => {
    await open();

    expect(await refusal(open('bob@example.org', 'ADA'))).toBe('username_taken');
  });
});
