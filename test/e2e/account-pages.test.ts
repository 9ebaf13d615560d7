import request from 'supertest';
import { startApp, type TestApp } from '../support/app.ts';

const PAGES = ['/verify', '/reset-password', '/confirm-email', '/undo-email'];
const ASSETS = ['/account-pages.js', '/account-pages.css'];

let app: TestApp;

beforeAll(async () => {
  app = await startApp({ PASSWORD_MIN_LENGTH: '15' });
});

afterAll(async () => {
  await app.close();
});

const routesOfForms = (html: string): string[] =>
  [...html.matchAll(/data-post="([^"]+)"/g)].map(match => match[1]!);

describe('the pages that links in mails lead to', () => {
  test.each(PAGES)(
    '%s is a page that runs nothing but our own script and says when it cannot',
    async path => {
      const page = await request(app.url).get(path);

      expect(page.status).toBe(200);
      expect(page.headers['content-type']).toBe('text/html; charset=utf-8');
      expect(page.headers['content-security-policy']).toBe(
        "default-src 'none';script-src 'self';style-src 'self';img-src 'self' data:;connect-src 'self';" +
          "form-action 'self';base-uri 'none';frame-ancestors 'none'",
      );
      expect(page.headers['referrer-policy']).toBe('no-referrer');
      expect(page.headers['x-content-type-options']).toBe('nosniff');
      expect(page.headers['x-request-id']).toBeTruthy();
      expect(page.text).toContain('<noscript>');
      expect(page.text).not.toMatch(/<script(?![^>]* src="\/account-pages\.js")|<style|\sstyle=|\son[a-z]+=/);
    },
  );

  test.each([...PAGES, ...ASSETS])(
    '%s is kept by a browser and asked for again at every visit',
    async path => {
      const first = await request(app.url).get(path).expect(200);
      const head = await request(app.url).head(path).expect(200);
      const again = await request(app.url).get(path).set('If-None-Match', first.headers.etag!);

      expect(first.headers['cache-control']).toBe('no-cache');
      expect(again.status).toBe(304);
      expect(head.text).toBeUndefined();
      for (const name of ['content-type', 'content-length', 'etag', 'content-security-policy'])
        expect(head.headers[name]).toBe(first.headers[name]);
    },
  );

  test('the script and the style have the types that browsers insist on', async () => {
    const [script, style] = await Promise.all(ASSETS.map(path => request(app.url).get(path)));

    expect(script!.headers['content-type']).toBe('text/javascript; charset=utf-8');
    expect(style!.headers['content-type']).toBe('text/css; charset=utf-8');
  });

  test('every form is sent by POST to an endpoint that exists', async () => {
    const pages = await Promise.all(PAGES.map(path => request(app.url).get(path)));
    const { body: api } = await request(app.url).get('/openapi.json');

    for (const page of pages) {
      expect(page.text.match(/<form(?! method="post")/)).toBeNull();
      for (const path of routesOfForms(page.text)) expect(api.paths[path]?.post).toBeDefined();
    }
    expect(pages.flatMap(page => routesOfForms(page.text))).toEqual([
      '/v1/accounts/verify',
      '/v1/accounts/verify/resend',
      '/v1/accounts/password/reset',
      '/v1/accounts/password/forgot',
      '/v1/accounts/email/confirm',
      '/v1/accounts/email/undo',
    ]);
  });

  test('every outcome that a form names is a step of its page', async () => {
    for (const path of PAGES) {
      const { text } = await request(app.url).get(path);
      const steps = new Set([...text.matchAll(/data-step="([^"]+)"/g)].map(match => match[1]));
      const outcomes = [...text.matchAll(/data-on-\w+="([^"]+)"/g)].map(match => match[1]);

      expect(outcomes.length).toBeGreaterThan(1);
      for (const step of [...outcomes, 'with-token', 'without-token']) expect(steps).toContain(step);
    }
  });

  test('the page for a new password names the configured length', async () => {
    const page = await request(app.url).get('/reset-password');

    expect(page.text).toContain('At least 15 characters.');
  });

  test('looking at a link uses nothing up: it works afterwards, and its token is in no log', async () => {
    const credentials = { email: 'ada@example.org', password: 'analytical engine 1843' };
    await request(app.url)
      .post('/v1/accounts/register')
      .send({ ...credentials, username: 'ada' })
      .expect(202);
    const [mail] = await app.mailsTo('ada@example.org');
    const link = new URL(mail!.links[0]!);
    const token = link.hash.replace('#token=', '');

    await request(app.url).get(link.pathname).expect(200);
    await request(app.url).head(link.pathname).expect(200);

    expect(link.origin).toBe('http://localhost:3000');
    expect(PAGES).toContain(link.pathname);
    await request(app.url)
      .post('/v1/accounts/verify')
      .send({ token, password: credentials.password })
      .expect(201);
    expect(app.logs()).toContain('"route":"/verify"');
    expect(app.logs()).not.toContain(token);
  });

  test('only GET and HEAD are known, and a path nearby is not', async () => {
    const posted = await request(app.url).post('/verify').type('form').send({ password: 'secret' });
    const nearby = await Promise.all(
      ['/verify/', '/Verify', '/verify/x', '/account-pages.ts'].map(path => request(app.url).get(path)),
    );

    expect([posted.status, posted.body.code, posted.headers.allow]).toEqual([
      405,
      'method_not_allowed',
      'GET, HEAD',
    ]);
    for (const answer of nearby) expect([answer.status, answer.body.code]).toEqual([404, 'not_found']);
  });
});

test('where a web app has these pages, ours are not served', async () => {
  const beside = await startApp({ WEB_URL: 'https://day.example' });
  try {
    for (const path of [...PAGES, ...ASSETS]) {
      const answer = await request(beside.url).get(path);
      expect([answer.status, answer.type]).toEqual([404, 'application/problem+json']);
    }
  } finally {
    await beside.close();
  }
});
