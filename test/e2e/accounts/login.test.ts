import request from 'supertest';
import { AdminService } from '../../../src/accounts/services/admin-service.ts';
import type { AccountId } from '../../../src/shared/domain/identity.ts';
import { startApp, type TestApp } from '../../support/app.ts';
import {
  Device,
  fieldErrors,
  openAccount,
  OTHER_PASSWORD,
  refreshWith,
  refusal,
  setCookie,
  setCookies,
  signedIn,
  someone,
  verify,
} from '../../support/person.ts';

let app: TestApp;

beforeAll(async () => {
  app = await startApp();
});

afterAll(async () => {
  await app.close();
});

const logIn = (email: unknown, password: unknown) =>
  request(app.url).post('/v1/accounts/login').send({ email, password });

const decoded = (part: string | undefined): Record<string, unknown> =>
  JSON.parse(Buffer.from(part ?? '', 'base64url').toString()) as Record<string, unknown>;

describe('logging in', () => {
  test('answers an access token and the person, and sets the refresh cookie', async () => {
    const who = await openAccount(app);

    const answer = await logIn(who.email, who.password);

    expect(answer.status).toBe(200);
    expect(answer.body).toEqual({
      access_token: expect.any(String),
      token_type: 'Bearer',
      expires_in: 600,
      user: expect.objectContaining({ id: who.id, username: who.username }),
    });
    expect(answer.headers['cache-control']).toBe('no-store');
    expect(setCookies(answer).map(({ name, attributes }) => [name, ...attributes])).toEqual([
      ['refresh_token', 'Max-Age=1209600', 'Path=/', 'HttpOnly', 'SameSite=Strict'],
      ['device', 'Max-Age=34560000', 'Path=/', 'HttpOnly', 'SameSite=Strict'],
    ]);
  });

  test('gives an ES256 access token of RFC 9068, without anything personal in it', async () => {
    const who = await openAccount(app);

    const { body } = await logIn(who.email, who.password);

    const [header, payload] = String(body.access_token).split('.');
    const now = app.clock.now().getTime() / 1000;
    expect(decoded(header)).toEqual({ alg: 'ES256', typ: 'at+jwt', kid: expect.any(String) });
    expect(decoded(payload)).toEqual({
      iss: 'http://localhost:3000',
      aud: 'http://localhost:3000',
      client_id: 'daymark',
      sub: who.id,
      iat: now,
      exp: now + 600,
      auth_time: now,
      jti: expect.any(String),
      sid: expect.any(String),
      gen: 1,
      amr: ['pwd'],
    });
  });

  test('takes the address in any case and the password exactly', async () => {
    const who = await openAccount(app, { password: ' Spaces count in Here ' });

    const shouted = await logIn(who.email.toUpperCase(), who.password);
    const trimmed = await logIn(who.email, who.password.trim());
    const lowered = await logIn(who.email, who.password.toLowerCase());

    expect(shouted.status).toBe(200);
    expect(refusal(trimmed)).toEqual([401, 'invalid_credentials']);
    expect(refusal(lowered)).toEqual([401, 'invalid_credentials']);
  });

  test('takes a password as any keyboard composes it', async () => {
    const who = await openAccount(app, { password: 'caf\u00e9 on the quay, 7' });

    expect((await logIn(who.email, 'cafe\u0301 on the quay, 7')).status).toBe(200);
  });

  test('refuses every cause alike: a wrong password, nobody, no address, a ban, an unopened account', async () => {
    const who = await openAccount(app);
    const banned = await openAccount(app);
    const waiting = someone();
    await request(app.url).post('/v1/accounts/register').send(waiting).expect(202);
    await app.container.get(AdminService).ban(banned.id as AccountId, 'test');

    const answers = await Promise.all([
      logIn(who.email, OTHER_PASSWORD),
      logIn(who.email, ''),
      logIn(someone().email, who.password),
      logIn('not an address', who.password),
      logIn(banned.email, banned.password),
      logIn(waiting.email, waiting.password),
    ]);

    expect(answers.map(refusal)).toEqual(answers.map(() => [401, 'invalid_credentials']));
    expect(answers.flatMap(setCookies)).toEqual([]);
    expect(new Set(answers.map(answer => String(answer.body.detail))).size).toBe(1);
  });

  test('refuses a body of another shape', async () => {
    const refused = await request(app.url).post('/v1/accounts/login').send({ email: 7, remember: true });

    expect(fieldErrors(refused).slice(1).sort()).toEqual([
      '/email wrong_type',
      '/password missing',
      '/remember unknown_field',
    ]);
  });

  test('notes success and failure for the person to see', async () => {
    const who = await openAccount(app);
    await logIn(who.email, OTHER_PASSWORD).set('User-Agent', 'curl/8.0');

    const device = await Device.logIn(app, who);
    const { body } = await device.get('/v1/accounts/me/activity').expect(200);

    expect(body.activity.map((entry: { kind: string }) => entry.kind)).toEqual([
      'login_succeeded',
      'login_failed',
      'verified',
    ]);
    expect(body.activity[1]).toMatchObject({ ip: '127.0.0.1', device: expect.stringMatching(/curl/i) });
  });
});

