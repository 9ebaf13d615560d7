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

const OLD = 'ada@example.org';
const NEW = 'ada@new.example.org';

const request = async (address = NEW, password = PASSWORD) => {
  const caller = await world.callerOf(await world.logIn());
  await world.emails.requestChange(caller, Email.of(address), password, anOrigin);
  await world.deliver();
};
const confirm = (token: string) => world.emails.confirm(token, anOrigin);
const undo = (token: string) => world.emails.undo(token, anOrigin);
const addressOf = (): string | undefined => world.store.all('accounts')[0]?.email.value;
const subjectsTo = (address: string): string[] => world.mails.to(address).map(mail => mail.subject);

describe('a new mail address', () => {
  test('waits for its mailbox, and the old one is told', async () => {
    const id = await world.person();

    await request();

    expect(addressOf()).toBe(OLD);
    expect(subjectsTo(NEW)).toEqual(['Confirm your new mail address']);
    expect(subjectsTo(OLD)).toEqual(['Your mail address is about to change']);
    expect(world.trail(id)).toContain('email_change_requested');
  });

  test('takes over when its mailbox confirms, and the old one is told again', async () => {
    const id = await world.person();
    await request();

    await confirm(world.tokenIn(NEW, 'confirm-email'));
    await world.deliver();

    expect(addressOf()).toBe(NEW);
    expect(subjectsTo(OLD)).toContain('Your mail address was changed');
    expect(world.trail(id)).toContain('email_changed');
    await expect(
      world.logins.logIn({
        ...{ email: NEW, password: PASSWORD, origin: anOrigin },
        ...{ deviceCookie: undefined, replaced: undefined },
      }),
    ).resolves.toBeDefined();
  });

  test('needs the password', async () => {
    await world.person();

    expect(await refusal(request(NEW, ANOTHER_PASSWORD))).toBe('/password wrong_password');
    expect(world.mails.to(OLD)).toEqual([]);
  });

  test('that belongs to somebody else is not told to whoever asks, only to its owner', async () => {
    await world.person('ada');
    await world.person('bob');

    await request('bob@example.org');

    expect(subjectsTo('bob@example.org')).toEqual(['This mail address is in use already']);
    expect(world.mails.to('bob@example.org')[0]?.text).not.toContain('token');
    expect(subjectsTo(OLD)).toEqual(['Your mail address is about to change']);
  });

  test('that has gone to another account in the meantime is refused', async () => {
    await world.person('ada');
    await request();
    await world.registrations.openVouched(world.request(NEW, 'quick'));

    expect(await refusal(confirm(world.tokenIn(NEW, 'confirm-email')))).toBe('email_taken');
  });

  test('asked for under an old password is off when the password changes', async () => {
    await world.person();
    await request();
    const token = world.tokenIn(NEW, 'confirm-email');
    await world.passwords.change(
      await world.callerOf(await world.logIn()),
      PASSWORD,
      ANOTHER_PASSWORD,
      anOrigin,
    );

    expect(await refusal(confirm(token))).toBe('link_not_valid');
    expect(addressOf()).toBe(OLD);
  });

  test('is confirmed once', async () => {
    await world.person();
    await request();
    const token = world.tokenIn(NEW, 'confirm-email');
    await confirm(token);

    expect(await refusal(confirm(token))).toBe('link_not_valid');
  });

  test('is too late after a day', async () => {
    await world.person();
    await request();
    world.clock.advance(DAY_MS);

    expect(await refusal(confirm(world.tokenIn(NEW, 'confirm-email')))).toBe('link_not_valid');
  });

  test('replaces one that was asked for before', async () => {
    await world.person();
    await request();
    const first = world.tokenIn(NEW, 'confirm-email');
    await request('ada@third.example.org');

    expect(await refusal(confirm(first))).toBe('link_not_valid');
    await expect(confirm(world.tokenIn('ada@third.example.org', 'confirm-email'))).resolves.toBeUndefined();
  });

  test('is not confirmed with the link that undoes, nor undone with the one that confirms', async () => {
    await world.person();
    await request();

    expect(await refusal(confirm(world.tokenIn(OLD, 'undo-email')))).toBe('link_not_valid');
    expect(await refusal(undo(world.tokenIn(NEW, 'confirm-email')))).toBe('link_not_valid');
  });
});

describe('the old mailbox', () => {
  test('stops a change that is not confirmed yet, and nobody is logged out', async () => {
    const id = await world.person();
    await request();

    await undo(world.tokenIn(OLD, 'undo-email'));

    expect(await refusal(confirm(world.tokenIn(NEW, 'confirm-email')))).toBe('link_not_valid');
    expect(await world.liveSessions(id)).toHaveLength(1);
    expect(world.trail(id)).toContain('email_restored');
  });

  test('takes a made change back: every session ends, and a reset link comes', async () => {
    const id = await world.person();
    await request();
    await confirm(world.tokenIn(NEW, 'confirm-email'));
    world.clock.advance(6 * DAY_MS);

    await undo(world.tokenIn(OLD, 'undo-email'));
    await world.deliver();

    expect(addressOf()).toBe(OLD);
    expect(await world.liveSessions(id)).toEqual([]);
    expect(world.tokenIn(OLD, 'reset-password')).toBeTruthy();
  });

  test('keeps its way back when a thief moves the account twice', async () => {
    await world.person();
    await request();
    const wayBack = world.tokenIn(OLD, 'undo-email');
    await confirm(world.tokenIn(NEW, 'confirm-email'));
    await world.deliver();
    const caller = await world.callerOf(
      await world.logins.logIn({
        ...{ email: NEW, password: PASSWORD, origin: anOrigin },
        ...{ deviceCookie: undefined, replaced: undefined },
      }),
    );
    await world.emails.requestChange(caller, Email.of('thief@example.org'), PASSWORD, anOrigin);
    await world.deliver();
    await confirm(world.tokenIn('thief@example.org', 'confirm-email'));

    await undo(wayBack);

    expect(addressOf()).toBe(OLD);
    expect(await refusal(undo(world.tokenIn(NEW, 'undo-email')))).toBe('link_not_valid');
  });

  test('has seven days', async () => {
    await world.person();
    await request();
    world.clock.advance(7 * DAY_MS);

    expect(await refusal(undo(world.tokenIn(OLD, 'undo-email')))).toBe('link_not_valid');
  });

  test('and the new one at the same moment: the account ends in one place, with no error but a refusal', async () => {
    await world.person();
    await request();

    const outcomes = await Promise.allSettled([
      confirm(world.tokenIn(NEW, 'confirm-email')),
      undo(world.tokenIn(OLD, 'undo-email')),
    ]);

    for (const outcome of outcomes)
      if (outcome.status === 'rejected')
        expect(['changed_meanwhile', 'link_not_valid']).toContain((outcome.reason as { code: string }).code);
    expect([OLD, NEW]).toContain(addressOf());
    expect(outcomes.filter(({ status }) => status === 'fulfilled').length).toBeGreaterThan(0);
  });
});

describe('links that change the address', () => {
  test.each(['confirm-email', 'undo-email'] as const)('to %s cannot be tried without end', async page => {
    world.limits.allow('mail-token-per-ip', anOrigin.ip, 1);
    const use = page === 'confirm-email' ? confirm : undo;
    await refusal(use('nonsense'));

    expect(await refusal(use('nonsense'))).toBe('too_many_attempts');
  });
});
