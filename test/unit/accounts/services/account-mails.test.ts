import { Email } from '../../../../src/accounts/domain/email.ts';
import { MailLinks } from '../../../../src/accounts/services/account-mail-texts.ts';
import * as texts from '../../../../src/accounts/services/account-mail-texts.ts';
import { anOrigin, DAY_MS, HOUR_MS } from '../../../support/builders/accounts.ts';
import { aWorld, PASSWORD, refusal, type World } from '../../../support/builders/accounts-world.ts';

let world: World;

beforeEach(() => {
  world = aWorld();
});

const ADA = 'ada@example.org';
const register = () => world.registrations.register(world.request(ADA, 'ada'), anOrigin);
const forget = () => world.passwords.forget(Email.of(ADA), anOrigin);

describe('an event that is delivered again', () => {
  test('sends the same mail with the same link, which a mailbox shows once', async () => {
    await register();
    await world.deliver();
    const token = world.tokenIn(ADA, 'verify');

    await world.deliverAgain();
    await world.deliverAgain();

    expect(world.mails.to(ADA)).toHaveLength(1);
    expect(world.tokenIn(ADA, 'verify')).toBe(token);
    await expect(world.registrations.verify(token, PASSWORD, anOrigin)).resolves.toBeDefined();
  });

  test('sends nothing when its link has been used', async () => {
    await register();
    await world.deliver();
    await world.registrations.verify(world.tokenIn(ADA, 'verify'), PASSWORD, anOrigin);
    await world.deliverAgain();

    expect(world.mails.to(ADA)).toHaveLength(1);
  });

  test('brings no replaced link back to life', async () => {
    await world.person();
    await forget();
    await world.deliver();
    const first = world.tokenIn(ADA, 'reset-password');
    await forget();
    await world.deliver();
    const second = world.tokenIn(ADA, 'reset-password');
    world.mails.empty();

    await world.deliverAgain();

    expect(world.mails.to(ADA)).toHaveLength(1);
    expect(world.tokenIn(ADA, 'reset-password')).toBe(second);
    expect(await refusal(world.passwords.reset(first, 'yet another long phrase', anOrigin))).toBe(
      'link_not_valid',
    );
    await expect(world.passwords.reset(second, 'yet another long phrase', anOrigin)).resolves.toBeUndefined();
  });

  test('writes one line of the trail', async () => {
    const id = await world.person();
    await forget();
    await world.deliver();
    await world.deliverAgain();

    expect(world.trail(id).filter(kind => kind === 'password_reset_requested')).toHaveLength(1);
  });

  test('costs one of the mails that an address may get, not two', async () => {
    await register();
    world.limits.allow('mail-per-address', ADA, 1);
    world.mails.isDown = true;
    await world.deliver().catch(() => undefined);
    world.mails.isDown = false;

    await world.deliverAgain();

    expect(world.mails.to(ADA)).toHaveLength(1);
  });
});

describe('while no mail can be sent', () => {
  test('the event fails, to be delivered again, and the mail comes later', async () => {
    await register();
    world.mails.isDown = true;

    await expect(world.deliver()).rejects.toThrow('down');
    world.mails.isDown = false;
    await world.deliverAgain();

    expect(world.tokenIn(ADA, 'verify')).toBeTruthy();
  });
});

describe('the mail to an address that is known', () => {
  test('comes after an outage, however often it was tried meanwhile', async () => {
    await world.person();
    world.limits.allow('mail-per-address', ADA, 1);
    await world.registrations.register(world.request(ADA, 'another-name'), anOrigin);
    world.mails.isDown = true;
    await world.deliver().catch(() => undefined);
    for (let attempt = 0; attempt < 5; attempt++) await world.deliverAgain().catch(() => undefined);
    world.mails.isDown = false;

    await world.deliverAgain();

    expect(world.mails.to(ADA).map(mail => mail.subject)).toContain('You have an account already');
  });
});

describe('the mails to one address', () => {
  test('are limited, and the limit is not told to whoever asks', async () => {
    await world.person();
    world.limits.allow('mail-per-address', ADA, 2);

    for (let count = 0; count < 5; count++) await forget();
    await world.deliver();

    expect(world.mails.to(ADA)).toHaveLength(2);
  });

  test('a mail too many does not take the link of the one before', async () => {
    await world.person();
    world.limits.allow('mail-per-address', ADA, 1);
    await forget();
    await world.deliver();
    const token = world.tokenIn(ADA, 'reset-password');
    await forget();
    await world.deliver();

    await expect(world.passwords.reset(token, 'yet another long phrase', anOrigin)).resolves.toBeUndefined();
  });

  test('that say the address is known are limited too', async () => {
    await world.person();
    world.limits.allow('mail-per-address', ADA, 1);
    for (const name of ['one-name', 'two-name'])
      await world.registrations.register(world.request(ADA, name), anOrigin);
    await world.deliver();

    expect(world.mails.to(ADA)).toHaveLength(1);
  });
});

describe('a registration', () => {
  test('that has expired before its mail could be sent gets none', async () => {
    await register();
    world.clock.advance(DAY_MS);
    await world.deliver();

    expect(world.mails.to(ADA)).toEqual([]);
  });

  test('whose mail comes late can be verified until the attempt expires', async () => {
    await register();
    world.clock.advance(23 * HOUR_MS);
    await world.deliver();

    await expect(
      world.registrations.verify(world.tokenIn(ADA, 'verify'), PASSWORD, anOrigin),
    ).resolves.toBeDefined();
  });
});

describe('the text of a mail', () => {
  const links = new MailLinks('https://example.org');

  test('leads to the web app, with the token where no server sees it', () => {
    expect(links.to('verify', 'abc')).toBe('https://example.org/verify#token=abc');
    expect(links.to('reset-password')).toBe('https://example.org/reset-password');
  });

  test('is the same as HTML and as text, and nothing in it becomes markup', () => {
    const device = '<img src=x onerror=alert(1)> & "friends"';
    const mail = texts.refreshWasReused(device, links.to('reset-password'));

    expect(mail.text).toContain(device);
    expect(mail.html).not.toContain('<img');
    expect(mail.html).toContain('&lt;img src=x onerror=alert(1)&gt; &amp; &quot;friends&quot;');
    expect(mail.html).toContain('<a href="https://example.org/reset-password">');
  });

  test('has a subject of its own, of one line', () => {
    const all = [
      texts.verifyAddress('l'),
      texts.accountExists('l'),
      texts.resetPassword('l'),
      texts.passwordWasChanged('l'),
      texts.confirmEmail('l'),
      texts.addressInUse(),
      texts.emailChangeAsked(ADA, 'l'),
      texts.emailWasChanged(ADA),
      texts.refreshWasReused('d', 'l'),
      texts.accountWasClosed(),
    ];

    for (const mail of all) expect(mail.subject).toMatch(/^[^\r\n]{5,60}$/);
    expect(new Set(all.map(mail => mail.subject)).size).toBe(all.length);
  });
});
