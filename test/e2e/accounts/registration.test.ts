import { createHash } from 'node:crypto';
import request from 'supertest';
import { startApp, type TestApp } from '../../support/app.ts';
import {
  Device,
  fieldErrors,
  openAccount,
  OTHER_PASSWORD,
  PASSWORD,
  refusal,
  register,
  setCookies,
  someone,
  tokensTo,
  tokenTo,
  verify,
} from '../../support/person.ts';
import { connected } from '../../support/template-database.ts';

const HOUR_MS = 60 * 60 * 1000;

let app: TestApp;

beforeAll(async () => {
  app = await startApp();
});

afterAll(async () => {
  await app.close();
});

const post = (path: string, body: object) => request(app.url).post(path).send(body);
const tryToRegister = (body: object) => post('/v1/accounts/register', body);

const rows = (table: string, column: string, value: string): Promise<Record<string, unknown>[]> =>
  connected(
    app.databaseUrl,
    async client => (await client.query(`select * from ${table} where ${column} = $1`, [value])).rows,
  );

describe('registering', () => {
  test('says that a mail is on its way, and opens the account when its link is followed', async () => {
    const who = someone();

    const registered = await tryToRegister({ ...who, time_zone: 'Europe/Berlin' });
    const login = await post('/v1/accounts/login', { email: who.email, password: who.password });
    const verified = await verify(app, who);

    const at = app.clock.now().toISOString();
    expect([registered.status, registered.body]).toEqual([202, { status: 'verification_sent' }]);
    expect(refusal(login)).toEqual([401, 'invalid_credentials']);
    expect(verified.status).toBe(201);
    const { id } = verified.body.account;
    expect(verified.body).toEqual({
      account: { id, email: who.email, verified: true, role: 'member', created_at: at, updated_at: at },
      user: {
        id,
        username: who.username,
        location: '',
        bio: '',
        links: [],
        created_at: at,
        time_zone: 'Europe/Berlin',
        day_start: '00:00',
      },
    });
    expect(setCookies(verified)).toEqual([]);
  });

  test('keeps an address in one form, however it is written', async () => {
    const { username } = someone();

    await tryToRegister({ ...someone({ username }), email: ` ${username.toUpperCase()}@BÜCHER.example ` });
    const who = { ...someone({ username }), email: `${username}@xn--bcher-kva.example` };
    const verified = await verify(app, who);

    expect([verified.status, verified.body.account.email]).toEqual([201, who.email]);
    await Device.logIn(app, { ...who, email: `${username}@bücher.EXAMPLE` });
  });

  test.each([
    ['an address without a domain', { email: 'ada' }, '/email invalid_email'],
    ['a null byte in the address', { email: 'ada\0@example.org' }, '/email null_byte'],
    [
      'a line break in the address',
      { email: 'ada@example.org\r\nBcc: eve@example.org' },
      '/email invalid_email',
    ],
    ['an address that is a list', { email: ['ada@example.org'] }, '/email wrong_type'],
    ['a username of one letter', { username: 'a' }, '/username invalid_username'],
    ['a username that looks like the site', { username: 'Admin' }, '/username username_reserved'],
    ['an unknown time zone', { time_zone: 'Mars/Olympus' }, '/time_zone invalid_time_zone'],
    ['a short password', { password: 'short one' }, '/password password_too_short'],
    ['a password of 257 characters', { password: `${'äx9'.repeat(85)}zq` }, '/password password_too_long'],
    ['a common password', { password: '123456789012' }, '/password password_guessable'],
    ['a password made of the site', { password: 'daymark-2031' }, '/password password_guessable'],
    ['a missing password', { password: undefined }, '/password missing'],
    ['a role', { role: 'admin' }, '/role unknown_field'],
    ['an id', { id: '01234567-89ab-7def-8123-456789abcdef' }, '/id unknown_field'],
    ['being verified', { verified: true }, '/verified unknown_field'],
  ])('refuses %s by its field', async (_what, fields, expected) => {
    const who = someone();

    const refused = await tryToRegister({ ...who, ...fields });

    expect(fieldErrors(refused)).toEqual([422, expected]);
    expect(await rows('registrations', 'email', who.email)).toEqual([]);
  });

  test('refuses a password that is made of the person’s own name or address', async () => {
    const named = someone({ username: 'marguerite', email: 'yourcenar.x@example.org' });

    const byName = await tryToRegister({ ...named, password: 'Marguerite1903!' });
    const byAddress = await tryToRegister({ ...named, password: 'y0urcenar.1903' });

    expect(fieldErrors(byName)).toEqual([422, '/password password_guessable']);
    expect(fieldErrors(byAddress)).toEqual([422, '/password password_guessable']);
  });

  test('refuses a prototype in the body, and nobody inherits from it', async () => {
    const who = someone();
    const body = `{"__proto__":{"role":"admin"},${JSON.stringify(who).slice(1)}`;

    const refused = await request(app.url)
      .post('/v1/accounts/register')
      .set('Content-Type', 'application/json')
      .send(body);

    expect(fieldErrors(refused)).toEqual([422, '/__proto__ unknown_field']);
    expect(({} as { role?: string }).role).toBeUndefined();
    expect(await rows('registrations', 'email', who.email)).toEqual([]);
  });

  test('reports all fields at once', async () => {
    const refused = await tryToRegister({ email: 'x', username: '-', time_zone: 'Nowhere' });

    expect(fieldErrors(refused).slice(1).sort()).toEqual([
      '/email invalid_email',
      '/password missing',
      '/time_zone invalid_time_zone',
      '/username invalid_username',
    ]);
  });
});

