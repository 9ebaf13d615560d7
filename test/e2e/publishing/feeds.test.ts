import request from 'supertest';
import { type ElementCompact, xml2js } from 'xml-js';
import { startApp, type TestApp } from '../../support/app.ts';
import { refusal, signedIn, type Answer, type Person } from '../../support/person.ts';
import { connected } from '../../support/template-database.ts';
import { write } from './writing.ts';

let app: TestApp;
let ada: Person;

beforeAll(async () => {
  app = await startApp({ PUBLIC_URL: 'http://api.example', WEB_URL: 'https://daymark.example' });
});

beforeEach(async () => {
  ada = await signedIn(app);
});

afterAll(async () => {
  await app.close();
});

const feed = (format: string): request.Test =>
  request(app.url).get(`/v1/users/${ada.username}/feed.${format}`);

// What XML 1.0 knows; a parser may be more lenient.
const XML = /^[\t\n\r\u0020-\uD7FF\uE000-\uFFFD\u{10000}-\u{10FFFF}]*$/u;

const parsed = ({ text }: Answer): ElementCompact => {
  expect(text).toMatch(XML);
  return xml2js(text, { compact: true });
};

/** The text of an element, however it is written. */
const textIn = (element: ElementCompact): string =>
  [element._cdata, element._text].flat().filter(Boolean).join('');

const asHtml = (html: string): string =>
  html.replaceAll('&lt;', '<').replaceAll('&gt;', '>').replaceAll('&amp;', '&');

const HOSTILE = 'A & B <i>c</i> ]]> d ]]> &amp; 🎈 "q"';

/** An article whose stored HTML holds what no renderer should make and XML cannot hold. */
const hostileArticle = async () => {
  const article = await write(ada, { title: HOSTILE, meta_description: HOSTILE, tags: ['größe'] });
  const html = '<p>]]> one ]]> two \u000b\u0001\uFFFE &amp; 🎈</p>';
  await connected(app.databaseUrl, client =>
    client.query('update articles set html = $1 where id = $2', [html, article.id]),
  );
  return article;
};

describe('as Atom', () => {
  test('holds the articles whole, under ids that stay', async () => {
    const article = await hostileArticle();

    const answer = await feed('atom').expect(200);

    expect(answer.headers['content-type']).toBe('application/atom+xml; charset=utf-8');
    const { feed: atom } = parsed(answer);
    expect(textIn(atom.id)).toBe(`urn:uuid:${ada.id}`);
    expect(textIn(atom.author.name)).toBe(ada.username);
    expect(textIn(atom.updated)).toBe(article.updated_at);
    expect([atom.link].flat().map((link: ElementCompact) => link._attributes)).toContainEqual({
      rel: 'self',
      href: `http://api.example/v1/users/${ada.username}/feed.atom`,
    });
    expect(textIn(atom.entry.id)).toBe(`urn:uuid:${article.id}`);
    expect(atom.entry.link._attributes.href).toBe(`https://daymark.example/articles/${article.slug}`);
    expect(asHtml(textIn(atom.entry.title))).toBe(HOSTILE);
    expect(asHtml(textIn(atom.entry.summary))).toBe(HOSTILE);
    expect(textIn(atom.entry.content)).toBe('<p>]]&gt; one ]]&gt; two  &amp; 🎈</p>');
    expect(atom.entry.content._attributes.type).toBe('html');
    expect(atom.entry.category._attributes).toMatchObject({ term: 'größe' });
    expect([textIn(atom.entry.published), textIn(atom.entry.updated)]).toEqual([
      article.published_at,
      article.updated_at,
    ]);
  });
});

describe('as RSS', () => {
  test('holds the articles whole, under ids that are no addresses', async () => {
    const article = await hostileArticle();

    const answer = await feed('rss').expect(200);

    expect(answer.headers['content-type']).toBe('application/rss+xml; charset=utf-8');
    const { channel } = parsed(answer).rss;
    expect(channel['atom:link']._attributes).toMatchObject({
      rel: 'self',
      href: `http://api.example/v1/users/${ada.username}/feed.rss`,
    });
    expect(textIn(channel.item.guid)).toBe(`urn:uuid:${article.id}`);
    expect(channel.item.guid._attributes.isPermaLink).toBe('false');
    expect(textIn(channel.item.link)).toBe(`https://daymark.example/articles/${article.slug}`);
    expect(asHtml(textIn(channel.item.title))).toBe(HOSTILE);
    expect(textIn(channel.item['content:encoded'])).toContain(']]&gt; one ]]&gt; two');
    expect(new Date(textIn(channel.item.pubDate)).toISOString()).toBe(article.published_at);
  });
});

describe('as JSON Feed', () => {
  test('holds the articles whole', async () => {
    const article = await hostileArticle();

    const answer = await feed('json').expect(200);

    expect(answer.headers['content-type']).toBe('application/feed+json; charset=utf-8');
    expect(JSON.parse(answer.text)).toMatchObject({
      title: ada.username,
      feed_url: `http://api.example/v1/users/${ada.username}/feed.json`,
      author: { name: ada.username },
      items: [
        {
          id: `urn:uuid:${article.id}`,
          url: `https://daymark.example/articles/${article.slug}`,
          title: HOSTILE,
          summary: HOSTILE,
          content_html: expect.stringContaining('🎈'),
          date_published: article.published_at,
          date_modified: article.updated_at,
          tags: ['größe'],
        },
      ],
    });
  });
});

describe.each(['atom', 'json', 'rss'])('the feed as %s', format => {
  test('holds the newest twenty, and no draft', async () => {
    for (let count = 1; count <= 21; count++) {
      app.clock.advance(1_000);
      await write(ada, { title: `Entry ${count} of ${format}` });
    }
    await write(ada, { title: 'A secret', status: 'draft' });

    const { text } = await feed(format).expect(200);

    const found = [...text.matchAll(/Entry (\d+) of/g)].map(([, number]) => Number(number));
    expect(found).toEqual(Array.from({ length: 20 }, (_, index) => 21 - index));
    expect(text).not.toContain('A secret');
  });

  test('is there for somebody who has written nothing, and not for nobody', async () => {
    const empty = await feed(format).expect(200);
    if (format !== 'json') parsed(empty);

    const nobody = await request(app.url).get(`/v1/users/nobody-here/feed.${format}`);

    expect(empty.headers['last-modified']).toBeDefined();
    expect(refusal(nobody)).toEqual([404, 'user_not_found']);
  });
});
