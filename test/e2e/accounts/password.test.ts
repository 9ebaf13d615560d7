import request from 'supertest';
import { AdminService } from '../../../src/accounts/services/admin-service.ts';
import type { AccountId } from '../../../src/shared/domain/identity.ts';
import { startApp, type TestApp } from '../../support/app.ts';
import {
  Device,
  fieldErrors,
  openAccount,
  OTHER_PASSWORD,
  PASSWORD,
  refreshWith,
  refusal,
  setCookies,
  signedIn,
  tokensTo,
  tokenTo,
} from '../../support/person.ts';

const HOUR_MS = 60 * 60 * 1000;

let app: TestApp;

beforeAll(async () => {
  app = await startApp();
});

afterAll(async () => {
  await app.close();
});

const forget = async (email: string): Promise<void> => {
  await request(app.url)
    .post('/v1/accounts/password/forgot')
    .send({ email })
    .expect(202, { status: 'reset_sent' });
};

const reset = (token: string, password = OTHER_PASSWORD) =>
  request(app.url).post('/v1/accounts/password/reset').send({ token, password });

const logIn = (email: string, password: string) =>
  request(app.url).post('/v1/accounts/login').send({ email, password });

const subjectsTo = async (email: string): Promise<string[]> =>
  (await app.mailsTo(email)).map(mail => mail.subject);

const BAD_PASSWORDS: [string, string, string][] = [
  ['short', 'short one', 'password_too_short'],
  ['long', `${'äx9'.repeat(85)}zq`, 'password_too_long'],
  ['a keyboard row', 'qwertyuiop[]', 'password_guessable'],
  ['the site’s name', 'Daymark-Daymark', 'password_guessable'],
];

describe('a forgotten password', () => {
  test('is replaced with the link from the mail; then every device must log in with the new one', async () => {
    const person = await signedIn(app);
    const other = await Device.logIn(app, person);
    await forget(person.email.toUpperCase());
    const token = await tokenTo(app, person.email, 'reset-password');

    const answer = await reset(token);

    expect([answer.status, answer.text, setCookies(answer)]).toEqual([204, '', []]);
    for (const device of [person.device, other]) {
      expect(await device.standing()).toBe('403 session_revoked');
      expect(refusal(await refreshWith(app, device.refreshToken))).toEqual([401, 'session_gone']);
    }
    expect(refusal(await logIn(person.email, PASSWORD))).toEqual([401, 'invalid_credentials']);
    expect((await logIn(person.email, OTHER_PASSWORD)).status).toBe(200);
    expect(await subjectsTo(person.email)).toContain('Your password was changed');
  });

  test('is replaced once by one link', async () => {
    const { email } = await openAccount(app);
    await forget(email);
    const token = await tokenTo(app, email, 'reset-password');
    await reset(token).expect(204);

    expect(refusal(await reset(token, 'a third one, unwanted'))).toEqual([422, 'link_not_valid']);
    expect((await logIn(email, OTHER_PASSWORD)).status).toBe(200);
  });

  test('is replaced once even when the link is used by several requests at the same moment', async () => {
    const { email } = await openAccount(app);
    await forget(email);
    const token = await tokenTo(app, email, 'reset-password');
    const wanted = [
      'first of four, blue',
      'second of four, red',
      'third of four, pale',
      'last of four, gold',
    ];

    const answers = await Promise.all(wanted.map(password => reset(token, password)));
    const logins = [];
    for (const password of wanted) logins.push((await logIn(email, password)).status);

    expect(answers.map(({ status }) => status).sort()).toEqual([204, 422, 422, 422]);
    expect(logins).toEqual(answers.map(({ status }) => (status === 204 ? 200 : 401)));
    expect((await subjectsTo(email)).filter(each => each === 'Your password was changed')).toHaveLength(1);
  });

  test('can be replaced for an hour', async () => {
    const one = await openAccount(app);
    const other = await openAccount(app);
    await forget(one.email);
    await forget(other.email);
    const inTime = await tokenTo(app, one.email, 'reset-password');
    const late = await tokenTo(app, other.email, 'reset-password');

    app.clock.advance(HOUR_MS - 1);
    await reset(inTime).expect(204);
    app.clock.advance(1);

    expect(refusal(await reset(late))).toEqual([422, 'link_not_valid']);
  });

  test('is replaced by the newest link only', async () => {
    const { email } = await openAccount(app);
    await forget(email);
    const older = await tokenTo(app, email, 'reset-password');
    app.clock.advance(1000);
    await forget(email);
    const newer = (await tokensTo(app, email, 'reset-password')).find(token => token !== older)!;

    expect(refusal(await reset(older))).toEqual([422, 'link_not_valid']);
    await reset(newer).expect(204);
  });

  test.each(BAD_PASSWORDS)(
    'is not replaced by one that is %s, and the link stays good',
    async (_why, bad, code) => {
      const { email } = await openAccount(app);
      await forget(email);
      const token = await tokenTo(app, email, 'reset-password');

      const refused = await reset(token, bad);

      expect(fieldErrors(refused)).toEqual([422, `/password ${code}`]);
      await reset(token).expect(204);
    },
  );

  test('is not replaced by the owner’s own name', async () => {
    const { email } = await openAccount(app, { username: 'wislawa-sz', email: 'wislawa-sz@example.org' });
    await forget(email);

    const refused = await reset(await tokenTo(app, email, 'reset-password'), 'Wislawa.Sz.1923');

    expect(fieldErrors(refused)).toEqual([422, '/password password_guessable']);
  });

  test('cannot be replaced any more with a link to an address that the account has left', async () => {
    const { email, device, password } = await signedIn(app);
    await forget(email);
    const token = await tokenTo(app, email, 'reset-password');
    await device
      .post('/v1/accounts/email')
      .send({ email: `new-${email}`, password })
      .expect(202);
    const confirmation = await tokenTo(app, `new-${email}`, 'confirm-email');
    await request(app.url).post('/v1/accounts/email/confirm').send({ token: confirmation }).expect(204);

    expect(refusal(await reset(token))).toEqual([422, 'link_not_valid']);
    expect((await logIn(`new-${email}`, password)).status).toBe(200);
  });

  test('of a banned or unknown person brings no mail', async () => {
    const { email, id } = await openAccount(app);
    await app.container.get(AdminService).ban(id as AccountId, 'test');

    await forget(email);
    await forget(`nobody-${email}`);

    expect(await tokensTo(app, email, 'reset-password')).toEqual([]);
    expect(await app.mailsTo(`nobody-${email}`)).toEqual([]);
  });

  test('is not replaced with a link that is for something else', async () => {
    const { email, device, password } = await signedIn(app);
    const verification = await tokenTo(app, email, 'verify');
    await device
      .post('/v1/accounts/email')
      .send({ email: `new-${email}`, password })
      .expect(202);
    const undo = await tokenTo(app, email, 'undo-email');

    expect(refusal(await reset(verification))).toEqual([422, 'link_not_valid']);
    expect(refusal(await reset(undo))).toEqual([422, 'link_not_valid']);
  });
});

