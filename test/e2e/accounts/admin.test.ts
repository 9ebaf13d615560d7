import request from 'supertest';
import { AdminService } from '../../../src/accounts/services/admin-service.ts';
import type { AccountId } from '../../../src/shared/domain/identity.ts';
import { startApp, type TestApp } from '../../support/app.ts';
import {
  Device,
  fieldErrors,
  linksOf,
  openAccount,
  OTHER_PASSWORD,
  refreshWith,
  refusal,
  signedIn,
  someone,
  tokensTo,
  tokenTo,
  type Person,
} from '../../support/person.ts';

let app: TestApp;
let admin: Person;

const asAdmin = (id: string) => app.container.get(AdminService).giveRole(id as AccountId, 'admin', 'test');

beforeAll(async () => {
  app = await startApp();
  const who = await openAccount(app);
  await asAdmin(who.id);
  admin = { ...who, device: await Device.logIn(app, who) };
});

afterAll(async () => {
  await app.close();
});

const ACTIONS = [
  ['post', 'ban'],
  ['post', 'unban'],
  ['delete', 'sessions'],
  ['post', 'password-reset'],
] as const;

type Action = (typeof ACTIONS)[number];

const act = ({ device }: { device: Device }, [method, action]: Action, id: string) =>
  device[method](`/v1/admin/accounts/${id}/${action}`);

const ban = (id: string) => act(admin, ['post', 'ban'], id);
const unban = (id: string) => act(admin, ['post', 'unban'], id);

const logIn = async ({ email, password }: Person): Promise<number> =>
  (await request(app.url).post('/v1/accounts/login').send({ email, password })).status;

describe('administration', () => {
  test('is not for members, whoever they ask about', async () => {
    const [member, other] = [await signedIn(app), await signedIn(app)];

    const answers = [await member.device.get('/v1/admin/accounts')];
    for (const action of ACTIONS) {
      answers.push(await act(member, action, other.id));
      answers.push(await act(member, action, 'nobody'));
    }

    expect(answers.map(refusal)).toEqual(answers.map(() => [403, 'not_permitted']));
    expect(await other.device.standing()).toBe('200');
  });

  test('is for nobody without a token', async () => {
    const answers = [
      await request(app.url).get('/v1/admin/accounts'),
      await request(app.url).post(`/v1/admin/accounts/${admin.id}/ban`),
    ];

    expect(answers.map(refusal)).toEqual(answers.map(() => [403, 'token_missing']));
  });

  test('of an account that is not there is 404, and of no id 422', async () => {
    for (const action of ACTIONS) {
      expect(refusal(await act(admin, action, '01234567-89ab-7def-8123-456789abcdef'))).toEqual([
        404,
        'account_not_found',
      ]);
      expect(fieldErrors(await act(admin, action, 'nobody'))).toEqual([422, '/id invalid_format']);
    }
  });
});

describe('the list of accounts', () => {
  test('is paged and searched by a part of the address or the name', async () => {
    const mark = `zq${admin.username.slice(1)}`;
    const byName = await openAccount(app, { username: `A-${mark}-Name`, email: someone().email });
    const byAddress = await openAccount(app, { ...someone(), email: `${mark}@example.org` });
    await ban(byAddress.id).expect(204);

    const found = await admin.device.get('/v1/admin/accounts').query({ q: mark.toUpperCase() });
    const paged = await admin.device.get('/v1/admin/accounts').query({ q: mark, limit: 1, page: 2 });
    const none = await admin.device.get('/v1/admin/accounts').query({ q: '%' });

    type Row = { account: { id: string; standing: string }; user: { username: string } };
    expect(
      found.body.accounts.map(({ account, user }: Row) => [account.id, account.standing, user.username]),
    ).toEqual([
      [byAddress.id, 'banned', byAddress.username],
      [byName.id, 'active', byName.username],
    ]);
    expect(found.headers['x-total-count']).toBe('2');
    expect(found.text).not.toMatch(/hash|argon2|epoch/);
    expect(paged.body.accounts.map(({ account }: Row) => account.id)).toEqual([byName.id]);
    expect(linksOf(paged).prev).toBe(`http://localhost:3000/v1/admin/accounts?limit=1&page=1&q=${mark}`);
    expect([none.body.accounts, none.headers['x-total-count']]).toEqual([[], '0']);
  });
});

