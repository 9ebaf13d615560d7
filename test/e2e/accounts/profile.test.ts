import request from 'supertest';
import { AdminService } from '../../../src/accounts/services/admin-service.ts';
import type { AccountId } from '../../../src/shared/domain/identity.ts';
import { startApp, type TestApp } from '../../support/app.ts';
import { fieldErrors, refusal, signedIn, someone, type Person } from '../../support/person.ts';

let app: TestApp;

beforeAll(async () => {
  app = await startApp();
});

afterAll(async () => {
  await app.close();
});

const change = ({ device }: Person, body: object) => device.patch('/v1/accounts/me').send(body);
const lookUp = (username: string) => request(app.url).get(`/v1/users/${encodeURIComponent(username)}`);

describe('one’s own profile', () => {
  test('shows what was changed, and keeps what was not', async () => {
    const person = await signedIn(app);
    const opened = app.clock.now().toISOString();

    app.clock.advance(1000);
    const changed = await change(person, {
      location: '  Lisboa ',
      bio: 'I read.\r\nI walk.',
      links: ['https://example.org', 'http://example.org/a b'],
      time_zone: 'europe/lisbon',
      day_start: '04:30',
    });
    const again = await change(person, { bio: '' });
    const read = await person.device.get('/v1/accounts/me');

    const user = {
      id: person.id,
      username: person.username,
      location: 'Lisboa',
      bio: 'I read.\nI walk.',
      links: ['https://example.org/', 'http://example.org/a%20b'],
      created_at: opened,
      time_zone: 'Europe/Lisbon',
      day_start: '04:30',
    };
    expect([changed.status, changed.body.user]).toEqual([200, user]);
    expect(changed.body.account.updated_at).toBe(app.clock.now().toISOString());
    expect([again.status, again.body.user]).toEqual([200, { ...user, bio: '' }]);
    expect([read.status, read.body]).toEqual([200, again.body]);
  });

  test('stays as it is when nothing is asked for', async () => {
    const person = await signedIn(app);
    const { body } = await person.device.get('/v1/accounts/me');

    app.clock.advance(1000);
    const unchanged = await change(person, {});

    expect([unchanged.status, unchanged.body]).toEqual([200, body]);
  });

  test.each([
    ['location', 'x'.repeat(101), 'too_long'],
    ['bio', 'x'.repeat(501), 'too_long'],
    ['bio', 'a \u202e b', 'unseen_characters'],
  ])('refuses a %s that cannot stand there', async (field, text, code) => {
    const person = await signedIn(app);

    const refused = await change(person, { [field]: text, day_start: '05:00' });

    expect(refusal(refused)).toEqual([422, code]);
    expect((await person.device.get('/v1/accounts/me')).body.user.day_start).toBe('00:00');
  });

  test.each([
    [{ role: 'admin' }, '/role unknown_field'],
    [{ id: '01234567-89ab-7def-8123-456789abcdef' }, '/id unknown_field'],
    [{ verified: true }, '/verified unknown_field'],
    [{ email: 'x@example.org' }, '/email unknown_field'],
    [{ account: { role: 'admin' } }, '/account unknown_field'],
    [{ links: ['javascript:alert(1)'] }, '/links/0 invalid_link'],
    [{ links: ['https://a:b@example.org'] }, '/links/0 invalid_link'],
    [{ day_start: '12:00' }, '/day_start invalid_day_start'],
    [{ time_zone: '+02:00' }, '/time_zone invalid_time_zone'],
    [{ username: 'root' }, '/username username_reserved'],
    [{ bio: 'null\0byte' }, '/bio null_byte'],
  ])('refuses %j', async (body, expected) => {
    const person = await signedIn(app);

    const refused = await change(person, { location: 'elsewhere', ...body });

    expect(fieldErrors(refused)).toEqual([422, expected]);
    const { account, user } = (await person.device.get('/v1/accounts/me')).body;
    expect([account.role, account.id, account.email, user.location]).toEqual([
      'member',
      person.id,
      person.email,
      '',
    ]);
  });

  test('refuses an eleventh link', async () => {
    const person = await signedIn(app);
    const links = Array.from({ length: 11 }, (_, index) => `https://example.org/${index}`);

    expect(refusal(await change(person, { links }))).toEqual([422, 'too_many_links']);
    await change(person, { links: links.slice(1) }).expect(200);
  });

  test('is for its owner', async () => {
    expect(refusal(await request(app.url).get('/v1/accounts/me'))).toEqual([403, 'token_missing']);
    expect(refusal(await request(app.url).patch('/v1/accounts/me').send({}))).toEqual([403, 'token_missing']);
  });

  test('changed from two tabs at once loses nobody’s work unseen', async () => {
    const person = await signedIn(app);

    const answers = await Promise.all([
      change(person, { bio: 'from one tab' }),
      change(person, { location: 'from the other' }),
    ]);

    const { user } = (await person.device.get('/v1/accounts/me')).body;
    for (const [index, expected] of [
      [0, ['bio', 'from one tab']],
      [1, ['location', 'from the other']],
    ] as const) {
      const answer = answers[index];
      const [field, text] = expected;
      if (answer.status === 200) expect(user[field]).toBe(text);
      else expect([...refusal(answer), user[field]]).toEqual([409, 'changed_meanwhile', '']);
    }
    expect(answers.some(({ status }) => status === 200)).toBe(true);
  });
});

