import { startApp, type TestApp } from '../../support/app.ts';
import { refusal, signedIn, type Person } from '../../support/person.ts';
import { aTitle, read, write } from './writing.ts';

let app: TestApp;
let ada: Person;
let bob: Person;

beforeAll(async () => {
  app = await startApp();
  ada = await signedIn(app);
  bob = await signedIn(app);
});

afterAll(async () => {
  await app.close();
});

/** One after the other: the mails of one are not those of another. */
const signedInPeople = async (count: number): Promise<Person[]> => {
  const people: Person[] = [];
  while (people.length < count) people.push(await signedIn(app));
  return people;
};

const slugsOf = (base: string, count: number): string[] =>
  Array.from({ length: count }, (_, index) => (index === 0 ? base : `${base}-${index + 1}`));

describe('a slug', () => {
  test('that is taken gets the next number, not by what merely looks alike', async () => {
    await write(bob, { title: 'Rainy days' });
    await write(bob, { title: 'Long rainy days indeed' });

    const slugs = [];
    for (let count = 0; count < 3; count++) slugs.push((await write(ada, { title: 'Rainy days!' })).slug);

    expect(slugs).toEqual(['rainy-days-2', 'rainy-days-3', 'rainy-days-4']);
  });

  test('of ten articles written at once with one title are ten in a row', async () => {
    const people = await signedInPeople(10);

    const written = await Promise.all(people.map(each => write(each, { title: 'The same idea' })));
    const byOne = await Promise.all(people.map(() => write(ada, { title: 'My own idea' })));

    expect(written.map(({ slug }) => slug as string).sort()).toEqual(slugsOf('the-same-idea', 10).sort());
    expect(byOne.map(({ slug }) => slug as string).sort()).toEqual(slugsOf('my-own-idea', 10).sort());
  });

  test('is found also where the numbers of two titles meet at once', async () => {
    const people = await signedInPeople(4);
    for (let round = 0; round < 5; round++) {
      const title = aTitle();
      const titles = [title, `${title} 2`, title, `${title} 2`];

      const written = await Promise.all(people.map((each, index) => write(each, { title: titles[index] })));

      expect(new Set(written.map(({ slug }) => slug)).size).toBe(4);
    }
  });

  test('a gap is filled before a new number is taken', async () => {
    const title = aTitle();
    const first = await write(ada, { title });
    const second = await write(ada, { title });
    await write(ada, { title });
    await ada.device.delete(`/v1/articles/${second.slug}`).expect(204);

    expect((await write(ada, { title })).slug).toBe(`${first.slug}-2`);
  });

  test('of a title without a letter is a short id', async () => {
    expect((await write(ada, { title: '!!!' })).slug).toMatch(/^[0-9a-f]{10}$/);
  });

  test('writes other scripts in ASCII', async () => {
    const { slug } = await write(ada, { title: 'Ærlig talt: Größe, Привет, Ελλάδα, smørrebrød!' });

    expect(slug).toMatch(/^aerlig-talt-grosse-privet-[a-z]+-smorrebrod$/);
  });
});

describe('a new slug', () => {
  const moved = (slug: string, to: string) => ada.device.patch(`/v1/articles/${slug}`).send({ slug: to });

  test('is folded as a title is, and the old ones lead on to it', async () => {
    const { slug } = await write(ada);

    const once = await moved(slug, 'A Better Name?').expect(200);
    const twice = await moved(slug, 'The best name').expect(200);

    expect(once.body.article.slug).toBe('a-better-name');
    expect(twice.body.article.slug).toBe('the-best-name');
    for (const old of [slug, 'a-better-name']) {
      const answer = await read(app, old).redirects(0);
      expect(answer.status).toBe(301);
      expect(answer.headers.location).toBe('http://localhost:3000/v1/articles/the-best-name');
      expect(answer.headers['cache-control']).toBe('public, no-cache');
      expect(answer.text).toBe('');
    }
  });

  test('is numbered where another article has it or had it', async () => {
    const other = await write(bob);
    await bob.device
      .patch(`/v1/articles/${other.slug}`)
      .send({ slug: `${other.slug} later` })
      .expect(200);
    const { slug } = await write(ada);

    const answer = await moved(slug, other.slug).expect(200);

    expect(answer.body.article.slug).toBe(`${other.slug}-2`);
    expect((await read(app, other.slug).redirects(0)).headers.location).toMatch(/-later$/);
  });

  test('may be one that the article had before', async () => {
    const { slug } = await write(ada);
    await moved(slug, `${slug} again`).expect(200);

    const back = await moved(slug, slug).expect(200);

    expect(back.body.article.slug).toBe(slug);
    await read(app, slug).expect(200);
    expect((await read(app, `${slug}-again`).redirects(0)).status).toBe(301);
  });

  test('leads to a draft for its author alone', async () => {
    const { slug } = await write(ada, { status: 'draft' });
    await moved(slug, `${slug} hidden`).expect(200);

    const own = await ada.device.get(`/v1/articles/${slug}`).redirects(0);

    expect(own.status).toBe(301);
    expect(own.headers['cache-control']).toBe('private, no-cache');
    for (const answer of [await read(app, slug), await bob.device.get(`/v1/articles/${slug}`)])
      expect(refusal(answer)).toEqual([404, 'article_not_found']);
  });

  test('wanted by several at once goes to one, and the others get numbers', async () => {
    const people = await signedInPeople(4);
    const articles = await Promise.all(people.map(each => write(each)));

    const answers = await Promise.all(
      people.map(({ device }, index) =>
        device.patch(`/v1/articles/${articles[index].slug}`).send({ slug: 'everybody wants it' }),
      ),
    );

    expect(answers.map(({ body }) => body.article.slug as string).sort()).toEqual(
      slugsOf('everybody-wants-it', 4),
    );
  });
});
