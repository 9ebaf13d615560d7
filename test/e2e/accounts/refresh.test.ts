import { createClient } from 'redis';
import request from 'supertest';
import { AdminService } from '../../../src/accounts/services/admin-service.ts';
import type { AccountId } from '../../../src/shared/domain/identity.ts';
import { startApp, type TestApp } from '../../support/app.ts';
import {
  Device,
  maxAgeOf,
  refreshWith,
  refusal,
  setCookie,
  setCookies,
  signedIn,
  type Answer,
  type Person,
} from '../../support/person.ts';

const SECOND_MS = 1000;
const HOUR_MS = 3600 * SECOND_MS;
const DAY_MS = 24 * HOUR_MS;

let app: TestApp;

beforeAll(async () => {
  app = await startApp();
});

afterAll(async () => {
  await app.close();
});

const successorIn = (answer: Answer): string => setCookie(answer).value;

const refused = async (token: string): Promise<[number, string]> => {
  const answer = await refreshWith(app, token);
  // A losing tab must not wipe the winner's cookie.
  expect(setCookies(answer)).toEqual([]);
  return refusal(answer);
};

const alarms = async (person: Person, device: Device): Promise<{ mails: number; entries: number }> => {
  const mails = await app.mailsTo(person.email);
  const { body } = await device.get('/v1/accounts/me/activity').expect(200);
  return {
    mails: mails.filter(mail => mail.subject === 'One of your sessions was ended').length,
    entries: body.activity.filter((entry: { kind: string }) => entry.kind === 'refresh_reused').length,
  };
};

describe('a refresh', () => {
  test('answers as a login does, with the next cookie', async () => {
    const { device, username } = await signedIn(app);
    const first = device.refreshToken;

    app.clock.advance(HOUR_MS);
    const answer = await device.refresh();

    expect(answer.body).toEqual({
      access_token: expect.any(String),
      token_type: 'Bearer',
      expires_in: 600,
      user: expect.objectContaining({ username }),
    });
    expect(answer.headers['cache-control']).toBe('no-store');
    expect(setCookies(answer).map(({ name, attributes }) => [name, ...attributes])).toEqual([
      ['refresh_token', 'Max-Age=1209600', 'Path=/', 'HttpOnly', 'SameSite=Strict'],
    ]);
    expect(device.refreshToken).not.toBe(first);
    expect(await device.standing()).toBe('200');
  });

  test('helps when the access token has expired', async () => {
    const { device } = await signedIn(app);

    app.clock.advance(599 * SECOND_MS);
    const before = await device.standing();
    app.clock.advance(SECOND_MS);
    const after = await device.standing();
    await device.refresh();

    expect([before, after]).toEqual(['200', '403 token_expired']);
    expect(await device.standing()).toBe('200');
  });

  test.each([
    ['no cookie', undefined, 'refresh_token_missing'],
    ['an empty cookie', 'refresh_token=', 'refresh_token_missing'],
    ['something else in the cookie', 'refresh_token=hello', 'refresh_token_malformed'],
    [
      'a token of a later version',
      `refresh_token=v9.${'a'.repeat(22)}.1.${'b'.repeat(43)}`,
      'refresh_token_malformed',
    ],
    ['two cookies', 'refresh_token=one; refresh_token=two', 'ambiguous_cookie'],
  ])('with %s is malformed', async (_what, cookie, code) => {
    const asked = request(app.url).post('/v1/accounts/token');

    const answer = await (cookie === undefined ? asked : asked.set('Cookie', cookie));

    expect(refusal(answer)).toEqual([400, code]);
    expect(setCookies(answer)).toEqual([]);
    expect(answer.headers['cache-control']).toBe('no-store');
  });

  test('with the same cookie twice revokes nothing', async () => {
    const { device } = await signedIn(app);
    const pair = `refresh_token=${device.refreshToken}`;

    const answer = await request(app.url).post('/v1/accounts/token').set('Cookie', `${pair}; ${pair}`);

    expect(refusal(answer)).toEqual([400, 'ambiguous_cookie']);
    expect(await device.standing()).toBe('200');
    await device.refresh();
  });

  test('with a forged token of any generation harms nobody', async () => {
    const { device } = await signedIn(app);
    await device.refresh();
    const [version, id, , mac = ''] = device.refreshToken.split('.');
    const forged = [1, 2, 3, 900].map(generation => [version, id, generation, mac].join('.'));
    forged[1] = device.refreshToken.replace(/.$/, end => (end === 'A' ? 'E' : 'A'));

    const answers = [];
    for (const token of forged) answers.push(await refused(token));

    expect(answers).toEqual(forged.map(() => [400, 'refresh_token_malformed']));
    await device.refresh();
  });

  test('of a session that never was is refused', async () => {
    expect(await refused(`v1.${'a'.repeat(22)}.1.${'b'.repeat(43)}`)).toEqual([401, 'session_gone']);
  });

  test('of a banned person is refused', async () => {
    const { device, id } = await signedIn(app);

    await app.container.get(AdminService).ban(id as AccountId, 'test');

    expect(await refused(device.refreshToken)).toEqual([401, 'session_gone']);
    expect(await device.standing()).toBe('403 session_revoked');
  });
});