describe('a login on a browser that is logged in', () => {
  test('ends the session it takes the place of', async () => {
    const person = await signedIn(app);
    const elsewhere = await Device.logIn(app, person);

    const again = await Device.logIn(app, person, { Cookie: `refresh_token=${person.device.refreshToken}` });

    expect(await person.device.standing()).toBe('403 session_revoked');
    expect(refusal(await refreshWith(app, person.device.refreshToken))).toEqual([401, 'session_gone']);
    expect([await elsewhere.standing(), await again.standing()]).toEqual(['200', '200']);
  });

  test('does so for another person too', async () => {
    const one = await signedIn(app);
    const other = await openAccount(app);

    await Device.logIn(app, other, { Cookie: `refresh_token=${one.device.refreshToken}` });

    expect(await one.device.standing()).toBe('403 session_revoked');
  });

  test('ends nothing when it fails, or when the cookie is not genuine', async () => {
    const person = await signedIn(app);
    const { refreshToken } = person.device;
    const forged = refreshToken.replace(/.$/, end => (end === 'A' ? 'E' : 'A'));

    const failed = await logIn(person.email, OTHER_PASSWORD).set('Cookie', `refresh_token=${refreshToken}`);
    await Device.logIn(app, person, { Cookie: `refresh_token=${forged}` });

    expect(refusal(failed)).toEqual([401, 'invalid_credentials']);
    expect(await person.device.standing()).toBe('200');
  });
});

test('the 51st session of an account ends the oldest', async () => {
  const person = await signedIn(app);
  app.clock.advance(1000);
  const second = await Device.logIn(app, person);
  app.clock.advance(1000);
  await Promise.all(Array.from({ length: 48 }, () => Device.logIn(app, person)));
  expect(await person.device.standing()).toBe('200');

  const newest = await Device.logIn(app, person);

  app.clock.advance(1000);
  const { body } = await newest.get('/v1/accounts/sessions').expect(200);
  expect(body.sessions).toHaveLength(50);
  expect(await person.device.standing()).toBe('403 session_revoked');
  expect([await second.standing(), await newest.standing()]).toEqual(['200', '200']);
});

describe('behind HTTPS', () => {
  let secure: TestApp;

  beforeAll(async () => {
    secure = await startApp({ PUBLIC_URL: 'https://daymark.example' });
  });

  afterAll(async () => {
    await secure.close();
  });

  test('both cookies are Secure and bound to the host', async () => {
    const who = someone();
    await request(secure.url).post('/v1/accounts/register').send(who).expect(202);
    await verify(secure, who);

    const login = await request(secure.url)
      .post('/v1/accounts/login')
      .send({ email: who.email, password: who.password });
    const { value } = setCookie(login, '__Host-refresh_token');
    const refreshed = await request(secure.url)
      .post('/v1/accounts/token')
      .set('Cookie', `__Host-refresh_token=${value}`);
    const planted = await request(secure.url)
      .post('/v1/accounts/token')
      .set('Cookie', `refresh_token=${value}`);
    const out = await request(secure.url)
      .post('/v1/accounts/logout')
      .set('Cookie', `__Host-refresh_token=${value}`);

    const attributes = ['Path=/', 'HttpOnly', 'Secure', 'SameSite=Strict'];
    expect(setCookies(login).map(each => [each.name, ...each.attributes])).toEqual([
      ['__Host-refresh_token', 'Max-Age=1209600', ...attributes],
      ['__Host-device', 'Max-Age=34560000', ...attributes],
    ]);
    expect(setCookies(refreshed).map(each => [each.name, ...each.attributes])).toEqual([
      ['__Host-refresh_token', 'Max-Age=1209600', ...attributes],
    ]);
    expect(refusal(planted)).toEqual([400, 'refresh_token_missing']);
    expect(setCookies(out)).toEqual([
      { name: '__Host-refresh_token', value: '', attributes: ['Max-Age=0', ...attributes] },
    ]);
  });
});
