import request from 'supertest';
import { startApp, type TestApp } from '../../support/app.ts';
import { Device, fieldErrors, refreshWith, refusal, setCookies, signedIn } from '../../support/person.ts';

const FIREFOX = 'Mozilla/5.0 (X11; Linux x86_64; rv:128.0) Gecko/20100101 Firefox/128.0';
const SAFARI =
  'Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/17.4 Safari/605.1.15';

let app: TestApp;

beforeAll(async () => {
  app = await startApp();
});

afterAll(async () => {
  await app.close();
});

interface Listed {
  readonly id: string;
  readonly current: boolean;
}

const sessionsOf = async (device: Device): Promise<Listed[]> =>
  (await device.get('/v1/accounts/sessions').expect(200)).body.sessions;

describe('the list of sessions', () => {
  test('shows every device, newest first, and which one asks; never a secret', async () => {
    const person = await signedIn(app);
    const began = app.clock.now().toISOString();
    app.clock.advance(60_000);
    const firefox = await Device.logIn(app, person, { 'User-Agent': FIREFOX });
    app.clock.advance(60_000);
    const safari = await Device.logIn(app, person, { 'User-Agent': SAFARI });
    app.clock.advance(60_000);
    await firefox.agent.post('/v1/accounts/token').set('User-Agent', FIREFOX).expect(200);

    const answer = await safari.get('/v1/accounts/sessions').expect(200);

    const after = (ms: number) => new Date(Date.parse(began) + ms).toISOString();
    const ip = '127.0.0.1';
    expect(answer.body.sessions).toEqual([
      {
        id: safari.sessionId,
        device: 'Safari on macOS',
        ip,
        created_at: after(120_000),
        last_used_at: after(180_000),
        current: true,
      },
      {
        id: firefox.sessionId,
        device: 'Firefox on Linux',
        ip,
        created_at: after(60_000),
        last_used_at: after(180_000),
        current: false,
      },
      {
        id: expect.any(String),
        device: expect.any(String),
        ip,
        created_at: began,
        last_used_at: began,
        current: false,
      },
    ]);
    expect(answer.text).not.toMatch(/salt|generation|v1\./);
  });

  test('leaves out those that have expired', async () => {
    const { device, ...person } = await signedIn(app);
    app.clock.advance(14 * 24 * 60 * 60 * 1000);

    const newer = await Device.logIn(app, person);

    expect((await sessionsOf(newer)).map(({ id }) => id)).toEqual([newer.sessionId]);
    expect(device.sessionId).not.toBe(newer.sessionId);
  });

  test('is shown to nobody without a token', async () => {
    for (const asked of [
      request(app.url).get('/v1/accounts/sessions'),
      request(app.url).delete('/v1/accounts/sessions'),
      request(app.url).delete('/v1/accounts/sessions/x'),
    ])
      expect(refusal(await asked)).toEqual([403, 'token_missing']);
  });
});

describe('ending a session', () => {
  test('logs that device out, and no other', async () => {
    const { device, ...person } = await signedIn(app);
    const lost = await Device.logIn(app, person);
    const other = await Device.logIn(app, person);

    await device.delete(`/v1/accounts/sessions/${lost.sessionId}`).expect(204);

    expect(await lost.standing()).toBe('403 session_revoked');
    expect(refusal(await refreshWith(app, lost.refreshToken))).toEqual([401, 'session_gone']);
    expect([await device.standing(), await other.standing()]).toEqual(['200', '200']);
    expect((await sessionsOf(device)).map(({ id }) => id).sort()).toEqual(
      [device.sessionId, other.sessionId].sort(),
    );
  });

  test('twice, of somebody else or of nobody is the same 404', async () => {
    const { device, ...person } = await signedIn(app);
    const ended = await Device.logIn(app, person);
    const stranger = await signedIn(app);
    const end = (id: string) => device.delete(`/v1/accounts/sessions/${id}`);
    await end(ended.sessionId).expect(204);

    const answers = [
      await end(ended.sessionId),
      await end(stranger.device.sessionId),
      await end('a'.repeat(22)),
      await end('x%2F..'),
    ];

    expect(answers.map(refusal)).toEqual(answers.map(() => [404, 'session_not_found']));
    expect(new Set(answers.map(({ body }) => String(body.detail))).size).toBe(1);
    expect(await stranger.device.standing()).toBe('200');
    expect(fieldErrors(await end('y'.repeat(101)))).toEqual([422, '/id too_long']);
  });
});

describe('ending all sessions', () => {
  test('but one’s own keeps the device that asks', async () => {
    const { device, ...person } = await signedIn(app);
    const others = [await Device.logIn(app, person), await Device.logIn(app, person)];
    const stranger = await signedIn(app);

    const answer = await device.delete('/v1/accounts/sessions').expect(204);

    expect(setCookies(answer)).toEqual([]);
    for (const other of others) {
      expect(await other.standing()).toBe('403 session_revoked');
      expect(refusal(await refreshWith(app, other.refreshToken))).toEqual([401, 'session_gone']);
    }
    expect(await device.standing()).toBe('200');
    await device.refresh();
    await app.deliver();
    expect(await device.standing()).toBe('200');
    await device.refresh();
    await stranger.device.refresh();
  });

  test('and one’s own logs everything out and clears the cookie', async () => {
    const { device, ...person } = await signedIn(app);
    const other = await Device.logIn(app, person);

    const answer = await device.delete('/v1/accounts/sessions?all=true').expect(204);

    expect(setCookies(answer)).toMatchObject([{ name: 'refresh_token', value: '' }]);
    expect([await device.standing(), await other.standing()]).toEqual([
      '403 session_revoked',
      '403 session_revoked',
    ]);
    expect((await sessionsOf(await Device.logIn(app, person))).map(({ current }) => current)).toEqual([true]);
  });

  test('understands true and false only', async () => {
    const { device } = await signedIn(app);

    const refused = await device.delete('/v1/accounts/sessions?all=yes');

    expect(fieldErrors(refused)).toEqual([422, '/all invalid_format']);
    await device.delete('/v1/accounts/sessions?all=false').expect(204);
    expect(await device.standing()).toBe('200');
  });
});
