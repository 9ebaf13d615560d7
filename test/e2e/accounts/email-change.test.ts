import request from 'supertest';
import { startApp, type TestApp } from '../../support/app.ts';
import {
  Device,
  fieldErrors,
  openAccount,
  OTHER_PASSWORD,
  PASSWORD,
  refreshWith,
  refusal,
  signedIn,
  someone,
  tokensTo,
  tokenTo,
  type Who,
} from '../../support/person.ts';

const DAY_MS = 24 * 60 * 60 * 1000;

let app: TestApp;

beforeAll(async () => {
  app = await startApp();
});

afterAll(async () => {
  await app.close();
});

const ask = (device: Device, email: string, password = PASSWORD) =>
  device.post('/v1/accounts/email').send({ email, password });

const confirm = (token: string) => request(app.url).post('/v1/accounts/email/confirm').send({ token });
const undo = (token: string) => request(app.url).post('/v1/accounts/email/undo').send({ token });

const logIn = async (who: Pick<Who, 'email' | 'password'>): Promise<number> =>
  (await request(app.url).post('/v1/accounts/login').send({ email: who.email, password: who.password }))
    .status;

const subjectsTo = async (email: string): Promise<string[]> =>
  (await app.mailsTo(email)).map(mail => mail.subject);

const addressOf = async (device: Device): Promise<string> =>
  (await device.get('/v1/accounts/me').expect(200)).body.account.email;

/** A person who has moved to another address, and the two links that led there. */
const moved = async () => {
  const person = await signedIn(app);
  const { email } = someone();
  await ask(person.device, email).expect(202);
  const undoToken = await tokenTo(app, person.email, 'undo-email');
  await confirm(await tokenTo(app, email, 'confirm-email')).expect(204);
  return { ...person, newEmail: email, undoToken };
};

describe('changing the mail address', () => {
  test('waits for the new mailbox, and tells the old one', async () => {
    const { device, ...person } = await signedIn(app);
    const { email } = someone();

    const asked = await ask(device, email);
    const waiting = await addressOf(device);
    const told = await subjectsTo(person.email);
    const confirmed = await confirm(await tokenTo(app, email, 'confirm-email'));

    expect([asked.status, asked.body]).toEqual([202, { status: 'confirmation_sent' }]);
    expect(waiting).toBe(person.email);
    expect(told).toContain('Your mail address is about to change');
    expect(confirmed.status).toBe(204);
    expect(await addressOf(device)).toBe(email);
    expect(await logIn(person)).toBe(401);
    expect(await logIn({ ...person, email })).toBe(200);
    expect(await subjectsTo(person.email)).toContain('Your mail address was changed');
  });

  test('needs the password', async () => {
    const { device, email } = await signedIn(app);

    const refused = await ask(device, `new-${email}`, OTHER_PASSWORD);

    expect(fieldErrors(refused)).toEqual([422, '/password wrong_password']);
    expect(await app.mailsTo(`new-${email}`)).toEqual([]);
  });

  test('is refused without a token or to something that is no address', async () => {
    const { device } = await signedIn(app);

    const anonymous = await request(app.url)
      .post('/v1/accounts/email')
      .send({ email: 'a@b.example', password: 'x' });

    expect(refusal(anonymous)).toEqual([403, 'token_missing']);
    expect(fieldErrors(await ask(device, 'x\0@example.org'))).toEqual([422, '/email null_byte']);
    expect(refusal(await confirm('x'.repeat(43)))).toEqual([422, 'link_not_valid']);
    expect(refusal(await undo('x'.repeat(43)))).toEqual([422, 'link_not_valid']);
  });

  test('to an address that has an account is answered alike, and that mailbox gets no link', async () => {
    const { device, email } = await signedIn(app);
    const other = await openAccount(app);

    await ask(device, other.email).expect(202, { status: 'confirmation_sent' });

    expect(await tokensTo(app, other.email, 'confirm-email')).toEqual([]);
    expect(await subjectsTo(other.email)).toContain('This mail address is in use already');
    expect(await addressOf(device)).toBe(email);
  });

  test('to an address that got an account meanwhile is refused', async () => {
    const { device, email } = await signedIn(app);
    const wanted = someone();
    await ask(device, wanted.email).expect(202);
    const token = await tokenTo(app, wanted.email, 'confirm-email');
    await openAccount(app, wanted);

    expect(refusal(await confirm(token))).toEqual([409, 'email_taken']);
    expect(await addressOf(device)).toBe(email);
  });

  test('can be confirmed for a day', async () => {
    const { device } = await signedIn(app);
    const { email } = someone();
    await ask(device, email).expect(202);
    const token = await tokenTo(app, email, 'confirm-email');

    app.clock.advance(DAY_MS);

    expect(refusal(await confirm(token))).toEqual([422, 'link_not_valid']);
  });

  test('happens once when the link is followed by several requests at the same moment', async () => {
    const { device, ...person } = await signedIn(app);
    const { email } = someone();
    await ask(device, email).expect(202);
    const token = await tokenTo(app, email, 'confirm-email');

    const answers = await Promise.all([confirm(token), confirm(token), confirm(token)]);

    expect(answers.map(({ status }) => status).sort()).toEqual([204, 422, 422]);
    const told = await subjectsTo(person.email);
    expect(told.filter(subject => subject === 'Your mail address was changed')).toHaveLength(1);
  });

  test('happens for one of two people who want the same address', async () => {
    const [one, other] = [await signedIn(app), await signedIn(app)];
    const { email } = someone();
    await ask(one.device, email).expect(202);
    const first = await tokenTo(app, email, 'confirm-email');
    await ask(other.device, email).expect(202);
    const second = (await tokensTo(app, email, 'confirm-email')).find(token => token !== first)!;

    const answers = await Promise.all([confirm(first), confirm(second)]);

    expect(answers.map(({ status }) => status).sort()).toEqual([204, 409]);
  });

  test('to a third address makes the link to the second worthless', async () => {
    const { device } = await signedIn(app);
    const [second, third] = [someone().email, someone().email];
    await ask(device, second).expect(202);
    const older = await tokenTo(app, second, 'confirm-email');
    app.clock.advance(1000);
    await ask(device, third).expect(202);
    const newer = await tokenTo(app, third, 'confirm-email');

    expect(refusal(await confirm(older))).toEqual([422, 'link_not_valid']);
    await confirm(newer).expect(204);
  });
});

