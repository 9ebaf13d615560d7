import request from 'supertest';
import { startApp, type TestApp } from '../../support/app.ts';
import { refusal, signedIn, type Person } from '../../support/person.ts';
import { connected } from '../../support/template-database.ts';
import { AdminService } from '../../../src/accounts/services/admin-service.ts';
import { EVENT_HANDLERS, HOUSEKEEPING } from '../../../src/tokens.ts';
import { read, write } from './writing.ts';

let app: TestApp;
let ada: Person;
let bob: Person;

beforeAll(async () => {
  app = await startApp();
});

beforeEach(async () => {
  ada = await signedIn(app);
  bob = await signedIn(app);
});

afterAll(async () => {
  await app.close();
});

const admin = () => app.container.get(AdminService);
const ban = async ({ id }: Person) => await admin().ban(id as never, 'a test');
const unban = async ({ id }: Person) => await admin().unban(id as never, 'a test');

const total = async (query: string): Promise<number> =>
  Number((await request(app.url).get(`/v1/articles${query}`)).headers['x-total-count']);

const rows = async (statement: string, ...values: unknown[]) =>
  (await connected(app.databaseUrl, client => client.query(statement, values))).rows;

const seen = async (slug: string, { username }: Person): Promise<unknown[]> => [
  (await read(app, slug).redirects(0)).status,
  (await request(app.url).get(`/v1/users/${username}/articles`)).status,
  (await request(app.url).get(`/v1/users/${username}/feed.atom`)).status,
  await total(`?author=${username}`),
  await total(`?tag=${username}`),
];

describe('of a banned author', () => {
  test('nothing is there, at once and after the event, until the ban is lifted', async () => {
    const { slug } = await write(ada, { tags: [ada.username] });
    const old = slug;
    const { body } = await ada.device.patch(`/v1/articles/${slug}`).send({ slug: `${slug} new` });
    const now = body.article.slug as string;
    expect(await seen(now, ada)).toEqual([200, 200, 200, 1, 1]);
    const all = await total('');

    await ban(ada);
    const atOnce = await seen(now, ada);
    await app.deliver();
    const banned = await seen(now, ada);
    const strangers = await bob.device.patch(`/v1/articles/${now}`).send({ title: 'Mine' });
    const oldSlug = await read(app, old).redirects(0);
    const allMeanwhile = await total('');
    await unban(ada);
    await app.deliver();

    expect(atOnce.slice(0, 3)).toEqual([404, 404, 404]);
    expect(banned).toEqual([404, 404, 404, 0, 0]);
    expect(refusal(strangers)).toEqual([404, 'article_not_found']);
    expect(refusal(oldSlug)).toEqual([404, 'article_not_found']);
    expect(allMeanwhile).toBe(all - 1);
    expect(await seen(now, ada)).toEqual([200, 200, 200, 1, 1]);
    expect((await read(app, old).redirects(0)).status).toBe(301);
  });

  test('the same is true in whatever order and however often the events come', async () => {
    const { slug } = await write(ada);
    const handlers = app.container.getAll(EVENT_HANDLERS).flat();
    const deliver = async (eventType: string) => {
      const event = {
        id: 'x',
        type: eventType,
        payload: { account_id: ada.id },
        occurredAt: new Date(),
        attempt: 1,
      };
      for (const handler of handlers)
        if (handler.eventType === eventType && handler.name.startsWith('publishing.'))
          await handler.handle(event);
    };
    const shown = async () => (await read(app, slug)).status;
    await ban(ada);
    await unban(ada);

    await deliver('accounts.account-unbanned');
    await deliver('accounts.account-banned');
    const afterBoth = await total(`?author=${ada.username}`);
    await ban(ada);
    await deliver('accounts.account-unbanned');
    await deliver('accounts.account-banned');
    await deliver('accounts.account-banned');

    expect(afterBoth).toBe(1);
    expect(await shown()).toBe(404);
    expect(await rows('select withheld from articles where slug = $1', slug)).toEqual([{ withheld: true }]);
    await unban(ada);
    await app.deliver();
    expect(await shown()).toBe(200);
  });
});

describe('of a closed account', () => {
  test('nothing stays, however much it was', async () => {
    await write(ada, { tags: [ada.username], title: `Mine ${ada.username}` });
    // More than are removed at a time.
    await connected(app.databaseUrl, client =>
      client.query(
        `with more as (
           insert into articles (id, author_id, title, slug, body, html, table_of_contents, reading_minutes,
             renderer_version, meta_description, tags, status, published_at, created_at, updated_at)
           select gen_random_uuid(), author_id, title, slug || '-' || g, body, html, table_of_contents, 1, 1, '', tags,
             status, published_at, created_at, updated_at
           from articles, generate_series(2, 230) g where author_id = $1 returning slug, id)
         insert into slug_claims select slug, id from more`,
        [ada.id],
      ),
    );
    const before = await total(`?tag=${ada.username}`);

    await ada.device.delete('/v1/accounts/me').send({ password: ada.password }).expect(204);
    await app.deliver();
    for (const task of app.container.getAll(HOUSEKEEPING)) await task.tidy(app.clock.now());

    expect(before).toBe(230);
    expect(await rows('select 1 from articles where author_id = $1', ada.id)).toEqual([]);
    expect(await rows('select 1 from slug_claims where slug like $1', `mine-${ada.username}%`)).toEqual([]);
    expect(
      await rows(
        'select scope from article_totals where scope in ($1, $2)',
        `author:${ada.id}`,
        `tag:${ada.username}`,
      ),
    ).toEqual([]);
    expect((await write(bob, { title: `Mine ${ada.username}` })).slug).toBe(`mine-${ada.username}`);
  });

  test('the export held all of it before, drafts and texts too', async () => {
    for (let count = 0; count < 21; count++)
      await write(ada, { body: `Text ${count}`, status: count % 2 ? 'draft' : 'published' });

    const { body } = await ada.device.get('/v1/accounts/me/export').expect(200);

    const bodies = (body.articles as { body: string }[]).map(article => article.body);
    expect(bodies.sort()).toEqual(Array.from({ length: 21 }, (_, index) => `Text ${index}`).sort());
    expect(body.articles[0]).toMatchObject({ html: expect.any(String), url: expect.any(String) });
  });

  test('no article appears any more, although its author was writing when it was closed', async () => {
    const { slug } = await write(ada, { status: 'draft' });
    const [closed, ...writes] = await Promise.all([
      ada.device.delete('/v1/accounts/me').send({ password: ada.password }),
      ...Array.from({ length: 5 }, () =>
        ada.device.post('/v1/articles').send({ title: 'Last', body: 'words' }),
      ),
      ada.device.post(`/v1/articles/${slug}/publish`),
    ]);
    await app.deliver();

    expect(closed.status).toBe(204);
    // What was written just before it may be gone before it could be answered.
    const refusals = ['403 session_revoked', '404 article_not_found'];
    for (const answer of writes)
      if (answer.status >= 300) expect(refusals).toContain(refusal(answer).join(' '));
    expect(await rows('select 1 from articles where author_id = $1', ada.id)).toEqual([]);
  });
});
