import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import request from 'supertest';
import { startApp, type TestApp } from '../../support/app.ts';
import {
  Device,
  OTHER_PASSWORD,
  PASSWORD,
  refreshWith,
  refusal,
  signedIn,
  tokenTo,
  tokensTo,
  type Person,
  type Who,
} from '../../support/person.ts';
import { startRedisServer, type FaultyRedis } from '../../support/redis-server.ts';
import { Rewind } from '../../support/rewind.ts';
import { connected } from '../../support/template-database.ts';
import { runAdmin } from '../accounts/run-admin.ts';
import { sharedSecrets } from '../accounts/replicas.ts';
import { pageOf } from '../guestbook/page.ts';

const MINUTE_MS = 60 * 1000;
const HOUR_MS = 60 * MINUTE_MS;

const secrets = sharedSecrets();
let app: TestApp;
let redis: FaultyRedis;
let folder: string;
let ada: Person;
let rewind: Rewind;

beforeAll(async () => {
  [redis, folder] = await Promise.all([startRedisServer(), mkdtemp(join(tmpdir(), 'daymark-rewind-'))]);
  app = await startApp({ ...secrets, REDIS_URL: redis.url, DATA_DIR: folder });
});

beforeEach(async () => {
  // What an earlier test has left on hold.
  await connected(app.databaseUrl, client => client.query('delete from outbox'));
  ada = await signedIn(app);
});

afterEach(() => rewind.drop());

afterAll(async () => {
  await app.close();
  await redis.stop();
  await rm(folder, { recursive: true, force: true });
});

/** A backup of this moment. */
const backUp = async (): Promise<void> => {
  rewind = await Rewind.take(app.databaseUrl, app.clock.now());
};

/** Soon enough for every token to be genuine still, the backup takes the place of what happened since. */
const restore = async (): Promise<void> => {
  app.clock.advance(MINUTE_MS);
  await rewind.restore(app.clock.now());
  // This process must not remember sessions from the second before.
  app.clock.advance(1_000);
};

const logIn = async ({ email, password }: Pick<Who, 'email' | 'password'>): Promise<[number, string]> =>
  refusal(await request(app.url).post('/v1/accounts/login').send({ email, password }));

const standings = (devices: readonly Device[]): Promise<string[]> =>
  Promise.all(devices.map(device => device.standing()));

const refreshed = (devices: readonly Device[]): Promise<[number, string][]> =>
  Promise.all(devices.map(async device => refusal(await refreshWith(app, device.refreshToken))));

const changePassword = (device: Device) =>
  device.put('/v1/accounts/password').send({ current_password: PASSWORD, new_password: OTHER_PASSWORD });

/** An administrator's command, in a process of its own. */
const admin = async (...words: string[]) =>
  await runAdmin(
    { NODE_ENV: 'test', DATABASE_URL: app.databaseUrl, REDIS_URL: redis.url, DATA_DIR: folder, ...secrets },
    ...words,
  );

describe('after a restore', () => {
  test('every session is over, those that began or changed since the backup too, and the old password counts', async () => {
    const second = await Device.logIn(app, ada);
    await backUp();
    const third = await Device.logIn(app, ada);
    await changePassword(ada.device).expect(204);
    const fourth = await Device.logIn(app, { ...ada, password: OTHER_PASSWORD });
    await fourth.post('/v1/accounts/logout').expect(200);
    const stranger = await signedIn(app);
    await app.deliver();

    await restore();
    await app.deliver();

    const devices = [ada.device, second, third, fourth, stranger.device];
    expect(new Set(await standings(devices))).toEqual(new Set(['403 session_revoked']));
    expect(await refreshed(devices)).toEqual(devices.map(() => [401, 'session_gone']));
    expect(await logIn({ ...ada, password: OTHER_PASSWORD })).toEqual([401, 'invalid_credentials']);
    expect(await logIn(stranger)).toEqual([401, 'invalid_credentials']);
    const again = await Device.logIn(app, ada);
    expect(await again.standing()).toBe('200');
  });

  test('no old session is refreshed, also before any worker has heard of the restore', async () => {
    const second = await Device.logIn(app, ada);
    await backUp();
    await changePassword(ada.device).expect(204);
    const third = await Device.logIn(app, { ...ada, password: OTHER_PASSWORD });
    const stranger = await signedIn(app);

    await restore();

    const devices = [ada.device, second, third, stranger.device];
    expect(await refreshed(devices)).toEqual(devices.map(() => [401, 'session_gone']));
  });

  test('a session that began since lives on, whatever comes late or twice, and whoever opened an account since', async () => {
    await backUp();
    await restore();
    const device = await Device.logIn(app, ada);

    await app.deliver();
    const grace = await signedIn(app);
    await app.deliver();
    app.clock.advance(HOUR_MS);
    await device.refresh();
    await grace.device.refresh();

    expect(await standings([device, grace.device])).toEqual(['200', '200']);
  });

  test('a second restore of the same backup ends what began after the first', async () => {
    await backUp();
    await restore();
    await app.deliver();
    const device = await Device.logIn(app, ada);

    await restore();

    expect(await refreshed([device])).toEqual([[401, 'session_gone']]);
    await app.deliver();
    expect(await device.standing()).toBe('403 session_revoked');
    expect(await logIn(ada)).toEqual([200, 'undefined']);
  });

  test('an account that was closed since is there again, with its page and what was kept about it counted anew', async () => {
    const page = pageOf(app, ada.username);
    await page.leave({ name: 'Grace', message: 'First!' }).expect(201);
    await backUp();
    await page.leave({ name: 'Alan', message: 'Second.' }).expect(201);
    expect(await page.count()).toBe(2);
    await ada.device.delete('/v1/accounts/me').send({ password: PASSWORD }).expect(204);
    await app.deliver();

    await restore();
    await app.deliver();

    expect(await logIn(ada)).toEqual([200, 'undefined']);
    expect(await page.count()).toBe(1);
  });

  test('a count that Redis still has from before is not shown', async () => {
    const page = pageOf(app, ada.username);
    await backUp();
    await page.leave({ name: 'Grace', message: 'First!' }).expect(201);
    expect(await page.count()).toBe(1);

    await restore();
    await app.deliver();

    expect(await page.count()).toBe(0);
  });
});

