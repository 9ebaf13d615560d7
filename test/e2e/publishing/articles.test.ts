import request from 'supertest';
import { startApp, type TestApp } from '../../support/app.ts';
import { fieldErrors, refusal, signedIn, type Person } from '../../support/person.ts';
import { aTitle, read, write } from './writing.ts';

let app: TestApp;
let ada: Person;
let bob: Person;

beforeAll(async () => {
  app = await startApp({ WEB_URL: 'https://daymark.example' });
  ada = await signedIn(app);
  bob = await signedIn(app);
});

afterAll(async () => {
  await app.close();
});

const GONE = [404, 'article_not_found'];

describe('writing an article', () => {
  test('answers all of it, with its author and its place', async () => {
    const answer = await ada.device
      .post('/v1/articles')
      .send({
        title: '  Ten days\nof rain ',
        body: '# Day one\n\nIt **rained**.',
        meta_description: 'About rain.',
        featured_image: 'https://pictures.example/rain.jpg',
        tags: ['Weather', '#long walks', 'weather'],
        status: 'published',
      })
      .expect(201);

    const now = app.clock.now().toISOString();
    expect(answer.headers.location).toBe('http://localhost:3000/v1/articles/ten-days-of-rain');
    expect(answer.body.article).toMatchObject({
      created_at: now,
      updated_at: now,
      published_at: now,
      status: 'published',
      title: 'Ten days of rain',
      slug: 'ten-days-of-rain',
      body: '# Day one\n\nIt **rained**.',
      meta_description: 'About rain.',
      featured_image: 'https://pictures.example/rain.jpg',
      tags: ['weather', 'long-walks'],
      url: 'https://daymark.example/articles/ten-days-of-rain',
      reading_minutes: 1,
    });
    expect(answer.body.article.html).toContain('<strong>rained</strong>');
    expect(answer.body.article.table_of_contents).toEqual([
      { id: expect.any(String), level: 1, title: 'Day one', children: [] },
    ]);
    expect(answer.body.user).toMatchObject({ id: ada.id, username: ada.username });
  });

  test('leaves what is absent empty, and the article a draft', async () => {
    const article = await write(ada, { status: undefined });

    expect(article).toMatchObject({
      status: 'draft',
      published_at: null,
      meta_description: '',
      featured_image: null,
      tags: [],
    });
  });

  test('needs a token', async () => {
    const answer = await request(app.url).post('/v1/articles').send({ title: 'A', body: 'b' });

    expect(refusal(answer)).toEqual([403, 'token_missing']);
  });

  test('refuses every field that is wrong at once', async () => {
    const answer = await ada.device.post('/v1/articles').send({
      title: ' \u2028 ',
      body: 'x'.repeat(500_001),
      meta_description: 'x'.repeat(301),
      featured_image: 'javascript:alert(1)',
      tags: ['fine', 'not/fine'],
      status: 'hidden',
      author_id: bob.id,
      slug: 'mine',
    });

    const [status, ...errors] = fieldErrors(answer);
    expect(status).toBe(422);
    expect(errors.sort()).toEqual([
      '/author_id unknown_field',
      '/body too_long',
      '/featured_image invalid_image_address',
      '/meta_description too_long',
      '/slug unknown_field',
      '/status invalid_format',
      '/tags/1 invalid_tag',
      '/title blank_title',
    ]);
  });

  test.each([
    ['no title', { body: 'b' }, ['/title missing']],
    ['no body', { title: 'A' }, ['/body missing']],
    ['a body that is no text', { title: 'A', body: ['b'] }, ['/body wrong_type']],
    ['a null byte', { title: 'A', body: 'a\0b' }, ['/body null_byte']],
    ['half a character', { title: 'A', body: 'a\ud800b' }, ['/body invalid_unicode']],
    ['tags that are no list', { title: 'A', body: 'b', tags: 'one' }, ['/tags wrong_type']],
  ])('refuses %s', async (_what, article, errors) => {
    expect(fieldErrors(await ada.device.post('/v1/articles').send(article))).toEqual([422, ...errors]);
  });

  test('refuses more than ten tags', async () => {
    const tags = Array.from({ length: 11 }, (_, index) => `tag${index}`);

    const answer = await ada.device.post('/v1/articles').send({ title: 'A', body: 'b', tags });

    expect(refusal(answer)).toEqual([422, 'too_many_tags']);
  });

  test('takes a body of nearly a megabyte, and refuses more before it is read whole', async () => {
    const long = await ada.device
      .post('/v1/articles')
      .send({ title: aTitle(), body: `${'word '.repeat(99_000)}\n` });
    const tooLong = await ada.device.post('/v1/articles').send({ title: 'A', body: 'é'.repeat(500_000) });

    expect(long.status).toBe(201);
    expect(refusal(tooLong)).toEqual([413, 'body_too_large']);
  });
});

