import request from 'supertest';
import { startApp, type TestApp } from '../../support/app.ts';
import { PUBLIC_PAGE_PARTS } from '../../../src/tokens.ts';
import { refreshWith, signedIn, type Person } from '../../support/person.ts';
import { statementsDuring } from './statements.ts';

let app: TestApp;
let person: Person;

beforeAll(async () => {
  app = await startApp();
  person = await signedIn(app);
  await person.device.get('/v1/accounts/me').expect(200);
});

afterAll(async () => {
  await app.close();
});

const during = async (something: () => Promise<unknown>): Promise<string[]> =>
  (await statementsDuring(app, something)).map(text => text.trim().split(/\s+/)[0] ?? '');

describe('what a request costs the database', () => {
  test('nothing at all, when its token is refused', async () => {
    const refused = () => request(app.url).get('/v1/accounts/me').auth('no.such.token', { type: 'bearer' });

    expect(await during(() => refused().expect(403))).toEqual([]);
  });

  test('one statement for one’s own account', async () => {
    expect(await during(() => person.device.get('/v1/accounts/me').expect(200))).toEqual(['select']);
  });

  test('one for a public profile, and one for what each context shows on it', async () => {
    const path = `/v1/users/${person.username}`;
    const parts = app.container.getAll(PUBLIC_PAGE_PARTS);
    // What is counted in Redis is counted in Postgres the first time.
    await request(app.url).get(path).expect(200);

    expect(await during(() => request(app.url).get(path).expect(200))).toHaveLength(1 + parts.length);
  });

  test('one for a page of the activity with its total, however long it is', async () => {
    for (let index = 0; index < 5; index++)
      await request(app.url)
        .post('/v1/accounts/login')
        .send({ email: person.email, password: 'not this one' })
        .expect(401);

    const page = () => person.device.get('/v1/accounts/me/activity?limit=3').expect(200);

    expect(await during(page)).toEqual(['with']);
  });

  test('none for the list of sessions', async () => {
    expect(await during(() => person.device.get('/v1/accounts/sessions').expect(200))).toEqual([]);
  });

  test('one for a refresh, whether it rotates, repeats or is refused', async () => {
    const { device } = await signedIn(app);
    const old = device.refreshToken;

    expect(await during(() => device.refresh())).toEqual(['select']);
    expect(await during(() => refreshWith(app, old).expect(200))).toEqual(['select']);
    expect(await during(() => refreshWith(app, 'nonsense').expect(400))).toEqual([]);
  });

  test('three for a login: the password’s hash, the person, the entry in the trail', async () => {
    const { email, password } = person;
    const logIn = () => request(app.url).post('/v1/accounts/login').send({ email, password }).expect(200);

    expect(await during(logIn)).toEqual(['select', 'select', 'insert']);
  });

  test('one for a logout, and none for the second', async () => {
    const { device } = await signedIn(app);
    const logOut = () =>
      request(app.url).post('/v1/accounts/logout').auth(device.accessToken, { type: 'bearer' }).expect(200);

    expect(await during(logOut)).toEqual(['insert']);
    expect(await during(logOut)).toEqual([]);
  });
});
