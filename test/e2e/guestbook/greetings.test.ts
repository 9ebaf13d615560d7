import request from 'supertest';
import { startApp, type TestApp } from '../../support/app.ts';
import { fieldErrors, type Person, refusal, signedIn } from '../../support/person.ts';
import { type Page, pageOf, SITE } from './page.ts';

let app: TestApp;
let ada: Person;
let page: Page;

beforeAll(async () => {
  app = await startApp();
});

beforeEach(async () => {
  ada = await signedIn(app);
  page = pageOf(app, ada.username);
});

afterAll(async () => {
  await app.close();
});

const uuidV7 = /^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/;

describe('a greeting', () => {
  test('of somebody who is not signed in is answered, and stands on the page', async () => {
    const answer = await page.leave({ name: '  Grace  ', message: 'Hi!\r\nWhat a page.' });

    expect([answer.status, answer.body]).toEqual([
      201,
      {
        message: 'Hello, Grace!',
        greeting: {
          id: expect.stringMatching(uuidV7),
          name: 'Grace',
          message: 'Hi!\nWhat a page.',
          author: null,
          hidden: false,
          created_at: app.clock.now().toISOString(),
        },
      },
    ]);
    expect((await page.list()).body).toEqual({ greetings: [answer.body.greeting], next_cursor: null });
  });

  test('of somebody signed in names them, and may hold addresses', async () => {
    const grace = await signedIn(app);

    const answer = await page.leave({ name: 'Grace', message: 'See https://example.org/' }, grace);

    expect(answer.status).toBe(201);
    expect(answer.body.greeting).toMatchObject({
      message: 'See https://example.org/',
      author: { username: grace.username },
    });
    expect((await page.list()).body.greetings).toEqual([answer.body.greeting]);
  });

  test('needs no message, and an empty one is none', async () => {
    for (const message of [undefined, null, '', ' \n ', '\u200b'])
      expect((await page.leave({ name: 'Grace', message })).body.greeting.message).toBeNull();
  });

  test('is found under the owner’s name in any case', async () => {
    await pageOf(app, ada.username.toUpperCase()).leave({ name: 'Grace' }).expect(201);

    expect(await page.names()).toEqual(['Grace']);
  });

  test('is stored once for each request and with no page mixed up', async () => {
    const other = pageOf(app, (await signedIn(app)).username);
    await Promise.all([page, other, page].map((each, index) => each.leave({ name: `n${index}` })));

    expect([(await page.names()).toSorted(), await other.names()]).toEqual([['n0', 'n2'], ['n1']]);
    expect([await page.count(), await other.count()]).toEqual([2, 1]);
  });
});