describe('the old mailbox', () => {
  test('can stop a change before it is made; nobody is logged out', async () => {
    const { device, ...person } = await signedIn(app);
    const { email } = someone();
    await ask(device, email).expect(202);
    const confirmation = await tokenTo(app, email, 'confirm-email');

    await undo(await tokenTo(app, person.email, 'undo-email')).expect(204);

    expect(refusal(await confirm(confirmation))).toEqual([422, 'link_not_valid']);
    expect(await addressOf(device)).toBe(person.email);
    expect(await tokensTo(app, person.email, 'reset-password')).toEqual([]);
  });

  test('can take a change back for seven days: every session ends, and it gets a link to a new password', async () => {
    const { device, undoToken, email, newEmail, password } = await moved();
    const thief = await Device.logIn(app, { email: newEmail, password });

    app.clock.advance(7 * DAY_MS - 1);
    await undo(undoToken).expect(204);

    for (const each of [device, thief])
      expect(refusal(await refreshWith(app, each.refreshToken))).toEqual([401, 'session_gone']);
    const reset = await tokenTo(app, email, 'reset-password');
    await request(app.url)
      .post('/v1/accounts/password/reset')
      .send({ token: reset, password: OTHER_PASSWORD })
      .expect(204);
    expect(await logIn({ email: newEmail, password })).toBe(401);
    expect(await logIn({ email, password: OTHER_PASSWORD })).toBe(200);
    expect(refusal(await undo(undoToken))).toEqual([422, 'link_not_valid']);
  });

  test('ends access tokens at once when it takes a change back', async () => {
    const { device, undoToken } = await moved();
    expect(await device.standing()).toBe('200');

    await undo(undoToken).expect(204);

    expect(await device.standing()).toBe('403 session_revoked');
  });

  test('cannot take a change back after seven days', async () => {
    const { undoToken } = await moved();

    app.clock.advance(7 * DAY_MS);

    expect(refusal(await undo(undoToken))).toEqual([422, 'link_not_valid']);
  });

  test('keeps its way back when a thief changes the address twice, and then the thief has none', async () => {
    const { device, undoToken, email, newEmail, password } = await moved();
    const third = someone().email;
    await ask(device, third).expect(202);
    const thiefsUndo = await tokenTo(app, newEmail, 'undo-email');
    await confirm(await tokenTo(app, third, 'confirm-email')).expect(204);
    const fourth = someone().email;
    await ask(device, fourth).expect(202);
    const thiefsConfirmation = await tokenTo(app, fourth, 'confirm-email');

    await undo(undoToken).expect(204);

    expect(refusal(await undo(thiefsUndo))).toEqual([422, 'link_not_valid']);
    expect(refusal(await confirm(thiefsConfirmation))).toEqual([422, 'link_not_valid']);
    expect(await logIn({ email: third, password })).toBe(401);
    await tokenTo(app, email, 'reset-password');
  });

  test('cannot take its address back once that has another account', async () => {
    const { undoToken, email, device, newEmail } = await moved();
    await openAccount(app, someone({ email }));

    expect(refusal(await undo(undoToken))).toEqual([409, 'email_taken']);
    expect(await addressOf(device)).toBe(newEmail);
  });
});
