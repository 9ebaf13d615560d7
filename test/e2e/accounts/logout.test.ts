import { createClient } from 'redis';
import request from 'supertest';
import type { TestApp } from '../../support/app.ts';
import { Device, refreshWith, refusal, setCookies, signedIn } from '../../support/person.ts';
import { startTwoApps } from './replicas.ts';

let app: TestApp;
let replica: TestApp;

beforeAll(async () => {
  [app, replica] = await startTwoApps();
});

afterAll(async () => {
  await replica.close();
  await app.close();
});

const logOut = ({ cookie, bearer }: { cookie?: string; bearer?: string }) => {
  const asked = request(app.url).post('/v1/accounts/logout');
  if (cookie !== undefined) void asked.set('Cookie', cookie);
  if (bearer !== undefined) void asked.auth(bearer, { type: 'bearer' });
  return asked;
};

const cookieOf = (device: Device): string => `refresh_token=${device.refreshToken}`;

const DONE = { message: 'Successfully logged out' };

describe('logging out', () => {
  test('with the cookie ends the session and clears the cookie', async () => {
    const { device } = await signedIn(app);

    const answer = await logOut({ cookie: cookieOf(device) });

    expect([answer.status, answer.body]).toEqual([200, DONE]);
    expect(setCookies(answer)).toEqual([
      {
        name: 'refresh_token',
        value: '',
        attributes: ['Max-Age=0', 'Path=/', 'HttpOnly', 'SameSite=Strict'],
      },
    ]);
    expect(await device.standing()).toBe('403 session_revoked');
    expect(refusal(await refreshWith(app, device.refreshToken))).toEqual([401, 'session_gone']);
  });

  test('with an older cookie of the session ends it just as well', async () => {
    const { device } = await signedIn(app);
    const older = cookieOf(device);
    await device.refresh();
    await device.refresh();

    await logOut({ cookie: older }).expect(200);

    expect(refusal(await refreshWith(app, device.refreshToken))).toEqual([401, 'session_gone']);
  });

  test('with an access token alone ends its session, even when the token has expired', async () => {
    const { device } = await signedIn(app);
    app.clock.advance(601_000);
    expect(await device.standing()).toBe('403 token_expired');

    await logOut({ bearer: device.accessToken }).expect(200, DONE);

    expect(refusal(await refreshWith(app, device.refreshToken))).toEqual([401, 'session_gone']);
  });

  test('with the cookie of one session and the access token of another ends both', async () => {
    const { device, ...person } = await signedIn(app);
    const other = await Device.logIn(app, person);

    await logOut({ cookie: cookieOf(device), bearer: other.accessToken }).expect(200);

    expect([await device.standing(), await other.standing()]).toEqual([
      '403 session_revoked',
      '403 session_revoked',
    ]);
  });

  test('twice, or with nothing at all, is fine', async () => {
    const { device } = await signedIn(app);
    await logOut({ cookie: cookieOf(device), bearer: device.accessToken }).expect(200);

    await logOut({ cookie: cookieOf(device), bearer: device.accessToken }).expect(200, DONE);
    await logOut({}).expect(200, DONE);
    await logOut({ cookie: 'refresh_token=junk', bearer: 'junk' }).expect(200, DONE);
  });

  test('with two cookies ends nothing, since it is not clear which is meant', async () => {
    const { device } = await signedIn(app);

    const answer = await logOut({
      cookie: `${cookieOf(device)}; refresh_token=other`,
      bearer: device.accessToken,
    });

    expect(refusal(answer)).toEqual([400, 'ambiguous_cookie']);
    expect(setCookies(answer)).toEqual([]);
    expect(await device.standing()).toBe('200');
  });

  test('with forged tokens ends nothing', async () => {
    const { device } = await signedIn(app);
    const [header, payload] = device.accessToken.split('.');
    const forgedCookie = `refresh_token=${device.refreshToken.slice(0, -4)}AAAA`;

    await logOut({ cookie: forgedCookie, bearer: `${header}.${payload}.${'A'.repeat(86)}` }).expect(200);

    expect(await device.standing()).toBe('200');
    await device.refresh();
  });

  test('is noted once', async () => {
    const { device, ...person } = await signedIn(app);
    await logOut({ cookie: cookieOf(device), bearer: device.accessToken });
    await logOut({ cookie: cookieOf(device) });

    const again = await Device.logIn(app, person);
    const { body } = await again.get('/v1/accounts/me/activity');

    const kinds = body.activity.map((entry: { kind: string }) => entry.kind);
    expect(kinds.filter((kind: string) => kind === 'logged_out')).toHaveLength(1);
  });
});

test('a device that logs out is out at once here and within a second on every replica; the others stay', async () => {
  const { device, ...person } = await signedIn(app);
  const other = await Device.logIn(app, person);
  const meAtReplica = ({ accessToken }: Device) =>
    request(replica.url).get('/v1/accounts/me').auth(accessToken, { type: 'bearer' });
  replica.clock.advance(app.clock.now().getTime() - replica.clock.now().getTime());
  await device.get('/v1/accounts/me').expect(200);
  await meAtReplica(device).expect(200);

  await logOut({ cookie: cookieOf(device) }).expect(200);
  const here = await device.standing();
  replica.clock.advance(1000);
  const there = await meAtReplica(device);

  expect(here).toBe('403 session_revoked');
  expect(refusal(there)).toEqual([403, 'session_revoked']);
  expect(there.headers['www-authenticate']).toMatch(/^Bearer .*error="invalid_token"/);
  await other.get('/v1/accounts/me').expect(200);
  await meAtReplica(other).expect(200);
});

test('a session store that has lost its last second of writes does not bring a session back', async () => {
  const { device } = await signedIn(app);
  const key = `session:${device.refreshToken.split('.')[1] ?? ''}`;
  const redis = createClient({ url: app.redisUrl, RESP: 2 });
  await redis.connect();
  const before = await redis.hGetAll(key);
  await logOut({ cookie: cookieOf(device) });
  await redis.hSet(key, before);
  redis.destroy();

  expect(refusal(await refreshWith(app, device.refreshToken))).toEqual([401, 'session_gone']);
  expect(await device.standing()).toBe('403 session_revoked');
});
