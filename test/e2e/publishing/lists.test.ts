import request from 'supertest';
import { startApp, type TestApp } from '../../support/app.ts';
import { fieldErrors, linksOf, refusal, signedIn, type Answer, type Person } from '../../support/person.ts';
import { write } from './writing.ts';

let app: TestApp;
let ada: Person;
let bob: Person;

beforeAll(async () => {
  app = await startApp();
  ada = await signedIn(app, { username: 'Ada-Lists', email: 'ada.lists@example.org' });
  bob = await signedIn(app);
  const writings: readonly (readonly [Person, Readonly<Record<string, unknown>>])[] = [
    [ada, { title: 'Rain', body: 'It was raining cats.', tags: ['weather', 'days'] }],
    [bob, { title: 'Sun', body: 'No clouds, only dogs.', tags: ['weather'] }],
    [ada, { title: 'Hidden', body: 'raining', tags: ['weather', 'secret'], status: 'draft' }],
    [ada, { title: 'Bread', body: 'Flour and water. It rains not.', tags: ['food'] }],
    [bob, { title: 'Größe', body: 'Über die Größe der Wolken.', tags: ['wörter'] }],
  ];
  for (const [person, facts] of writings) {
    app.clock.advance(1_000);
    await write(person, facts);
  }
});

afterAll(async () => {
  await app.close();
});

const get = (path: string): request.Test => request(app.url).get(path);
const titles = ({ body }: Pick<Answer, 'body'>): string[] =>
  (body.articles as { title: string }[]).map(({ title }) => title);
const listed = async (query: string): Promise<string[]> =>
  titles(await get(`/v1/articles${query}`).expect(200));

describe('the list of all', () => {
  test('is newest first, with authors and without texts or drafts', async () => {
    const answer = await get('/v1/articles').expect(200);

    expect(titles(answer)).toEqual(['Größe', 'Bread', 'Sun', 'Rain']);
    expect(answer.headers['x-total-count']).toBe('4');
    expect(Object.keys(answer.body.articles[0]).sort()).toEqual(
      [
        ...['created_at', 'featured_image', 'id', 'meta_description', 'published_at', 'reading_minutes'],
        ...['slug', 'status', 'tags', 'title', 'updated_at', 'url', 'user'],
      ].sort(),
    );
    expect(answer.body.articles[1].user).toMatchObject({ id: ada.id, username: 'Ada-Lists' });
  });

  test.each([
    ['?tag=weather', ['Sun', 'Rain']],
    ['?tag=%23Weather', ['Sun', 'Rain']],
    ['?tag=w%C3%B6rter', ['Größe']],
    ['?tag=secret', []],
    ['?tag=nobody-uses-this', []],
    ['?author=ada-lists', ['Bread', 'Rain']],
    ['?author=ADA-LISTS&tag=weather', ['Rain']],
    ['?author=nobody-here', []],
    ['?q=rain', ['Bread', 'Rain']],
    ['?q=raining+cats', ['Rain']],
    ['?q=rain+-cats', ['Bread']],
    ['?q=cats+or+dogs', ['Sun', 'Rain']],
    ['?q=%22flour+and+water%22', ['Bread']],
    ['?q=%22water+and+flour%22', []],
    ['?q=gr%C3%B6%C3%9Fe', ['Größe']],
    ['?q=only', ['Sun']],
    ['?q=-rain', []],
    ['?q=rain&tag=weather&author=ada-lists', ['Rain']],
    ['?q=%27%3A*%26%21()%5C', []],
    ['?q=++', ['Größe', 'Bread', 'Sun', 'Rain']],
  ])('%s', async (query, expected) => {
    const answer = await get(`/v1/articles${query}`).expect(200);

    expect(titles(answer)).toEqual(expected);
    expect(answer.headers['x-total-count']).toBe(String(expected.length));
  });

  test('is paged with totals and links, that keep the filter', async () => {
    const first = await get('/v1/articles?limit=3&tag=weather');
    const second = await get('/v1/articles?page=2&limit=3').expect(200);
    const beyond = await get('/v1/articles?page=9&limit=3').expect(200);

    expect(linksOf(first).last).toBe('http://localhost:3000/v1/articles?limit=3&page=1&tag=weather');
    expect(titles(second)).toEqual(['Rain']);
    expect(linksOf(second).prev).toBe('http://localhost:3000/v1/articles?limit=3&page=1');
    expect(titles(beyond)).toEqual([]);
    expect(beyond.headers['x-total-count']).toBe('4');
    expect(await listed('?q=rain&page=2&limit=1')).toEqual(['Rain']);
    expect(await listed('?q=rain&page=3&limit=1')).toEqual([]);
  });

  test.each([
    ['?page=0', '/page out_of_range'],
    ['?limit=101', '/limit out_of_range'],
    ['?tag=a%2Fb', '/tag invalid_tag'],
    ['?q=a%00b', '/q null_byte'],
    [`?q=${'x'.repeat(201)}`, '/q too_long'],
    ['?status=draft', '/status unknown_field'],
  ])('refuses %s', async (query, error) => {
    expect(fieldErrors(await get(`/v1/articles${query}`))).toEqual([422, error]);
  });
});