describe('a ban', () => {
  test('ends every session at once and keeps the person out, until it is lifted', async () => {
    const person = await signedIn(app);
    const other = await Device.logIn(app, person);
    expect(await person.device.standing()).toBe('200');

    await ban(person.id).expect(204);

    for (const device of [person.device, other]) {
      expect(await device.standing()).toBe('403 session_revoked');
      expect(refusal(await refreshWith(app, device.refreshToken))).toEqual([401, 'session_gone']);
    }
    expect(await logIn(person)).toBe(401);
    expect(refusal(await ban(person.id))).toEqual([409, 'already_banned']);

    await unban(person.id).expect(204);

    expect(refusal(await unban(person.id))).toEqual([409, 'not_banned']);
    expect(refusal(await refreshWith(app, other.refreshToken))).toEqual([401, 'session_gone']);
    const back = await Device.logIn(app, person);
    const { body } = await back.get('/v1/accounts/me/activity');
    expect(body.activity.slice(1, 4)).toMatchObject([
      { kind: 'account_unbanned', ip: null, details: { by: admin.id } },
      { kind: 'login_failed' },
      { kind: 'account_banned', ip: null, details: { by: admin.id } },
    ]);
  });

  test('by several admins at the same moment happens once', async () => {
    const person = await signedIn(app);

    const answers = await Promise.all([ban(person.id), ban(person.id), ban(person.id)]);

    expect(answers.map(({ status }) => status).sort()).toEqual([204, 409, 409]);
  });

  test('wins over a login at the same moment', async () => {
    for (let round = 0; round < 8; round++) {
      const person = await openAccount(app);
      const [login] = await Promise.all([
        request(app.url).post('/v1/accounts/login').send({ email: person.email, password: person.password }),
        ban(person.id),
      ]);
      await app.deliver();

      if (login.status === 200) {
        const me = await request(app.url)
          .get('/v1/accounts/me')
          .auth(login.body.access_token, { type: 'bearer' });
        expect(refusal(me)).toEqual([403, 'session_revoked']);
      } else expect(refusal(login)).toEqual([401, 'invalid_credentials']);
    }
  });
});

test('an admin ends all sessions of a person, who may log in again', async () => {
  const person = await signedIn(app);

  await act(admin, ['delete', 'sessions'], person.id).expect(204);

  expect(await person.device.standing()).toBe('403 session_revoked');
  expect(await logIn(person)).toBe(200);
  expect(await admin.device.standing()).toBe('200');
});

test('an admin starts a reset and the person ends it; nothing changes before', async () => {
  const person = await signedIn(app);

  const answer = await act(admin, ['post', 'password-reset'], person.id);
  const token = await tokenTo(app, person.email, 'reset-password');

  expect([answer.status, answer.text]).toEqual([204, '']);
  expect(await person.device.standing()).toBe('200');
  await request(app.url)
    .post('/v1/accounts/password/reset')
    .send({ token, password: OTHER_PASSWORD })
    .expect(204);
  expect(await logIn({ ...person, password: OTHER_PASSWORD })).toBe(200);
  expect(await tokensTo(app, admin.email, 'reset-password')).toEqual([]);
});

test('a new role begins with new sessions, in both directions', async () => {
  const person = await signedIn(app);
  await asAdmin(person.id);
  const promoted = await person.device.standing();
  const device = await Device.logIn(app, person);
  await device.get('/v1/admin/accounts').expect(200);
  const { body } = await device.get('/v1/accounts/me');

  await app.container.get(AdminService).giveRole(person.id as AccountId, 'member', 'test');
  const demoted = refusal(await device.get('/v1/admin/accounts'));
  const again = await Device.logIn(app, person);

  expect(promoted).toBe('403 session_revoked');
  expect(body.account.role).toBe('admin');
  expect(demoted).toEqual([403, 'session_revoked']);
  expect(refusal(await refreshWith(app, device.refreshToken))).toEqual([401, 'session_gone']);
  expect(refusal(await again.get('/v1/admin/accounts'))).toEqual([403, 'not_permitted']);
});
