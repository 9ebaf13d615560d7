import request from 'supertest';
import { startApp, type TestApp } from '../../support/app.ts';
import { Device, openAccount, PASSWORD, type Person, refusal, signedIn } from '../../support/person.ts';
import { connected } from '../../support/template-database.ts';
import { type Page, pageOf, SITE } from './page.ts';

let app: TestApp;
let admin: Device;

beforeAll(async () => {
  app = await startApp();
  const member = await openAccount(app);
  await connected(app.databaseUrl, client =>
    client.query(`update accounts set role = 'admin' where id = $1`, [member.id]),
  );
  admin = await Device.logIn(app, member);
});

afterAll(async () => {
  await app.close();
});

const ban = (person: Person, action: 'ban' | 'unban') =>
  admin.post(`/v1/admin/accounts/${person.id}/${action}`).expect(204);

/** Whose page a name is is remembered for a second. */
const aSecondLater = () => app.clock.advance(1_000);

const close = async ({ device }: Person): Promise<void> => {
  await device.delete('/v1/accounts/me').send({ password: PASSWORD }).expect(204);
  aSecondLater();
};

const rowsOf = (person: Person): Promise<number> =>
  connected(app.databaseUrl, async client => {
    const { rows } = await client.query<{ count: string }>(
      `select (select count(*) from greetings where page = $1 or author_id = $1)
        + (select count(*) from guestbooks where page = $1) as count`,
      [person.id],
    );
    return Number(rows[0]!.count);
  });

/** Many at once, as they would have come one by one. */
const insertGreetings = (page: Person, count: number, author: Person | null): Promise<unknown> =>
  connected(app.databaseUrl, client =>
    client.query(
      `insert into greetings (id, page, name, author_id, created_at)
       select gen_random_uuid(), $1, 'Guest', $2, now() from generate_series(1, $3)`,
      [page.id, author?.id ?? null, count],
    ),
  );

const expectNobody = async (page: Page): Promise<void> => {
  for (const answer of [await page.leave({ name: 'Late' }), await page.list(), await page.countAnswer()])
    expect(refusal(answer)).toEqual([404, 'user_not_found']);
};

describe('a closed account', () => {
  test('has no page at once, and leaves nothing behind, on its own or on others’', async () => {
    const [ada, grace] = [await signedIn(app), await signedIn(app)];
    const [hers, others, site] = [pageOf(app, ada.username), pageOf(app, grace.username), pageOf(app, SITE)];
    await insertGreetings(ada, 700, null);
    await insertGreetings(grace, 600, ada);
    const id = (await hers.leave({ name: 'Hidden' })).body.greeting.id;
    await hers.hide(id, true, ada).expect(200);
    await hers.switch(false, ada).expect(200);
    await others.leave({ name: 'Stays' }).expect(201);
    const onSite = await site.count();
    await site.leave({ name: 'Ada' }, ada).expect(201);
    expect([await hers.count(), await others.count(), await site.count()]).toEqual([700, 601, onSite + 1]);

    await close(ada);

    await expectNobody(hers);
    await app.deliver();
    expect(await rowsOf(ada)).toBe(0);
    expect([await others.names(), await others.count(), await site.count()]).toEqual([['Stays'], 1, onSite]);
    expect(app.logs()).not.toContain('"level":50');
  });

  test('whose name somebody else takes gives them an empty page', async () => {
    const ada = await signedIn(app);
    await pageOf(app, ada.username).leave({ name: 'For Ada' }).expect(201);
    await close(ada);
    await app.deliver();

    await openAccount(app, { username: ada.username });

    const page = pageOf(app, ada.username);
    expect([await page.names(), await page.count()]).toEqual([[], 0]);
  });
});

