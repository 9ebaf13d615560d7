import request from 'supertest';
import { AdminService } from '../../../src/accounts/services/admin-service.ts';
import { startApp, type TestApp } from '../../support/app.ts';
import { refusal, signedIn, type Answer, type Person } from '../../support/person.ts';
import { attributeOf, dangersIn, elementsOf, textOf } from '../../support/safe-html.ts';
import { aTitle, write } from './writing.ts';

const SITE = 'http://localhost:3000';
const HOSTILE = `</title></h1>"'><script>alert(1)</script><img src=x onerror=alert(2)>&lt;b&amp;`;

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

const get = (path: string, headers: Readonly<Record<string, string>> = {}): request.Test =>
  request(app.url).get(path).set(headers).redirects(0);

const named = (html: string, name: string) => elementsOf(html).filter(({ tagName }) => tagName === name);

const linksNamed = (html: string, relation: string): readonly (string | null)[] =>
  elementsOf(html)
    .filter(element => attributeOf(element, 'rel') === relation)
    .map(element => attributeOf(element, 'href'));

const meta = (html: string, name: string): readonly (string | null)[] =>
  named(html, 'meta')
    .filter(element => [attributeOf(element, 'name'), attributeOf(element, 'property')].includes(name))
    .map(element => attributeOf(element, 'content'));

/** What a reader sees, without what only the head of the page says. */
const bodyOf = (html: string): string => html.slice(html.indexOf('<body>') + 6, html.indexOf('</body>'));

const headingOf = (html: string): string => textOf(/<h1>(.*?)<\/h1>/s.exec(bodyOf(html))?.[1] ?? '');

/** Of an answer that is the page of something that is not there. */
const isNotFoundPage = ({ status, headers, text }: Answer): boolean =>
  status === 404 &&
  headers['content-type'] === 'text/html; charset=utf-8' &&
  headingOf(text) === 'There is nothing here';

/** The worst that the fields of an article and of a profile take. */
const writeHostile = async (): Promise<Answer['body']> => {
  const profile = {
    bio: `${HOSTILE}\n<script>alert(3)</script>`,
    location: '<i onclick=alert(4)>',
    links: ['https://example.org/?a=%22%3E&b=<script>'],
  };
  await ada.device.patch('/v1/accounts/me').send(profile).expect(200);
  await write(ada, { title: `Before ${HOSTILE}` });
  app.clock.advance(1_000);
  const article = await write(ada, {
    title: HOSTILE,
    meta_description: HOSTILE,
    body: `# One ${HOSTILE}\n\n## Two <script>alert(5)</script>\n\n[x](javascript:alert(6)) ${HOSTILE}`,
    featured_image: 'https://pictures.example/a.png?x=1&y=%22',
    tags: ['a-tag'],
  });
  app.clock.advance(1_000);
  await write(ada, { title: `After ${HOSTILE}` });
  return article;
};