describe('a draft', () => {
  test('is there for its author alone', async () => {
    const { slug } = await write(ada, { status: 'draft' });

    const own = await ada.device.get(`/v1/articles/${slug}`).expect(200);

    expect(own.body.article.status).toBe('draft');
    expect(own.body.meta.adjacent_articles).toEqual({ prev: null, next: null });
    expect(own.headers['cache-control']).toBe('private, no-cache');
    for (const answer of [await read(app, slug), await bob.device.get(`/v1/articles/${slug}`)])
      expect(refusal(answer)).toEqual(GONE);
  });

  test('cannot be told by others from what never was, whatever they try', async () => {
    const { slug } = await write(ada, { status: 'draft' });
    const attempts = (name: string) => [
      bob.device.get(`/v1/articles/${name}`),
      bob.device.patch(`/v1/articles/${name}`).send({ title: 'Mine' }),
      bob.device.delete(`/v1/articles/${name}`),
      bob.device.post(`/v1/articles/${name}/publish`),
      bob.device.post(`/v1/articles/${name}/unpublish`),
      read(app, name).set('If-None-Match', '*'),
    ];
    const withoutId = ({ request_id: _, ...rest }: Record<string, unknown>) => rest;

    const draft = await Promise.all(attempts(slug));
    const nothing = await Promise.all(attempts('never-was'));

    expect(draft.map(refusal)).toEqual(draft.map(() => GONE));
    expect(draft.map(({ body }) => withoutId(body))).toEqual(nothing.map(({ body }) => withoutId(body)));
  });

  test('is published and taken back, and keeps the time of its first publication', async () => {
    const { slug } = await write(ada, { status: 'draft' });
    const published = await ada.device.post(`/v1/articles/${slug}/publish`).expect(200);
    const { published_at: first } = published.body.article;
    app.clock.advance(60_000);

    const again = await ada.device.post(`/v1/articles/${slug}/publish`).expect(200);
    const draft = await ada.device.post(`/v1/articles/${slug}/unpublish`).expect(200);
    const hidden = await read(app, slug);
    const back = await ada.device.patch(`/v1/articles/${slug}`).send({ status: 'published' }).expect(200);

    expect(first).toEqual(expect.any(String));
    expect(again.body).toEqual(published.body);
    expect(draft.body.article.status).toBe('draft');
    expect(refusal(hidden)).toEqual(GONE);
    expect(back.body.article).toMatchObject({ status: 'published', published_at: first });
    expect(back.body.article.updated_at).toBe(app.clock.now().toISOString());
    await read(app, slug).expect(200);
  });
});