describe('somebody who is banned', () => {
  test('has no page while the ban lasts, and has it as it was when it is over', async () => {
    const ada = await signedIn(app);
    const page = pageOf(app, ada.username);
    await page.leave({ name: 'Grace' }).expect(201);

    await ban(ada, 'ban');
    await app.deliver();
    aSecondLater();

    await expectNobody(page);
    await ban(ada, 'unban');
    await app.deliver();
    expect([await page.names(), await page.count()]).toEqual([['Grace'], 1]);
  });

  test('is not seen on others’ pages either, nor counted, nor found by their owners', async () => {
    const [ada, grace] = [await signedIn(app), await signedIn(app)];
    const page = pageOf(app, grace.username);
    const { greeting } = (await page.leave({ name: 'Ada' }, ada).expect(201)).body;
    await page.leave({ name: 'Other' }).expect(201);
    expect(await page.count()).toBe(2);

    await ban(ada, 'ban');
    await app.deliver();

    expect([await page.names(grace), await page.count()]).toEqual([['Other'], 1]);
    expect(refusal(await page.remove(greeting.id, grace))).toEqual([404, 'greeting_not_found']);
    await ban(ada, 'unban');
    await app.deliver();
    expect([await page.names(), await page.count()]).toEqual([['Other', 'Ada'], 2]);
  });

  test('and let go before the news have spread is not hidden', async () => {
    const [ada, grace] = [await signedIn(app), await signedIn(app)];
    const page = pageOf(app, grace.username);
    await page.leave({ name: 'Ada' }, ada).expect(201);
    await ban(ada, 'ban');
    await ban(ada, 'unban');

    await app.deliver();

    expect([await page.names(), await page.count()]).toEqual([['Ada'], 1]);
  });
});

test('an export holds what others left and what one left oneself', async () => {
  const [ada, grace] = [await signedIn(app), await signedIn(app)];
  const [hers, others] = [pageOf(app, ada.username), pageOf(app, grace.username)];
  const received = (await hers.leave({ name: 'Grace', message: 'Hi' }, grace)).body.greeting;
  await hers.hide(received.id, true, ada).expect(200);
  const written = (await others.leave({ name: 'Ada' }, ada)).body.greeting;
  const onSite = (await pageOf(app, SITE).leave({ name: 'Ada' }, ada)).body.greeting;
  await hers.switch(false, ada).expect(200);
  await insertGreetings(ada, 1_100, null);

  const { body } = await ada.device.get('/v1/accounts/me/export').expect(200);

  expect(body.guestbook).toEqual({ open: false });
  expect(body.greetings_received).toHaveLength(1_101);
  expect(body.greetings_received).toContainEqual({ ...received, hidden: true });
  expect(body.greetings_written).toHaveLength(2);
  expect(body.greetings_written).toContainEqual({ ...written, on_page_of: grace.username });
  expect(body.greetings_written).toContainEqual({ ...onSite, on_page_of: null });
});

test('greetings that come in while an account closes are refused, or go with it', async () => {
  for (let round = 0; round < 3; round++) {
    const ada = await signedIn(app);
    const page = pageOf(app, ada.username);
    const statuses: number[] = [];
    const goOn = async (): Promise<void> => {
      for (let last = 201; last === 201; statuses.push(last))
        last = (await page.leave({ name: 'Grace' })).status;
    };
    const visitors = Array.from({ length: 6 }, goOn);

    await close(ada);
    // Whoever cleans up does so once, while the last ones are still being answered.
    await app.deliver();
    await Promise.all(visitors);

    expect(new Set(statuses)).toEqual(new Set([201, 404]));
    expect(await rowsOf(ada)).toBe(0);
  }
});

test('a greeting by a token whose account has gone is refused', async () => {
  const [ada, grace] = [await signedIn(app), await signedIn(app)];
  await connected(app.databaseUrl, client => client.query('delete from accounts where id = $1', [ada.id]));

  const answer = await pageOf(app, grace.username).leave({ name: 'Ada' }, ada);

  expect(refusal(answer)).toEqual([403, 'session_revoked']);
  expect((await request(app.url).get(`/v1/users/${grace.username}/greetings`)).body.greetings).toEqual([]);
});