describe('the list of one author', () => {
  test('says whose it is, by a name in any case', async () => {
    const answer = await get('/v1/users/ADA-lists/articles?limit=1').expect(200);

    expect(titles(answer)).toEqual(['Bread']);
    expect(answer.body.user).toMatchObject({ id: ada.id, username: 'Ada-Lists' });
    expect(answer.body.articles[0]).not.toHaveProperty('user');
    expect(answer.body.articles[0]).not.toHaveProperty('html');
    expect(answer.headers['x-total-count']).toBe('2');
    expect(linksOf(answer).next).toBe('http://localhost:3000/v1/users/ADA-lists/articles?limit=1&page=2');
  });

  test('is empty for somebody who has published nothing, and beyond its end', async () => {
    const { username } = await signedIn(app);

    expect((await get(`/v1/users/${username}/articles`).expect(200)).body.articles).toEqual([]);
    expect((await get('/v1/users/ada-lists/articles?page=7').expect(200)).body.articles).toEqual([]);
  });

  test('is nothing for nobody', async () => {
    expect(refusal(await get('/v1/users/nobody-here/articles'))).toEqual([404, 'user_not_found']);
  });
});

describe('one’s own list', () => {
  const own = (query = '') => ada.device.get(`/v1/accounts/me/articles${query}`).expect(200);

  test('holds drafts too, the one begun last first', async () => {
    expect(titles(await own())).toEqual(['Bread', 'Hidden', 'Rain']);
    expect(titles(await own('?status=draft'))).toEqual(['Hidden']);
    expect(titles(await own('?status=published&limit=1&page=2'))).toEqual(['Rain']);
    expect((await own('?status=published&limit=1&page=9')).headers['x-total-count']).toBe('2');
  });

  test('needs a token, and is nobody else’s to keep', async () => {
    expect(refusal(await get('/v1/accounts/me/articles'))).toEqual([403, 'token_missing']);
    expect((await own()).headers['cache-control']).toBe('private, no-cache');
  });
});

describe('the tags', () => {
  test('are those of published articles, most used first', async () => {
    const answer = await get('/v1/tags?limit=3').expect(200);

    expect(answer.body.tags[0]).toEqual({ tag: 'weather', articles: 2 });
    expect(answer.body.tags).toHaveLength(3);
    expect(answer.headers['x-total-count']).toBe('4');
    const rest = await get('/v1/tags?limit=3&page=2').expect(200);
    const names = [...answer.body.tags, ...rest.body.tags].map(({ tag }) => tag as string);
    expect(names.sort()).toEqual(['days', 'food', 'weather', 'wörter']);
  });
});

test('the public page counts what is published and shows the newest', async () => {
  const answer = await get('/v1/users/ada-lists').expect(200);

  expect(answer.body.counts.articles).toBe(2);
  expect(titles({ body: { articles: answer.body.latest_articles } })).toEqual(['Bread', 'Rain']);
  expect(answer.body.latest_articles[0]).not.toHaveProperty('html');
});
