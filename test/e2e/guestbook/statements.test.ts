import request from 'supertest';
import { startApp, type TestApp } from '../../support/app.ts';
import { type Person, signedIn } from '../../support/person.ts';
import { statementsDuring } from '../accounts/statements.ts';
import { type Page, pageOf, SITE } from './page.ts';

let app: TestApp;
let ada: Person;
let page: Page;
let site: Page;

beforeAll(async () => {
  app = await startApp();
  ada = await signedIn(app);
  page = pageOf(app, ada.username);
  site = pageOf(app, SITE);
});

afterAll(async () => {
  await app.close();
});

const during = async (something: () => Promise<unknown>): Promise<string[]> =>
  (await statementsDuring(app, something)).map(text => text.trim().split(/\s+/)[0] ?? '');

describe('what a request costs the database', () => {
  test('a count: nothing on a hit, one after a miss', async () => {
    const ask = () => request(app.url).get('/v1/greetings/count').expect(200);

    expect(await during(ask)).toEqual(['select']);
    expect(await during(ask)).toEqual([]);
  });

  test('the count of somebody’s page: whose page it is, once in a second', async () => {
    const ask = () => page.countAnswer().expect(200);
    await ask();
    app.clock.advance(1_000);

    expect(await during(ask)).toEqual(['select']);
    expect(await during(ask)).toEqual([]);
  });

  test('a list: one, however long it is and whoever left what is on it', async () => {
    for (const by of [undefined, ada, undefined, await signedIn(app)]) await page.leave({ name: 'x' }, by);

    expect(await during(() => page.list().expect(200))).toEqual(['select']);
    expect(await during(() => site.list().expect(200))).toEqual(['select']);
    expect(await during(() => pageOf(app, 'nobody-here').list().expect(404))).toEqual(['select']);
  });

  test('a greeting: the page, a unit that holds its owner, the switch, the greeting; and not its count', async () => {
    await page.count();

    const all = await during(() => page.leave({ name: 'Grace' }).expect(201));

    expect(all).toEqual(['select', 'begin', 'select', 'select', 'select', 'insert', 'commit']);
    expect(await during(() => page.countAnswer().expect(200))).toEqual([]);
  });

  test('a greeting to the site holds nobody', async () => {
    const all = await during(() => site.leave({ name: 'Grace' }).expect(201));

    expect(all).toEqual(['begin', 'select', 'select', 'insert', 'commit']);
  });

  test('nothing, when it is refused for what it says', async () => {
    expect(await during(() => page.leave({ name: '' }).expect(422))).toEqual([]);
  });
});