describe('an old cookie', () => {
  test('gets the same successor as the other tab within ten seconds, although that is in use', async () => {
    const { device } = await signedIn(app);
    const old = device.refreshToken;
    await device.refresh();
    expect(await device.standing()).toBe('200');

    app.clock.advance(10 * SECOND_MS);
    const racing = await refreshWith(app, old).expect(200);

    expect(successorIn(racing)).toBe(device.refreshToken);
    await device.refresh();
  });

  test.each([
    ['60 seconds', 60 * SECOND_MS],
    ['6 hours', 6 * HOUR_MS],
    ['a day, almost', DAY_MS - 1],
  ])('gets the same successor after %s when the answer was lost', async (_when, ms) => {
    const { device } = await signedIn(app);
    const lost = successorIn(await refreshWith(app, device.refreshToken).expect(200));

    app.clock.advance(ms);
    const retried = await refreshWith(app, device.refreshToken).expect(200);

    expect(successorIn(retried)).toBe(lost);
    await refreshWith(app, lost).expect(200);
  });

  test('is worth nothing after a day, but that is no theft', async () => {
    const person = await signedIn(app);
    const other = await Device.logIn(app, person);
    const lost = successorIn(await refreshWith(app, person.device.refreshToken).expect(200));

    app.clock.advance(DAY_MS);

    expect(await refused(person.device.refreshToken)).toEqual([401, 'session_expired']);
    await other.refresh();
    expect(await alarms(person, other)).toEqual({ mails: 0, entries: 0 });
    await refreshWith(app, lost).expect(200);
  });

  test('is theft once the new access token was used: its session dies, and the owner hears of it once', async () => {
    const person = await signedIn(app);
    const other = await Device.logIn(app, person);
    const old = person.device.refreshToken;
    await person.device.refresh();
    await person.device.get('/v1/accounts/me').expect(200);

    app.clock.advance(11 * SECOND_MS);
    const replays = await Promise.all([refused(old), refused(old), refused(old)]);
    const later = await refused(old);

    expect([...replays, later]).toEqual([1, 2, 3, 4].map(() => [401, 'refresh_reused']));
    expect(await refused(person.device.refreshToken)).toEqual([401, 'refresh_reused']);
    expect(await person.device.standing()).toBe('403 session_revoked');
    expect(await other.standing()).toBe('200');
    await other.refresh();
    expect(await alarms(person, other)).toEqual({ mails: 1, entries: 1 });
  });

  test('is theft when it is two behind, even within ten seconds', async () => {
    const person = await signedIn(app);
    const other = await Device.logIn(app, person);
    const old = person.device.refreshToken;
    await person.device.refresh();
    await person.device.refresh();

    expect(await refused(old)).toEqual([401, 'refresh_reused']);
    expect(await refused(person.device.refreshToken)).toEqual([401, 'refresh_reused']);
    expect(await alarms(person, other)).toEqual({ mails: 1, entries: 1 });
  });
});

describe('a session', () => {
  test('ends when nobody used it for fourteen days, and not before', async () => {
    const kept = await signedIn(app);
    const left = await signedIn(app);

    app.clock.advance(14 * DAY_MS - 1);
    await kept.device.refresh();
    app.clock.advance(1);

    expect(await refused(left.device.refreshToken)).toEqual([401, 'session_expired']);
    expect(await kept.device.standing()).toBe('200');
  });

  test('ends after ninety days however much it is used; its cookie never promises more', async () => {
    const { device } = await signedIn(app);

    const promises: number[] = [];
    for (let day = 10; day < 90; day += 10) {
      app.clock.advance(10 * DAY_MS);
      promises.push(maxAgeOf(await device.refresh()) / 86_400);
    }
    app.clock.advance(10 * DAY_MS - 1);
    const last = await device.refresh();
    const alive = await device.standing();
    app.clock.advance(1);

    expect(promises).toEqual([14, 14, 14, 14, 14, 14, 14, 10]);
    expect([maxAgeOf(last), alive]).toEqual([0, '200']);
    expect(await refused(device.refreshToken)).toEqual([401, 'session_expired']);
    app.clock.advance(SECOND_MS);
    expect(await device.standing()).toBe('403 session_revoked');
  });

  test('survives a store that lost its last second', async () => {
    const { device } = await signedIn(app);
    const client = createClient({ url: app.redisUrl, RESP: 2 });
    await client.connect();
    const key = `session:${device.sessionId}`;
    const before = await client.hGetAll(key);
    await device.refresh();
    await device.refresh();

    await client.hSet(key, before);
    client.destroy();

    expect(await device.standing()).toBe('200');
    await device.refresh();
    expect(await device.standing()).toBe('200');
  });

  test('is gone when the store has forgotten it, and refreshing does not bring it back', async () => {
    const { device } = await signedIn(app);
    const client = createClient({ url: app.redisUrl, RESP: 2 });
    await client.connect();
    await client.del(`session:${device.sessionId}`);

    const answers = [await refused(device.refreshToken), await refused(device.refreshToken)];
    const left = await client.exists(`session:${device.sessionId}`);
    client.destroy();

    expect(answers).toEqual([
      [401, 'session_gone'],
      [401, 'session_gone'],
    ]);
    expect(left).toBe(0);
  });
});