describe('a username', () => {
  test('is taken in every case once an account has it', async () => {
    const holder = await openAccount(app);

    const refused = await tryToRegister(
      someone({ username: holder.username.toUpperCase(), email: 'x@y.example' }),
    );

    expect(refusal(refused)).toEqual([409, 'username_taken']);
  });

  test('waits for whoever registered with it, until their day is over', async () => {
    const slow = await register(app);
    const quick = someone({ username: slow.username, email: `quick-${slow.email}` });

    const early = await tryToRegister(quick);
    const again = await tryToRegister(slow);
    app.clock.advance(24 * HOUR_MS);
    const late = await tryToRegister(quick);
    const verified = await verify(app, quick);

    expect(refusal(early)).toEqual([409, 'username_taken']);
    expect(again.status).toBe(202);
    expect([late.status, verified.status]).toEqual([202, 201]);
  });
});

describe('the link in the mail', () => {
  const openWith = (token: string, password = PASSWORD) => post('/v1/accounts/verify', { token, password });

  test('can be followed again, and is friendly about it', async () => {
    const who = await register(app);
    const token = await tokenTo(app, who.email, 'verify');

    const first = await openWith(token);
    const second = await openWith(token);

    expect([first.status, second.status]).toEqual([201, 200]);
    expect(second.body).toEqual(first.body);
  });

  test('opens nothing without the password that was registered, and stays good', async () => {
    const who = await register(app);
    const token = await tokenTo(app, who.email, 'verify');

    const wrong = await openWith(token, OTHER_PASSWORD);
    const right = await openWith(token);

    expect(refusal(wrong)).toEqual([401, 'invalid_credentials']);
    expect(right.status).toBe(201);
  });

  test('is not consumed by a mail scanner that follows it', async () => {
    const who = await register(app);
    const token = await tokenTo(app, who.email, 'verify');

    const scanned = await request(app.url).get('/v1/accounts/verify').query({ token });

    expect(refusal(scanned)).toEqual([405, 'method_not_allowed']);
    expect((await openWith(token)).status).toBe(201);
  });

  test('is good for one day', async () => {
    const who = await register(app);
    const token = await tokenTo(app, who.email, 'verify');

    app.clock.advance(24 * HOUR_MS);

    expect(refusal(await openWith(token))).toEqual([422, 'link_not_valid']);
  });

  test('that nobody sent is refused', async () => {
    expect(refusal(await openWith('x'.repeat(43)))).toEqual([422, 'link_not_valid']);
    expect(fieldErrors(await openWith('x'.repeat(201)))).toEqual([422, '/token too_long']);
    expect(fieldErrors(await openWith(''))).toEqual([422, '/token too_short']);
  });

  test('holds 256 bits, of which only the SHA-256 is stored', async () => {
    const who = await register(app);

    const token = await tokenTo(app, who.email, 'verify');

    const [ticket] = await rows('mail_tickets', 'address', who.email);
    expect(Buffer.from(token, 'base64url')).toHaveLength(32);
    expect([
      createHash('sha256').update(token).digest('base64url'),
      createHash('sha256').update(token).digest('hex'),
    ]).toContain(ticket!.token_hash);
    expect(JSON.stringify(ticket)).not.toContain(token);
  });

  test('used by two requests at once opens one account', async () => {
    const who = await register(app);
    const token = await tokenTo(app, who.email, 'verify');

    const answers = await Promise.all([openWith(token), openWith(token), openWith(token)]);

    expect(answers.map(answer => answer.status).sort()).toEqual([200, 200, 201]);
    expect(new Set(answers.map(answer => answer.body.account.id)).size).toBe(1);
    expect(await rows('accounts', 'email', who.email)).toHaveLength(1);
  });

  test('can be asked for again; then the older one is worth nothing', async () => {
    const who = await register(app);
    const older = await tokenTo(app, who.email, 'verify');

    app.clock.advance(1000);
    const resent = await post('/v1/accounts/verify/resend', { email: who.email });
    const tokens = await tokensTo(app, who.email, 'verify');

    expect([resent.status, resent.body]).toEqual([202, { status: 'verification_sent' }]);
    expect(tokens).toHaveLength(2);
    expect(refusal(await openWith(older))).toEqual([422, 'link_not_valid']);
    expect((await openWith(tokens.find(token => token !== older)!)).status).toBe(201);
  });

  test('is not sent again where nothing waits', async () => {
    const member = await openAccount(app);
    const stranger = someone();
    const before = (await app.mailsTo(member.email)).length;

    for (const { email } of [member, stranger])
      await post('/v1/accounts/verify/resend', { email }).expect(202);

    expect(await app.mailsTo(stranger.email)).toEqual([]);
    expect(await app.mailsTo(member.email)).toHaveLength(before);
  });
});