describe('mails around a restore', () => {
  const forgotten = () =>
    request(app.url).post('/v1/accounts/password/forgot').send({ email: ada.email }).expect(202);
  const reset = (token: string) =>
    request(app.url).post('/v1/accounts/password/reset').send({ token, password: OTHER_PASSWORD });

  test('one that waited at the time of the backup is not sent until an admin releases it', async () => {
    await forgotten();
    await backUp();

    await restore();
    await app.deliver();
    app.clock.advance(96 * HOUR_MS);
    expect(await tokensTo(app, ada.email, 'reset-password')).toEqual([]);

    const listed = (await admin('outbox', '--json')).json() as {
      given_up: { id: string; type: string; lastError: string }[];
    };
    expect(listed.given_up).toEqual([
      expect.objectContaining({ type: 'accounts.password-forgotten', lastError: 'held_by_restore' }),
    ]);
    expect((await admin('retry-event', listed.given_up[0]!.id)).stdout).toBe('done\n');
    const tokens = await tokensTo(app, ada.email, 'reset-password');

    expect(tokens).toHaveLength(1);
    await reset(tokens[0]!).expect(204);
  });

  test('all that waited are released at once, and nothing else that was given up', async () => {
    await forgotten();
    await backUp();
    await restore();
    await app.deliver();
    const gaveUp = '01a1fb4a-2d73-7e6c-a8d0-82b604203eb7';
    await connected(app.databaseUrl, client =>
      client.query(
        `insert into outbox (id, type, payload, occurred_at, next_attempt_at, gave_up_at, last_error)
         values ($1, 'accounts.password-forgotten', '{}', now(), now(), now(), 'smtp_refused')`,
        [gaveUp],
      ),
    );

    const released = (await admin('retry-held', '--json')).json();
    const again = (await admin('retry-held', '--json')).json();

    expect([released, again]).toEqual([{ released: 1 }, { released: 0 }]);
    expect(await tokensTo(app, ada.email, 'reset-password')).toHaveLength(1);
    const { given_up: rest } = (await admin('outbox', '--json')).json() as { given_up: { id: string }[] };
    expect(rest.map(({ id }) => id)).toEqual([gaveUp]);
  });

  test('one that waited and was sent and used since opens nothing any more, released or not', async () => {
    await forgotten();
    await backUp();
    const used = await tokenTo(app, ada.email, 'reset-password');
    await reset(used).expect(204);

    await restore();
    await app.deliver();
    const { given_up: held } = (await admin('outbox', '--json')).json() as { given_up: { id: string }[] };
    const before = refusal(await reset(used));
    await admin('retry-event', held[0]!.id);
    const [fresh] = await tokensTo(app, ada.email, 'reset-password');

    expect(before).toEqual([422, 'link_not_valid']);
    expect(refusal(await reset(used))).toEqual([422, 'link_not_valid']);
    expect(fresh).not.toBe(used);
  });

  test('a link that was open at the time of the backup does not open twice', async () => {
    await forgotten();
    const token = await tokenTo(app, ada.email, 'reset-password');
    await backUp();
    await reset(token).expect(204);

    await restore();
    await app.deliver();

    expect(refusal(await reset(token))).toEqual([422, 'link_not_valid']);
    expect(await logIn(ada)).toEqual([200, 'undefined']);
  });

  test('of a departure at the time of the backup the mail waits, and the clearing up is done', async () => {
    const page = pageOf(app, 'nobody');
    const grace = await signedIn(app);
    await pageOf(app, ada.username).leave({ name: 'Grace', message: 'Hello.' }, grace).expect(201);
    await grace.device.delete('/v1/accounts/me').send({ password: PASSWORD }).expect(204);
    await backUp();
    expect((await page.countAnswer()).status).toBe(404);

    await restore();
    const mails = await app.mailsTo(grace.email);

    expect(await pageOf(app, ada.username).names()).toEqual([]);
    expect(mails.map(({ subject }) => subject)).not.toContain('Your account was closed');
  });
});

describe('while Redis is down', () => {
  test('the news waits, and ends the sessions once Redis is back', async () => {
    await backUp();
    await redis.kill();

    await restore();
    await app.deliver();
    const during = await ada.device.standing();
    await redis.restart();
    // Until the connection stands, and the event is due again.
    while ((await request(app.url).get('/readyz')).status !== 200);
    app.clock.advance(MINUTE_MS);
    await app.deliver();

    expect(during).toMatch(/^503 /);
    expect(await ada.device.standing()).toBe('403 session_revoked');
    expect(await refreshed([ada.device])).toEqual([[401, 'session_gone']]);
    expect(await logIn(ada)).toEqual([200, 'undefined']);
  });
});
