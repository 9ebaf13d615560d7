import { startApp, type TestApp } from '../../support/app.ts';
import { Device, type Person, refusal, signedIn } from '../../support/person.ts';
import { connected } from '../../support/template-database.ts';
import { type Page, pageOf, SITE } from './page.ts';

let app: TestApp;
let ada: Person;
let grace: Person;
let admin: Person;
let page: Page;
let site: Page;

beforeAll(async () => {
  app = await startApp();
  site = pageOf(app, SITE);
  grace = await signedIn(app);
  const member = await signedIn(app);
  await connected(app.databaseUrl, client =>
    client.query(`update accounts set role = 'admin' where id = $1`, [member.id]),
  );
  admin = { ...member, device: await Device.logIn(app, member) };
});

beforeEach(async () => {
  ada = await signedIn(app);
  page = pageOf(app, ada.username);
});

afterAll(async () => {
  await app.close();
});

const aGreetingOn = async (where: Page, by?: Person, name = 'Guest'): Promise<string> =>
  (await where.leave({ name }, by).expect(201)).body.greeting.id;

const NOWHERE = '018f4e2a-0000-7000-8000-000000000000';

describe('the owner of a page', () => {
  test('hides a greeting: it is gone for others and from the count, and marked for the owner', async () => {
    const id = await aGreetingOn(page);
    await aGreetingOn(page, undefined, 'Other');
    expect(await page.count()).toBe(2);

    const answer = await page.hide(id, true, ada);

    expect([answer.status, answer.body.greeting]).toMatchObject([200, { id, hidden: true }]);
    expect([await page.names(), await page.count()]).toEqual([['Other'], 1]);
    expect(await page.names(grace)).toEqual(['Other']);
    const seen = (await page.list(ada)).body.greetings;
    expect(seen.map(({ name, hidden }: { name: string; hidden: boolean }) => [name, hidden])).toEqual([
      ['Other', false],
      ['Guest', true],
    ]);

    await page.hide(id, false, ada).expect(200);
    expect([await page.names(), await page.count()]).toEqual([['Other', 'Guest'], 2]);
  });

  test('may say so twice, and it counts once', async () => {
    const id = await aGreetingOn(page);
    expect(await page.count()).toBe(1);

    for (const hidden of [true, true, false, false]) await page.hide(id, hidden, ada).expect(200);

    expect(await page.count()).toBe(1);
  });

  test('deletes a greeting, seen or hidden, for good', async () => {
    const [one, other] = [await aGreetingOn(page), await aGreetingOn(page)];
    expect(await page.count()).toBe(2);
    await page.hide(other, true, ada).expect(200);

    const answers = [await page.remove(one, ada), await page.remove(other, ada)];

    expect(answers.map(({ status, text }) => [status, text])).toEqual([
      [204, ''],
      [204, ''],
    ]);
    expect([await page.names(ada), await page.count()]).toEqual([[], 0]);
    expect(refusal(await page.remove(one, ada))).toEqual([404, 'greeting_not_found']);
    expect(refusal(await page.hide(one, true, ada))).toEqual([404, 'greeting_not_found']);
  });

  test('closes the guestbook and opens it again; what is there stays', async () => {
    await aGreetingOn(page);

    const answer = await page.switch(false, ada);

    expect([answer.status, answer.body]).toEqual([200, { guestbook: { open: false } }]);
    for (const by of [undefined, grace, ada])
      expect(refusal(await page.leave({ name: 'Late' }, by))).toEqual([403, 'guestbook_closed']);
    expect([await page.names(), await page.count()]).toEqual([['Guest'], 1]);

    for (const open of [false, true, true]) await page.switch(open, ada).expect(200);
    await page.leave({ name: 'Back' }).expect(201);
  });

  test('has no say on another page: not by its name, nor by the id of a greeting there', async () => {
    const other = pageOf(app, grace.username);
    const id = await aGreetingOn(other);

    expect(refusal(await other.hide(id, true, ada))).toEqual([403, 'not_permitted']);
    expect(refusal(await other.remove(id, ada))).toEqual([403, 'not_permitted']);
    expect(refusal(await other.switch(false, ada))).toEqual([403, 'not_permitted']);
    expect(refusal(await page.hide(id, true, ada))).toEqual([404, 'greeting_not_found']);
    expect(refusal(await page.remove(id, ada))).toEqual([404, 'greeting_not_found']);
    await other.remove(id, grace).expect(204);
  });
});