describe('is refused', () => {
  test.each<[string, object, ...string[]]>([
    ['without a name', {}, '/name missing'],
    ['with an empty name', { name: '' }, '/name blank_name'],
    ['with a name of spaces', { name: ' \t ' }, '/name blank_name'],
    ['with a name that cannot be seen', { name: '\u200b\u3164' }, '/name blank_name'],
    ['with a name of 81 characters', { name: 'x'.repeat(81) }, '/name too_long'],
    ['with a name of two lines', { name: 'a\nb' }, '/name line_break'],
    [
      'with a control character',
      { name: 'a\u0007b', message: '\u0085x' },
      '/name unseen_characters',
      '/message unseen_characters',
    ],
    ['with a text-direction override', { name: '\u202eevil' }, '/name unseen_characters'],
    ['with a message of 501 characters', { name: 'a', message: 'x'.repeat(501) }, '/message too_long'],
    ['with a null byte', { name: 'a\0b' }, '/name null_byte'],
    ['with half a character', { name: 'a\ud800' }, '/name invalid_unicode'],
    ['with a name that is no text', { name: 1 }, '/name wrong_type'],
    [
      'with a field that is not known',
      { name: 'a', hidden: true, page: 'x' },
      '/hidden unknown_field',
      '/page unknown_field',
    ],
    [
      'with an address in its message',
      { name: 'a', message: 'at http://evil.example' },
      '/message links_need_sign_in',
    ],
    [
      'with an address in both',
      { name: 'www.evil.zz', message: 'me@evil.zz' },
      '/name links_need_sign_in',
      '/message links_need_sign_in',
    ],
  ])('%s', async (_what, body, ...errors) => {
    expect(fieldErrors(await page.leave(body))).toEqual([422, ...errors]);
    expect([await page.names(), await page.count()]).toEqual([[], 0]);
  });

  test('without a body, and with one that is no JSON', async () => {
    const path = `${app.url}/v1/users/${ada.username}/greetings`;

    expect((await request(path).post('')).status).toBe(422);
    const broken = await request(path).post('').set('Content-Type', 'application/json').send('{"name":');
    expect(refusal(broken)).toEqual([400, 'malformed_json']);
  });

  test('with a body of more than 100 kB', async () => {
    const answer = await page.leave({ name: 'x'.repeat(101_000) });

    expect(refusal(answer)).toEqual([413, 'body_too_large']);
  });

  test('with a token that is not usable', async () => {
    const answer = await request(app.url)
      .post(`/v1/users/${ada.username}/greetings`)
      .auth('no.such.token', { type: 'bearer' })
      .send({ name: 'Grace' });

    expect(refusal(answer)).toEqual([403, 'token_invalid']);
  });

  test('where there is nobody of that name', async () => {
    const nobody = pageOf(app, 'nobody-here');

    for (const answer of [
      await nobody.leave({ name: 'Grace' }),
      await nobody.list(),
      await nobody.countAnswer(),
    ])
      expect(refusal(answer)).toEqual([404, 'user_not_found']);
  });
});

test('eighty characters are eighty code points', async () => {
  await page.leave({ name: '🦊'.repeat(80), message: 'é'.repeat(500) }).expect(201);

  expect(fieldErrors(await page.leave({ name: '🦊'.repeat(81) }))).toEqual([422, '/name too_long']);
});

test('the site has a guestbook of its own', async () => {
  const site = pageOf(app, SITE);
  await page.leave({ name: 'On her page' }).expect(201);
  const before = await site.count();

  const answer = await site.leave({ name: 'John' });

  expect([answer.status, answer.body.message]).toEqual([201, 'Hello, John!']);
  expect((await site.names())[0]).toBe('John');
  expect(await site.count()).toBe(before + 1);
  expect((await site.countAnswer()).body).toEqual({ current_greetings_count: before + 1 });
});

describe('what has not changed is not sent again', () => {
  const askedAgain = async (path: string) => {
    const first = await request(app.url).get(path).expect(200);
    expect(first.headers['cache-control']).toBe('public, no-cache');
    return () => request(app.url).get(path).set('If-None-Match', first.headers.etag!);
  };

  test('neither a list nor a count', async () => {
    await page.leave({ name: 'Grace' }).expect(201);
    const path = `/v1/users/${ada.username}/greetings`;
    const again = [await askedAgain(path), await askedAgain(`${path}/count`)];

    for (const ask of again) expect([(await ask()).status, (await ask()).text]).toEqual([304, '']);
    await page.leave({ name: 'Edsger' }).expect(201);
    for (const ask of again) expect((await ask()).status).toBe(200);
  });

  test('but what somebody signed in sees is theirs', async () => {
    const answer = await page.list(ada);

    expect(answer.headers['cache-control']).toBe('private, no-cache');
  });
});

test('the public page tells of its guestbook', async () => {
  const see = async () => (await request(app.url).get(`/v1/users/${ada.username}`).expect(200)).body;
  expect(await see()).toMatchObject({ counts: { greetings: 0 }, guestbook: { open: true } });

  await page.leave({ name: 'Grace' }).expect(201);
  await page.switch(false, ada).expect(200);

  expect(await see()).toMatchObject({ counts: { greetings: 1 }, guestbook: { open: false } });
});
