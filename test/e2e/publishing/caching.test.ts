import request from 'supertest';
import { startApp, type TestApp } from '../../support/app.ts';
import { signedIn, type Answer, type Person } from '../../support/person.ts';
import { connected } from '../../support/template-database.ts';
import { statementsDuring } from '../accounts/statements.ts';
import { read, write } from './writing.ts';

let app: TestApp;
let ada: Person;

beforeAll(async () => {
  app = await startApp();
});

beforeEach(async () => {
  ada = await signedIn(app);
  app.clock.advance(60_000);
});

afterAll(async () => {
  await app.close();
});

const TEXT = /\b(body|html|table_of_contents)\b/;

const get = (path: string, headers: Readonly<Record<string, string>> = {}): request.Test =>
  request(app.url).get(path).set(headers);

const again = (path: string, { headers }: Answer): request.Test =>
  get(path, { 'If-None-Match': String(headers.etag) });

describe('an article', () => {
  test('says what it can be recognised by, and who may keep it', async () => {
    const article = await write(ada);

    const { headers } = await read(app, article.slug).expect(200);

    expect(headers.etag).toMatch(/^W\/".+"$/);
    expect(headers['last-modified']).toBe(new Date(article.updated_at).toUTCString());
    expect(headers['cache-control']).toBe('public, no-cache');
  });

  test('is read in one statement; what the reader has already costs one that leaves the text alone', async () => {
    const path = `/v1/articles/${(await write(ada)).slug}`;
    const first = await get(path).expect(200);
    let answer: Answer | undefined;

    const whole = await statementsDuring(app, () => get(path).expect(200));
    const fresh = await statementsDuring(app, async () => (answer = await again(path, first)));
    const byDate = await statementsDuring(app, () =>
      get(path, { 'If-Modified-Since': String(first.headers['last-modified']) }).expect(304),
    );
    const stale = await statementsDuring(app, () => get(path, { 'If-None-Match': '"other"' }).expect(200));

    expect(whole).toEqual([expect.stringMatching(TEXT)]);
    expect(fresh).toEqual([expect.not.stringMatching(TEXT)]);
    expect(byDate).toEqual([expect.not.stringMatching(TEXT)]);
    expect(stale).toEqual([expect.not.stringMatching(TEXT), expect.stringMatching(TEXT)]);
    expect(answer).toMatchObject({ status: 304, text: '' });
    expect(answer!.headers).toMatchObject({
      etag: first.headers.etag,
      'last-modified': first.headers['last-modified'],
      'cache-control': 'public, no-cache',
    });
  });

  test('has changed when anything that its page shows has changed', async () => {
    const { slug } = await write(ada);
    const path = `/v1/articles/${slug}`;
    const changes: Readonly<Record<string, () => PromiseLike<unknown>>> = {
      'its text': () => ada.device.patch(path).send({ body: 'Other.' }).expect(200),
      'its tags': () =>
        ada.device
          .patch(path)
          .send({ tags: ['new'] })
          .expect(200),
      'its author’s profile': () => ada.device.patch('/v1/accounts/me').send({ bio: 'New.' }).expect(200),
      'a next article': () => write(ada, { title: `After ${slug}` }),
      'the next article’s title': () =>
        ada.device.patch(`/v1/articles/after-${slug}`).send({ title: 'Renamed' }).expect(200),
      'its rendering': () =>
        connected(app.databaseUrl, client =>
          client.query('update articles set html = $1, version = version + 1 where slug = $2', ['x', slug]),
        ),
    };
    for (const [what, change] of Object.entries(changes)) {
      app.clock.advance(1_000);
      const before = await get(path).expect(200);
      expect((await again(path, before)).status).toBe(304);
      await change();
      expect([what, (await again(path, before)).status]).toEqual([what, 200]);
    }
  });

  test('that became a draft is not there, whatever the reader has', async () => {
    const { slug } = await write(ada);
    const path = `/v1/articles/${slug}`;
    const first = await get(path);
    await ada.device.post(`${path}/unpublish`).expect(200);

    expect((await again(path, first)).status).toBe(404);
    expect((await get(path, { 'If-None-Match': '*' })).status).toBe(404);
    const own = await ada.device.get(path).expect(200);
    const ownAgain = await ada.device.get(path).set('If-None-Match', String(own.headers.etag));
    expect(ownAgain.status).toBe(304);
    expect(ownAgain.headers['cache-control']).toBe('private, no-cache');
  });

  test('by an old slug leads on, also for a reader who has it', async () => {
    const { slug } = await write(ada);
    const path = `/v1/articles/${slug}`;
    const first = await get(path);
    await ada.device
      .patch(path)
      .send({ slug: `${slug} moved` })
      .expect(200);

    expect((await again(path, first).redirects(0)).status).toBe(301);
  });

  test('answers HEAD with the same headers and no text', async () => {
    const path = `/v1/articles/${(await write(ada)).slug}`;
    const whole = await get(path);

    const head = await request(app.url).head(path).expect(200);

    expect(head.headers.etag).toBe(whole.headers.etag);
    expect(head.headers['content-length']).toBe(whole.headers['content-length']);
  });
});

describe.each([
  ['the list of all', () => '/v1/articles?limit=2', ['with']],
  ['a search', () => '/v1/articles?q=words', ['with']],
  ['the list by tag', () => '/v1/articles?tag=caching', ['with']],
  ['the list of one author', () => `/v1/users/${ada.username}/articles`, ['select']],
  ['the tags', () => '/v1/tags', ['with']],
])('%s', (_what, pathOf, statements) => {
  test('costs one statement that leaves the texts alone, and is known again until something changes', async () => {
    await write(ada, { tags: ['caching'] });
    const path = pathOf();
    const sent = await statementsDuring(app, () => get(path).expect(200));
    const first = await get(path).expect(200);

    expect(sent.map(text => text.trim().split(/\s+/)[0])).toEqual(statements);
    for (const text of sent) expect(text).not.toMatch(/a\.(body|html|table_of_contents)/);
    expect(first.headers['cache-control']).toBe('public, no-cache');
    expect((await again(path, first)).status).toBe(304);
    app.clock.advance(1_000);
    await write(ada, { tags: ['caching'] });
    expect((await again(path, first)).status).toBe(200);
  });
});

describe.each(['atom', 'json', 'rss'])('the feed as %s', format => {
  test('is known again until an article or the profile changes, without touching a text', async () => {
    const { slug } = await write(ada);
    const path = `/v1/users/${ada.username}/feed.${format}`;
    const first = await get(path).expect(200);
    const whole = await statementsDuring(app, () => get(path).expect(200));
    const fresh = await statementsDuring(app, () => again(path, first).expect(304));
    const since = { 'If-Modified-Since': String(first.headers['last-modified']) };

    expect(whole).toEqual([expect.stringMatching(TEXT)]);
    expect(fresh).toEqual([expect.not.stringMatching(/a\.(body|html|table_of_contents)/)]);
    await get(path, since).expect(304);
    await ada.device.patch('/v1/accounts/me').send({ bio: 'Changed.' }).expect(200);
    expect((await again(path, first)).status).toBe(200);
    app.clock.advance(2_000);
    await ada.device.patch(`/v1/articles/${slug}`).send({ body: 'New.' }).expect(200);
    expect((await get(path, since)).status).toBe(200);
  });
});