describe('the page of an article', () => {
  test('shows it, and tells machines what it is', async () => {
    const { slug } = await write(ada, {
      title: 'Ten days & nights',
      body: '## First\n\nIt **rained**.\n\n## Second\n\nIt did not.',
      meta_description: 'About rain.',
      featured_image: 'https://pictures.example/rain.jpg',
      tags: ['weather'],
    });
    const { status, headers, text } = await get(`/articles/${slug}`);

    expect([status, headers['content-type']]).toEqual([200, 'text/html; charset=utf-8']);
    expect(headers['content-length']).toBe(String(Buffer.byteLength(text)));
    expect(headingOf(text)).toBe('Ten days & nights');
    expect(text).toContain('<strong>rained</strong>');
    expect(bodyOf(text)).toContain('#weather');
    expect(bodyOf(text)).toContain(`<a href="/users/${ada.username}">${ada.username}</a>`);
    expect(linksNamed(text, 'canonical')).toEqual([`${SITE}/articles/${slug}`]);
    expect(linksNamed(text, 'alternate')).toEqual([`${SITE}/v1/users/${ada.username}/feed.atom`]);
    expect(meta(text, 'description')).toEqual(['About rain.']);
    expect(meta(text, 'og:title')).toEqual(['Ten days & nights']);
    expect(meta(text, 'og:image')).toEqual(['https://pictures.example/rain.jpg']);
  });

  test('has the address that the API gives', async () => {
    const { slug, url } = await write(ada);

    expect(url).toBe(`${SITE}/articles/${slug}`);
  });

  test('leads to its headings and to its neighbours', async () => {
    const [before, here, after] = ['Before', 'Here', 'After'].map(each => `${each} ${ada.username}`);
    for (const title of [before, here, after]) {
      await write(ada, { title: title!, body: '# Große Dinge\n\n## Zwei' });
      app.clock.advance(1_000);
    }
    const { text } = await get(`/articles/here-${ada.username}`);
    const ids = elementsOf(text).map(element => attributeOf(element, 'id'));
    const contents = named(text, 'a')
      .map(element => attributeOf(element, 'href') ?? '')
      .filter(href => href.startsWith('#'));

    expect(linksNamed(text, 'prev')).toEqual([`/articles/before-${ada.username}`]);
    expect(linksNamed(text, 'next')).toEqual([`/articles/after-${ada.username}`]);
    expect(contents).toHaveLength(2);
    for (const href of contents) expect(ids).toContain(decodeURIComponent(href.slice(1)));
  });

  test('escapes whatever was written', async () => {
    const { slug } = await writeHostile();
    const { text } = await get(`/articles/${slug}`);

    expect(dangersIn(bodyOf(text).replace(/<\/?(main|article|header|nav)\b[^>]*>/g, ''))).toEqual([]);
    expect(named(text, 'script')).toEqual([]);
    expect(headingOf(text)).toBe(HOSTILE);
    expect(named(text, 'title')).toHaveLength(1);
    expect(/<title>(.*)<\/title>/.exec(text)?.[1]).not.toMatch(/[<>"]/);
    for (const name of ['description', 'og:description', 'og:title'])
      expect(meta(text, name)).toEqual([HOSTILE]);
    expect(meta(text, 'og:image')).toEqual(['https://pictures.example/a.png?x=1&y=%22']);
    expect(textOf(bodyOf(text))).toContain(`Before: Before ${HOSTILE}`);
    expect(textOf(bodyOf(text))).toContain(`After: After ${HOSTILE}`);
  });

  test('that moved leads on for good, from every slug it had', async () => {
    const { slug } = await write(ada);
    for (const next of ['second', 'third'])
      await ada.device
        .patch(`/v1/articles/${slug}`)
        .redirects(1)
        .send({ slug: `${slug} ${next}` })
        .then(answer => answer.status === 200 || Promise.reject(new Error(answer.text)));
    for (const old of [slug, `${slug}-second`]) {
      const { status, headers } = await get(`/articles/${old}`);

      expect([status, headers.location]).toEqual([301, `/articles/${slug}-third`]);
    }
  });

  test.each<[string, () => Promise<string>]>([
    ['a draft', async () => (await write(ada, { status: 'draft' })).slug],
    [
      'what was taken back',
      async () => {
        const { slug } = await write(ada);
        await ada.device.post(`/v1/articles/${slug}/unpublish`).expect(200);
        return slug;
      },
    ],
    [
      'what was deleted',
      async () => {
        const { slug } = await write(ada);
        await ada.device.delete(`/v1/articles/${slug}`).expect(204);
        return slug;
      },
    ],
    [
      'what a banned author wrote',
      async () => {
        const { slug } = await write(ada);
        await app.container.get(AdminService).ban(ada.id as never, 'a test');
        return slug;
      },
    ],
    ['what never was', () => Promise.resolve('no-such-article')],
    ['a name that is none', () => Promise.resolve('..%2f..%2fetc%2fpasswd')],
    ['a name of another script', () => Promise.resolve('%F0%9F%98%80')],
    ['an endless name', () => Promise.resolve('a'.repeat(5_000))],
  ])('is that of nothing for %s, and for its author too', async (_what, prepare) => {
    const slug = await prepare();
    const answers = [await get(`/articles/${slug}`), await ada.device.get(`/articles/${slug}`)];

    expect(answers.map(isNotFoundPage)).toEqual([true, true]);
    expect(named(answers[0]!.text, 'link').map(each => attributeOf(each, 'rel'))).not.toContain('canonical');
    expect(meta(answers[0]!.text, 'robots')).toEqual(['noindex']);
  });
});

describe('the page of an author', () => {
  test('says who it is and what there is to read, drafts left out', async () => {
    await ada.device
      .patch('/v1/accounts/me')
      .send({ bio: 'Walks.\nWrites.', location: 'Bergen', links: ['https://ada.example/'] })
      .expect(200);
    const [shown, draft] = [await write(ada), await write(ada, { status: 'draft' })];
    const { status, text } = await get(`/users/${ada.username.toUpperCase()}`);

    expect(status).toBe(200);
    expect(headingOf(text)).toBe(ada.username);
    expect(text).toContain('<p>Walks.<br>Writes.</p>');
    expect(text).toContain('Bergen');
    expect(linksNamed(text, 'me noopener noreferrer')).toEqual(['https://ada.example/']);
    expect(linksNamed(text, 'canonical')).toEqual([`${SITE}/users/${ada.username}`]);
    expect(text).toContain(`<a href="/articles/${shown.slug}">${shown.title}</a>`);
    expect(text).not.toContain(draft.title);
  });

  test('of somebody who wrote nothing says so', async () => {
    const { status, text } = await get(`/users/${ada.username}`);

    expect(status).toBe(200);
    expect(text).toContain('No articles here yet.');
    expect([linksNamed(text, 'prev'), linksNamed(text, 'next')]).toEqual([[], []]);
  });

  test('escapes whatever was written', async () => {
    await writeHostile();
    const { text } = await get(`/users/${ada.username}`);

    const content = bodyOf(text).replace(/<\/?(main|nav)\b[^>]*>/g, '');
    expect(dangersIn(content.replaceAll('rel="me noopener', 'rel="noopener'))).toEqual([]);
    expect(textOf(content)).toContain(HOSTILE);
    expect(textOf(content)).toContain('<i onclick=alert(4)>');
    expect(named(text, 'title')).toHaveLength(1);
    expect(meta(text, 'description')[0]).toContain(HOSTILE);
  });

  test('is followed by others that lead back', async () => {
    const titles: string[] = [];
    for (let nth = 0; nth < 21; nth++) {
      titles.unshift((await write(ada)).title);
      app.clock.advance(1_000);
    }
    const [first, second] = [
      await get(`/users/${ada.username}`),
      await get(`/users/${ada.username}?page=2&utm_source=a-friend&utm_source=b`),
    ];
    const titlesOf = ({ text }: Answer) =>
      [...text.matchAll(/<h2><a [^>]*>(.*?)<\/a><\/h2>/g)].map(match => textOf(match[1]!));

    expect(titlesOf(first)).toEqual(titles.slice(0, 20));
    expect(titlesOf(second)).toEqual(titles.slice(20));
    expect([linksNamed(first.text, 'prev'), linksNamed(first.text, 'next')]).toEqual([[], ['?page=2']]);
    expect([linksNamed(second.text, 'prev'), linksNamed(second.text, 'next')]).toEqual([['?page=1'], []]);
    expect(linksNamed(second.text, 'canonical')).toEqual([`${SITE}/users/${ada.username}?page=2`]);
    expect(isNotFoundPage(await get(`/users/${ada.username}?page=3`))).toBe(true);
  });

  test.each(['0', '-1', '1.5', '2', 'two', '', '99999999999999999999', '%00', '1%00', "1'--"])(
    'numbered %j is that of nothing',
    async page => {
      expect(isNotFoundPage(await get(`/users/${ada.username}?page=${page}`))).toBe(true);
    },
  );

  test.each(['nobody-at-all', '%3Cscript%3E', '%F0%9F%98%80', 'a'.repeat(5_000)])(
    'of %j is that of nothing',
    async username => {
      expect(isNotFoundPage(await get(`/users/${username}`))).toBe(true);
    },
  );

  test('of somebody who is banned is that of nothing', async () => {
    await app.container.get(AdminService).ban(ada.id as never, 'a test');

    expect(isNotFoundPage(await get(`/users/${ada.username}`))).toBe(true);
  });
});

describe('every page', () => {
  const pages = async (): Promise<readonly string[]> => {
    const { slug } = await write(ada);
    return [`/articles/${slug}`, `/users/${ada.username}`, '/articles/nothing-here'];
  };

  test('runs nothing, sends nothing and is framed by nobody', async () => {
    for (const path of await pages()) {
      const { headers, text } = await get(path);
      const policy = String(headers['content-security-policy']);

      expect(policy.split('; ')).toEqual(
        expect.arrayContaining(["default-src 'none'", "base-uri 'none'", "form-action 'none'"]),
      );
      expect(policy).toContain("frame-ancestors 'none'");
      expect(policy).not.toMatch(/script-src|connect-src|unsafe|object-src|\*/);
      expect(headers['x-content-type-options']).toBe('nosniff');
      expect(headers['referrer-policy']).toBe('no-referrer');
      expect(headers['x-request-id']).toBeTruthy();
      expect(text).not.toMatch(/<script|<style|\sstyle=|\son[a-z]+=/);
    }
  });

  test('can be recognised: what a browser has is not sent again, a change is', async () => {
    const [path = '', author = ''] = await pages();
    for (const each of [path, author]) {
      const first = await get(each).expect(200);
      const again = await get(each, { 'If-None-Match': String(first.headers.etag) });

      expect(first.headers['cache-control']).toBe('public, no-cache');
      expect([again.status, again.text]).toEqual([304, '']);
      for (const name of ['etag', 'cache-control', 'content-security-policy'])
        expect(again.headers[name]).toBe(first.headers[name]);
      await ada.device.patch(path.replace('/articles', '/v1/articles')).send({ title: aTitle() }).expect(200);
      await get(each, { 'If-None-Match': String(first.headers.etag) }).expect(200);
    }
  });

  test('that is not there is a 404 for those who have it already', async () => {
    const { headers } = await get('/articles/nothing-here');
    const again = await get('/articles/nothing-here', { 'If-None-Match': String(headers.etag) });

    expect([again.status, again.headers.etag]).toEqual([404, headers.etag]);
  });

  test('answers HEAD as GET without the text', async () => {
    for (const path of [...(await pages()), '/reading.css']) {
      const whole = await get(path);
      const head = await request(app.url).head(path);

      expect([head.status, head.text]).toEqual([whole.status, undefined]);
      for (const name of ['content-type', 'content-length', 'etag', 'content-security-policy'])
        expect(head.headers[name]).toBe(whole.headers[name]);
    }
  });

  test.each(['post', 'put', 'patch', 'delete'] as const)(
    'refuses %s and says what it takes',
    async method => {
      for (const path of [...(await pages()), '/reading.css']) {
        const answer = await request(app.url)[method](path);

        expect(refusal(answer)).toEqual([405, 'method_not_allowed']);
        expect(answer.headers.allow).toBe('GET, HEAD');
      }
    },
  );

  test.each([
    '/articles/%00',
    '/articles/a%00b',
    '/users/%00',
    `/users/a%00`,
    '/articles/%ff',
    '/users/%E0%A4',
  ])('%s is refused as what it is', async path => {
    const { status, body } = await get(path);

    expect([400, 404, 422]).toContain(status);
    expect(body.code).toMatch(/^(malformed_path|invalid_fields|not_found)$/);
  });

  test.each([
    '/articles',
    '/articles/',
    '/users/',
    '/articles/a/b',
    '/Articles/a',
    '/reading.css/',
    '/reading',
  ])('has its own address: %s is none', async path => {
    expect(refusal(await get(path))).toEqual([404, 'not_found']);
  });

  test('has a style that browsers take', async () => {
    const { text } = await get('/articles/nothing-here');
    const [style] = linksNamed(text, 'stylesheet');
    const answer = await get(style!).expect(200);
    const again = await get(style!, { 'If-None-Match': String(answer.headers.etag) });

    expect(answer.headers['content-type']).toBe('text/css; charset=utf-8');
    expect(answer.headers['content-length']).toBe(String(Buffer.byteLength(answer.text)));
    expect(answer.text).not.toMatch(/@import|url\(/);
    expect(again.status).toBe(304);
  });
});

test('where a web app has its own pages there are none here', async () => {
  const other = await startApp({ WEB_URL: 'https://web.example' });
  try {
    const eve = await signedIn(other);
    const { slug, url } = await write(eve);
    const answers = [`/articles/${slug}`, `/users/${eve.username}`, '/reading.css'].map(
      async path => await request(other.url).get(path),
    );

    expect(url).toBe(`https://web.example/articles/${slug}`);
    expect((await Promise.all(answers)).map(refusal)).toEqual(answers.map(() => [404, 'not_found']));
  } finally {
    await other.close();
  }
});

test('nothing here has ever been a failure of the server', () => {
  const failed = app
    .logs()
    .split('\n')
    .filter(line => line !== '')
    .map(line => JSON.parse(line) as { level: string; status?: number })
    .filter(({ level, status = 0 }) => status >= 500 || level === 'error' || level === 'fatal');

  expect(failed).toEqual([]);
});