describe('everybody else', () => {
  test('is told that a hidden greeting does not exist, as one that never was', async () => {
    const id = await aGreetingOn(page);
    await page.hide(id, true, ada).expect(200);

    for (const each of [id, NOWHERE]) {
      expect(refusal(await page.hide(each, false, grace))).toEqual([404, 'greeting_not_found']);
      expect(refusal(await page.remove(each, grace))).toEqual([404, 'greeting_not_found']);
    }
  });

  test('needs a token to change anything, and a well-formed id', async () => {
    const id = await aGreetingOn(page);

    for (const answer of [await page.hide(id, true), await page.remove(id), await page.switch(false)])
      expect(refusal(answer)).toEqual([403, 'token_missing']);
    expect(refusal(await page.remove('1', ada))).toEqual([422, 'invalid_fields']);
    expect(refusal(await pageOf(app, 'nobody-here').switch(false, ada))).toEqual([404, 'user_not_found']);
    expect(await page.names()).toEqual(['Guest']);
  });

  test('may take back what they left while signed in, also after it was hidden', async () => {
    const [id, hidden] = [await aGreetingOn(page, grace), await aGreetingOn(page, grace)];
    await page.hide(hidden, true, ada).expect(200);
    expect(await page.count()).toBe(1);

    expect(refusal(await page.hide(id, true, grace))).toEqual([403, 'not_permitted']);
    for (const each of [id, hidden]) await page.remove(each, grace).expect(204);

    expect([await page.names(ada), await page.count()]).toEqual([[], 0]);
  });
});

describe('an admin', () => {
  test('moderates every page', async () => {
    const [id, other] = [await aGreetingOn(page), await aGreetingOn(page)];

    await page.hide(id, true, admin).expect(200);
    expect((await page.list(admin)).body.greetings).toHaveLength(2);
    await page.remove(other, admin).expect(204);

    expect(await page.names()).toEqual([]);
  });

  test('and nobody else moderates the site’s own guestbook', async () => {
    const id = await aGreetingOn(site, grace);

    expect(refusal(await site.hide(id, true, ada))).toEqual([403, 'not_permitted']);
    expect(refusal(await site.remove(id, ada))).toEqual([403, 'not_permitted']);
    expect(refusal(await site.switch(false, ada))).toEqual([403, 'not_permitted']);

    await site.hide(id, true, admin).expect(200);
    await site.switch(false, admin).expect(200);
    expect(refusal(await site.leave({ name: 'Late' }))).toEqual([403, 'guestbook_closed']);
    await site.switch(true, admin).expect(200);
    await site.remove(id, grace).expect(204);
  });
});

describe('of two who do the same at once', () => {
  test('the number tells once', async () => {
    const id = await aGreetingOn(page);
    await page.count();

    const answers = await Promise.all([1, 2, 3, 4].map(() => page.remove(id, ada)));

    const statuses = answers.map(({ status }) => status);
    expect(statuses.filter(status => status === 204)).toHaveLength(1);
    for (const status of statuses) expect([204, 404, 409]).toContain(status);
    expect(await page.count()).toBe(0);
  });

  test('a guestbook that is closed for the first time is closed', async () => {
    const answers = await Promise.all([1, 2, 3, 4].map(() => page.switch(false, ada)));

    for (const { status } of answers) expect([200, 409]).toContain(status);
    expect(refusal(await page.leave({ name: 'Late' }))).toEqual([403, 'guestbook_closed']);
  });
});
