import request from 'supertest';
import { startApp, type TestApp } from '../../support/app.ts';
import { type Answer, fieldErrors, linksOf, type Person, signedIn } from '../../support/person.ts';
import { connected } from '../../support/template-database.ts';
import { namesIn, type Page, pageOf } from './page.ts';

let app: TestApp;
let ada: Person;
let page: Page;

beforeAll(async () => {
  app = await startApp();
  ada = await signedIn(app);
  page = pageOf(app, ada.username);
});

beforeEach(async () => {
  await connected(app.databaseUrl, client => client.query('delete from greetings'));
  for (let index = 1; index <= 7; index++) await leave(`n${index}`);
});

afterAll(async () => {
  await app.close();
});

/** Ids hold milliseconds: two greetings of one have no order. */
const leave = async (name: string): Promise<string> => {
  const end = Date.now();
  while (Date.now() <= end);
  return (await page.leave({ name }).expect(201)).body.greeting.id;
};

/** Every part of a list, as somebody sees it who follows the cursors; `meanwhile` happens after each part. */
const walk = async (
  limit: number,
  meanwhile: () => Promise<unknown> = () => Promise.resolve(),
  by?: Person,
) => {
  const parts: (readonly string[])[] = [];
  for (let cursor: string | null = ''; cursor !== null;) {
    const answer: Answer = await page.list(by, `limit=${limit}${cursor && `&before=${cursor}`}`).expect(200);
    parts.push(namesIn(answer));
    cursor = answer.body.next_cursor;
    await meanwhile();
  }
  return parts;
};

test('newest first, part by part, to the end', async () => {
  expect(await walk(3)).toEqual([['n7', 'n6', 'n5'], ['n4', 'n3', 'n2'], ['n1']]);
  expect(await walk(7)).toEqual([['n7', 'n6', 'n5', 'n4', 'n3', 'n2', 'n1']]);
});

test('what arrives meanwhile moves nothing, and nothing comes twice', async () => {
  let arrived = 0;
  const parts = await walk(2, () => leave(`new${++arrived}`));

  expect(parts.flat()).toEqual(['n7', 'n6', 'n5', 'n4', 'n3', 'n2', 'n1']);
});

test('a cursor still leads on when its greeting is gone or hidden', async () => {
  const first = await page.list(undefined, 'limit=3');
  const [, , last] = first.body.greetings;
  await page.remove(last.id, ada).expect(204);

  const next = await page.list(undefined, `limit=2&before=${first.body.next_cursor}`);

  expect(namesIn(next)).toEqual(['n4', 'n3']);
});

test('hidden ones leave no gap for others and have their place for the owner', async () => {
  const { greetings } = (await page.list()).body;
  for (const index of [0, 2, 5]) await page.hide(greetings[index].id, true, ada).expect(200);

  expect(await walk(2)).toEqual([
    ['n6', 'n4'],
    ['n3', 'n1'],
  ]);
  expect(await walk(3, undefined, ada)).toEqual([['n7', 'n6', 'n5'], ['n4', 'n3', 'n2'], ['n1']]);
});

test('the Link header leads on as the cursor does, absolute, and ends where the list ends', async () => {
  const first = await page.list(undefined, 'limit=6').expect(200);
  const { next, ...others } = linksOf(first);

  expect(others).toEqual({});
  expect(next).toBe(`http://localhost:3000${page.path}/greetings?before=${first.body.next_cursor}&limit=6`);
  const { pathname, search } = new URL(next!);
  const second = await request(app.url)
    .get(pathname + search)
    .expect(200);
  expect(namesIn(second)).toEqual(['n1']);
  expect(second.headers.link).toBeUndefined();
});

test('twenty unless asked otherwise, and a hundred at most', async () => {
  expect((await request(app.url).get(`${page.path}/greetings`).expect(200)).body.greetings).toHaveLength(7);
  for (const [query, ...errors] of [
    ['limit=0', '/limit out_of_range'],
    ['limit=101', '/limit out_of_range'],
    ['limit=x', '/limit wrong_type'],
    ['before=x', '/before invalid_cursor'],
    [`before=${'x'.repeat(22)}`, '/before invalid_cursor'],
    ['before=', '/before invalid_cursor'],
    ['page=2', '/page unknown_field'],
  ] as const)
    expect(fieldErrors(await page.list(undefined, query))).toEqual([422, ...errors]);
});