describe('somebody else’s address', () => {
  test('gains nothing for whoever registers it first', async () => {
    const owner = someone();
    const thief = someone({ email: owner.email, password: OTHER_PASSWORD });
    await tryToRegister(thief).expect(202);
    const thiefsLink = await tokenTo(app, owner.email, 'verify');
    await tryToRegister(owner).expect(202);
    const ownersLink = (await tokensTo(app, owner.email, 'verify')).find(token => token !== thiefsLink)!;

    const mistaken = await post('/v1/accounts/verify', { token: thiefsLink, password: owner.password });
    const opened = await post('/v1/accounts/verify', { token: ownersLink, password: owner.password });
    const late = await post('/v1/accounts/verify', { token: thiefsLink, password: thief.password });
    const login = await post('/v1/accounts/login', { email: owner.email, password: thief.password });

    expect(refusal(mistaken)).toEqual([401, 'invalid_credentials']);
    expect([opened.status, opened.body.user.username]).toEqual([201, owner.username]);
    expect(refusal(late)).toEqual([409, 'email_taken']);
    expect(refusal(login)).toEqual([401, 'invalid_credentials']);
  });

  test('is told by mail that it has an account, and nothing about the account changes', async () => {
    const owner = await openAccount(app);

    await tryToRegister(someone({ email: owner.email, password: OTHER_PASSWORD })).expect(202);

    const mails = await app.mailsTo(owner.email);
    expect(mails.map(mail => mail.subject).sort()).toEqual([
      'Confirm your mail address',
      'You have an account already',
    ]);
    expect(await tokensTo(app, owner.email, 'verify')).toHaveLength(1);
    await Device.logIn(app, owner);
  });
});

describe('a site that chooses who registers', () => {
  const refusedBy = async (environment: Record<string, string>, emails: readonly string[]) => {
    const site = await startApp(environment);
    try {
      return await Promise.all(
        emails.map(async email => {
          const answer = await request(site.url)
            .post('/v1/accounts/register')
            .send({ ...someone(), email });
          return answer.status === 202 ? 202 : refusal(answer);
        }),
      );
    } finally {
      await site.close();
    }
  };

  test('can close its door', async () => {
    expect(await refusedBy({ REGISTRATION: 'closed' }, ['ada@example.org'])).toEqual([
      [403, 'registration_closed'],
    ]);
  });

  test('can name addresses and domains', async () => {
    const environment = {
      REGISTRATION: 'allowlist',
      REGISTRATION_ALLOWLIST: 'Ada@example.org, @School.example',
    };

    const answers = await refusedBy(environment, [
      'ada@EXAMPLE.org',
      'eve@example.org',
      'kim@school.example',
      'kim@sub.school.example',
      'kim@notschool.example',
    ]);

    const no = [403, 'address_not_allowed'];
    expect(answers).toEqual([202, no, 202, no, no]);
  });
});

describe('a site that does not verify addresses', () => {
  let trusting: TestApp;

  beforeAll(async () => {
    trusting = await startApp({ ACCOUNT_VERIFICATION: 'none' });
  });

  afterAll(async () => {
    await trusting.close();
  });

  const registerAt = (body: object) => request(trusting.url).post('/v1/accounts/register').send(body);

  test('opens the account at once, and says that its address is not proved', async () => {
    const who = someone();

    const opened = await registerAt(who);

    expect(opened.status).toBe(201);
    expect(opened.body.account).toMatchObject({ email: who.email, verified: false, role: 'member' });
    expect(opened.body.user).toMatchObject({ username: who.username, time_zone: 'UTC' });
    await Device.logIn(trusting, who);
  });

  test('says which addresses and names are taken', async () => {
    const who = someone();
    await registerAt(who).expect(201);

    const sameAddress = await registerAt(someone({ email: who.email.toUpperCase() }));
    const sameName = await registerAt({ ...someone(), username: who.username });

    expect(refusal(sameAddress)).toEqual([409, 'email_taken']);
    expect(refusal(sameName)).toEqual([409, 'username_taken']);
  });

  test('gives one address to one of those who ask at the same moment', async () => {
    const { email } = someone();

    const answers = await Promise.all(Array.from({ length: 6 }, () => registerAt(someone({ email }))));

    expect(answers.map(answer => answer.status).sort()).toEqual([201, 409, 409, 409, 409, 409]);
  });
});