describe('a username', () => {
  test('can be changed, and the old one is free again', async () => {
    const [person, admirer] = [await signedIn(app), await signedIn(app)];
    const { username } = someone();

    const changed = await change(person, { username });
    const taken = await change(admirer, { username: username.toUpperCase() });
    const freed = await change(admirer, { username: person.username });

    expect([changed.status, changed.body.user.username]).toEqual([200, username]);
    expect(refusal(taken)).toEqual([409, 'username_taken']);
    expect([freed.status, freed.body.user.username]).toEqual([200, person.username]);
    expect((await lookUp(username)).body.user.id).toBe(person.id);
    expect((await lookUp(person.username)).body.user.id).toBe(admirer.id);
    const { body } = await person.device.get('/v1/accounts/me/activity');
    expect(body.activity[0].kind).toBe('username_changed');
  });

  test('can change its case', async () => {
    const person = await signedIn(app);

    const changed = await change(person, { username: person.username.toUpperCase() });

    expect([changed.status, changed.body.user.username]).toEqual([200, person.username.toUpperCase()]);
    expect((await lookUp(person.username)).body.user.username).toBe(person.username.toUpperCase());
  });

  test('that waits for somebody’s verification is taken', async () => {
    const person = await signedIn(app);
    const waiting = someone();
    await request(app.url).post('/v1/accounts/register').send(waiting).expect(202);

    expect(refusal(await change(person, { username: waiting.username }))).toEqual([409, 'username_taken']);
  });

  test('that several people want at the same moment goes to one', async () => {
    const people = [await signedIn(app), await signedIn(app), await signedIn(app), await signedIn(app)];
    const { username } = someone();

    const answers = await Promise.all(people.map(person => change(person, { username })));

    expect(answers.map(({ status }) => status).sort()).toEqual([200, 409, 409, 409]);
    const winner = people[answers.findIndex(({ status }) => status === 200)]!;
    expect((await lookUp(username)).body.user.id).toBe(winner.id);
  });

  test('is not lost and not held twice when two people swap theirs at the same moment', async () => {
    const [one, other] = [await signedIn(app), await signedIn(app)];

    for (let round = 0; round < 10; round++) {
      const names = [one, other].map(({ device }) => device.get('/v1/accounts/me'));
      const [first, second] = (await Promise.all(names)).map(({ body }) => body.user.username as string);
      const answers = await Promise.all([
        change(one, { username: second }),
        change(other, { username: first }),
      ]);

      for (const answer of answers)
        if (answer.status !== 200) expect(refusal(answer)).toEqual([409, 'username_taken']);
      const holders = await Promise.all(
        [one, other].map(async ({ device, id }) => {
          const { username } = (await device.get('/v1/accounts/me')).body.user;
          return (await lookUp(username)).body.user.id === id;
        }),
      );
      expect(holders).toEqual([true, true]);
    }
  });
});

describe('a public profile', () => {
  test('is found by its name in any case, and shows nothing private', async () => {
    const person = await signedIn(app);
    await change(person, { bio: 'Hello', links: ['https://example.org/'], time_zone: 'Asia/Tokyo' }).expect(
      200,
    );

    const shown = await lookUp(person.username.toUpperCase());

    expect([shown.status, shown.body]).toEqual([
      200,
      {
        user: {
          id: person.id,
          username: person.username,
          location: '',
          bio: 'Hello',
          links: ['https://example.org/'],
          created_at: expect.any(String),
        },
        counts: expect.any(Object),
        latest_articles: [],
        guestbook: { open: true },
      },
    ]);
  });

  test('of nobody, of an unopened account and of a banned person is the same 404', async () => {
    const banned = await signedIn(app);
    const waiting = someone();
    await request(app.url).post('/v1/accounts/register').send(waiting).expect(202);
    await app.container.get(AdminService).ban(banned.id as AccountId, 'test');

    const answers = [
      await lookUp('nobody-here'),
      await lookUp(waiting.username),
      await lookUp(banned.username),
    ];

    expect(answers.map(refusal)).toEqual(answers.map(() => [404, 'user_not_found']));
    expect(new Set(answers.map(({ body }) => String(body.detail))).size).toBe(1);
    await app.container.get(AdminService).unban(banned.id as AccountId, 'test');
    await lookUp(banned.username).expect(200);
  });

  test('is not looked for under a name that cannot be', async () => {
    expect(fieldErrors(await request(app.url).get('/v1/users/a%00b'))).toEqual([422, '/username null_byte']);
    expect(refusal(await lookUp("x' or 1=1 --"))).toEqual([404, 'user_not_found']);
  });
});