describe('changing the password', () => {
  const change = (device: Device, current: string, wanted: string) =>
    device.put('/v1/accounts/password').send({ current_password: current, new_password: wanted });

  test('needs the current one, and ends every other session', async () => {
    const { device, ...person } = await signedIn(app);
    const other = await Device.logIn(app, person);

    await change(device, PASSWORD, OTHER_PASSWORD).expect(204);

    expect(await other.standing()).toBe('403 session_revoked');
    expect(refusal(await refreshWith(app, other.refreshToken))).toEqual([401, 'session_gone']);
    expect(await device.standing()).toBe('200');
    await device.refresh();
    expect(await subjectsTo(person.email)).toContain('Your password was changed');
    await device.refresh();
    expect(await device.standing()).toBe('200');
    expect(refusal(await logIn(person.email, PASSWORD))).toEqual([401, 'invalid_credentials']);
    expect((await logIn(person.email, OTHER_PASSWORD)).status).toBe(200);
  });

  test('is refused with a wrong current one, and changes nothing', async () => {
    const { device, email } = await signedIn(app);

    const refused = await change(device, 'not my password at all', OTHER_PASSWORD);

    expect(fieldErrors(refused)).toEqual([422, '/current_password wrong_password']);
    expect((await logIn(email, PASSWORD)).status).toBe(200);
    expect(await subjectsTo(email)).not.toContain('Your password was changed');
  });

  test.each(BAD_PASSWORDS)('is refused to one that is %s', async (_why, bad, code) => {
    const { device } = await signedIn(app);

    expect(fieldErrors(await change(device, PASSWORD, bad))).toEqual([422, `/new_password ${code}`]);
    expect(await device.standing()).toBe('200');
  });

  test('settles a reset that was asked for before', async () => {
    const { device, email } = await signedIn(app);
    await forget(email);
    const token = await tokenTo(app, email, 'reset-password');

    await change(device, PASSWORD, OTHER_PASSWORD).expect(204);

    expect(refusal(await reset(token, 'somebody else’s wish'))).toEqual([422, 'link_not_valid']);
  });

  test('is for those who are signed in', async () => {
    const refused = await request(app.url)
      .put('/v1/accounts/password')
      .send({ current_password: PASSWORD, new_password: OTHER_PASSWORD });

    expect(refusal(refused)).toEqual([403, 'token_missing']);
  });
});