describe('changing an article', () => {
  test('changes what is named and nothing else', async () => {
    const before = await write(ada, { tags: ['one'], featured_image: 'https://pictures.example/a.jpg' });
    app.clock.advance(1_000);

    const { body } = await ada.device
      .patch(`/v1/articles/${before.slug}`)
      .send({ body: 'Other words.', tags: ['two'], featured_image: null, meta_description: 'New.' })
      .expect(200);

    expect(body.article).toEqual({
      ...before,
      updated_at: app.clock.now().toISOString(),
      body: 'Other words.',
      html: expect.stringContaining('Other words.'),
      tags: ['two'],
      featured_image: null,
      meta_description: 'New.',
    });
    expect((await read(app, before.slug)).body.article).toEqual(body.article);
  });

  test('leaves the slug where only the title changes', async () => {
    const { slug } = await write(ada);

    const { body } = await ada.device
      .patch(`/v1/articles/${slug}`)
      .send({ title: 'Quite another' })
      .expect(200);

    expect(body.article).toMatchObject({ title: 'Quite another', slug });
  });

  test('nothing named is nothing changed', async () => {
    const before = await write(ada);
    app.clock.advance(1_000);

    const { body } = await ada.device.patch(`/v1/articles/${before.slug}`).send({}).expect(200);

    expect(body.article).toEqual(before);
  });

  test('is for the author: others are told so where they can read it', async () => {
    const { slug } = await write(ada);
    const forbidden = [403, 'not_permitted'];

    expect(refusal(await bob.device.patch(`/v1/articles/${slug}`).send({ body: 'mine' }))).toEqual(forbidden);
    expect(refusal(await bob.device.delete(`/v1/articles/${slug}`))).toEqual(forbidden);
    expect(refusal(await bob.device.post(`/v1/articles/${slug}/unpublish`))).toEqual(forbidden);
    expect((await read(app, slug)).body.article.body).toBe('Some words.');
  });

  test('two changes at once are both made', async () => {
    const { slug } = await write(ada);

    const answers = await Promise.all([
      ada.device.patch(`/v1/articles/${slug}`).send({ title: 'Changed at once' }),
      ada.device.patch(`/v1/articles/${slug}`).send({ meta_description: 'Described at once.' }),
      ada.device.patch(`/v1/articles/${slug}`).send({ body: 'Rewritten at once.' }),
    ]);

    expect(answers.map(({ status }) => status)).toEqual([200, 200, 200]);
    expect((await read(app, slug)).body.article).toMatchObject({
      title: 'Changed at once',
      meta_description: 'Described at once.',
      body: 'Rewritten at once.',
      html: expect.stringContaining('Rewritten at once.'),
    });
  });
});

describe('removing an article', () => {
  test('is for good, and its slugs are free again', async () => {
    const title = aTitle();
    const { slug } = await write(ada, { title });
    const moved = `${slug}-elsewhere`;
    await ada.device.patch(`/v1/articles/${slug}`).send({ slug: moved }).expect(200);

    await ada.device.delete(`/v1/articles/${moved}`).expect(204);

    for (const name of [slug, moved]) expect(refusal(await read(app, name))).toEqual(GONE);
    expect(refusal(await ada.device.delete(`/v1/articles/${slug}`))).toEqual(GONE);
    expect((await write(bob, { title })).slug).toBe(slug);
  });

  test('happens once when it is asked for many times at once', async () => {
    const { slug } = await write(ada);

    const answers = await Promise.all(
      Array.from({ length: 5 }, () => ada.device.delete(`/v1/articles/${slug}`)),
    );

    expect(answers.map(({ status }) => status).sort()).toEqual([204, 404, 404, 404, 404]);
  });
});

describe('neighbours', () => {
  test('are the same author’s published articles before and after', async () => {
    const eve = await signedIn(app);
    const slugs: string[] = [];
    for (const status of ['published', 'draft', 'published', 'published']) {
      app.clock.advance(1_000);
      slugs.push((await write(eve, { title: `Step ${slugs.length}`, status })).slug);
      await write(bob);
    }
    const [first = '', , second = '', third = ''] = slugs;
    const adjacent = async (slug: string) => (await read(app, slug).expect(200)).body.meta.adjacent_articles;

    expect(await adjacent(first)).toEqual({ prev: null, next: { title: 'Step 2', slug: second } });
    expect(await adjacent(second)).toEqual({
      prev: { title: 'Step 0', slug: first },
      next: { title: 'Step 3', slug: third },
    });
    expect(await adjacent(third)).toEqual({ prev: { title: 'Step 2', slug: second }, next: null });
  });
});
