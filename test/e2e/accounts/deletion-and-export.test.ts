import request from 'supertest';
import { startApp, type TestApp } from '../../support/app.ts';
import {
  Device,
  fieldErrors,
  linksOf,
  openAccount,
  OTHER_PASSWORD,
  PASSWORD,
  refreshWith,
  refusal,
  setCookies,
  signedIn,
  someone,
  tokenTo,
} from '../../support/person.ts';
import { connected } from '../../support/template-database.ts';

let app: TestApp;

beforeAll(async () => {
  app = await startApp();
});

afterAll(async () => {
  await app.close();
});

const close = (device: Device, password = PASSWORD) => device.delete('/v1/accounts/me').send({ password });

/** The tables in which a text stands anywhere. */
const tablesWith = (text: string): Promise<string[]> =>
  connected(app.databaseUrl, async client => {
    const { rows } = await client.query<{ name: string }>(
      `select table_name as name from information_schema.tables where table_schema = 'public' order by 1`,
    );
    const found: string[] = [];
    for (const { name } of rows) {
      const hits = await client.query(`select 1 from "${name}" t where strpos(lower(t::text), $1) > 0`, [
        text,
      ]);
      if (hits.rows.length > 0) found.push(name);
    }
    return found;
  });

const auditOf = (accountId: string) =>
  connected(app.databaseUrl, async client => {
    const text = 'select kind, ip, device from audit_entries where account_id = $1 order by id';
    return (await client.query<{ kind: string; ip: string | null; device: string | null }>(text, [accountId]))
      .rows;
  });

describe('deleting one’s account', () => {
  test('logs every device out at once', async () => {
    const { device, ...person } = await signedIn(app);
    const other = await Device.logIn(app, person);
    expect([await device.standing(), await other.standing()]).toEqual(['200', '200']);

    const answer = await close(device);

    expect([answer.status, answer.text]).toEqual([204, '']);
    expect(setCookies(answer)).toMatchObject([{ name: 'refresh_token', value: '' }]);
    for (const each of [device, other]) {
      expect(await each.standing()).toBe('403 session_revoked');
      expect(refusal(await refreshWith(app, each.refreshToken))).toEqual([401, 'session_gone']);
    }
    const login = await request(app.url)
      .post('/v1/accounts/login')
      .send({ email: person.email, password: PASSWORD });
    expect(refusal(login)).toEqual([401, 'invalid_credentials']);
  });

  test('needs the password', async () => {
    const { device, username } = await signedIn(app);

    expect(fieldErrors(await close(device, OTHER_PASSWORD))).toEqual([422, '/password wrong_password']);
    expect(fieldErrors(await device.delete('/v1/accounts/me').send({}))).toEqual([422, '/password missing']);
    expect(refusal(await request(app.url).delete('/v1/accounts/me').send({ password: PASSWORD }))).toEqual([
      403,
      'token_missing',
    ]);
    await request(app.url).get(`/v1/users/${username}`).expect(200);
  });

  test('says goodbye by mail, and frees the address and the name for somebody new', async () => {
    const { device, id, ...person } = await signedIn(app);
    await close(device).expect(204);

    const goodbye = (await app.mailsTo(person.email)).map(mail => mail.subject);
    const gone = await request(app.url).get(`/v1/users/${person.username}`);
    const newcomer = await openAccount(app, { ...person, password: OTHER_PASSWORD });

    expect(goodbye).toContain('Your account was closed');
    expect(refusal(gone)).toEqual([404, 'user_not_found']);
    expect(newcomer.id).not.toBe(id);
    const again = await Device.logIn(app, newcomer);
    const { body } = await again.get('/v1/accounts/me/activity');
    expect(body.activity.map((entry: { kind: string }) => entry.kind)).toEqual([
      'login_succeeded',
      'verified',
    ]);
  });

  test('keeps the audit entries, but not where they came from', async () => {
    const { device, id } = await signedIn(app);
    expect((await auditOf(id)).map(({ ip }) => ip)).toEqual(['127.0.0.1', '127.0.0.1']);

    await close(device).expect(204);
    await app.deliver();

    const nowhere = { ip: null, device: null };
    expect(await auditOf(id)).toEqual([
      { kind: 'verified', ...nowhere },
      { kind: 'login_succeeded', ...nowhere },
      { kind: 'account_closed', ...nowhere },
    ]);
  });

  test('leaves neither the address nor the name in the database', async () => {
    const { device, email, username, password } = await signedIn(app);
    const second = someone();
    await request(app.url).post('/v1/accounts/password/forgot').send({ email }).expect(202);
    await device.post('/v1/accounts/email').send({ email: second.email, password }).expect(202);
    const token = await tokenTo(app, second.email, 'confirm-email');
    await request(app.url).post('/v1/accounts/email/confirm').send({ token }).expect(204);
    await request(app.url)
      .post('/v1/accounts/register')
      .send({ ...someone(), email: second.email })
      .expect(202);
    expect(await tablesWith(username)).not.toEqual([]);

    await close(device).expect(204);
    await app.deliver();

    expect(await tablesWith(email)).toEqual([]);
    expect(await tablesWith(second.email)).toEqual([]);
    expect(await tablesWith(username)).toEqual([]);
  });

  test('makes every link in its mailbox worthless', async () => {
    const { device, email, password } = await signedIn(app);
    await request(app.url).post('/v1/accounts/password/forgot').send({ email }).expect(202);
    const newEmail = someone().email;
    await device.post('/v1/accounts/email').send({ email: newEmail, password }).expect(202);
    const links = [
      ['password/reset', { token: await tokenTo(app, email, 'reset-password'), password: OTHER_PASSWORD }],
      ['email/confirm', { token: await tokenTo(app, newEmail, 'confirm-email') }],
      ['email/undo', { token: await tokenTo(app, email, 'undo-email') }],
      ['verify', { token: await tokenTo(app, email, 'verify'), password }],
    ] as const;

    await close(device).expect(204);

    for (const [path, body] of links)
      expect(refusal(await request(app.url).post(`/v1/accounts/${path}`).send(body))).toEqual([
        422,
        'link_not_valid',
      ]);
  });

  test('happens once when two tabs ask for it', async () => {
    const { device, email, id } = await signedIn(app);

    const answers = await Promise.all([close(device), close(device)]);

    expect(answers.map(({ status }) => status)).toContain(204);
    for (const answer of answers) expect([204, 403, 404, 409]).toContain(answer.status);
    const goodbyes = (await app.mailsTo(email)).filter(mail => mail.subject === 'Your account was closed');
    expect(goodbyes).toHaveLength(1);
    expect((await auditOf(id)).filter(({ kind }) => kind === 'account_closed')).toHaveLength(1);
  });
});

describe('the export', () => {
  test('holds everything that is kept about the person, and no secret', async () => {
    const { device, ...person } = await signedIn(app);
    await device.patch('/v1/accounts/me').send({ bio: 'A gardener', links: ['https://example.org/'] });
    const other = await Device.logIn(app, person);
    for (let index = 0; index < 25; index++)
      await request(app.url).post('/v1/accounts/logout').auth(other.accessToken, { type: 'bearer' });
    const kept = await auditOf(person.id);

    const answer = await device.get('/v1/accounts/me/export').expect(200);
    const after = await auditOf(person.id);

    const me = await device.get('/v1/accounts/me');
    expect(answer.body).toEqual({
      ...me.body,
      sessions: [expect.objectContaining({ id: device.sessionId, ip: '127.0.0.1' })],
      activity: kept.toReversed().map(entry => expect.objectContaining(entry)),
      articles: [],
      images: [],
      greetings_received: [],
      greetings_written: [],
      guestbook: { open: true },
    });
    expect(answer.headers['cache-control']).toBe('no-store');
    expect(answer.headers['content-disposition']).toBe('attachment; filename="daymark-export.json"');
    for (const secret of ['argon2', 'salt', 'password_hash', 'token', device.refreshToken])
      expect(answer.text).not.toContain(secret);
    expect(after.at(-1)?.kind).toBe('data_exported');
  });

  test('holds all of a long history', async () => {
    const { device, id } = await signedIn(app);
    await connected(app.databaseUrl, client =>
      client.query(
        `insert into audit_entries (id, account_id, kind, at, details)
         select gen_random_uuid(), $1, 'login_failed', now(), '{}' from generate_series(1, 1201)`,
        [id],
      ),
    );

    const { body } = await device.get('/v1/accounts/me/export').expect(200);

    expect(body.activity).toHaveLength(1203);
    expect(new Set(body.activity.map((entry: { id: string }) => entry.id)).size).toBe(1203);
  });

  test('is for its owner', async () => {
    expect(refusal(await request(app.url).get('/v1/accounts/me/export'))).toEqual([403, 'token_missing']);
  });
});

describe('the activity', () => {
  test('is paged, newest first, with what comes before and after', async () => {
    const { device, email } = await signedIn(app);
    for (let index = 0; index < 5; index++)
      await request(app.url).post('/v1/accounts/login').send({ email, password: OTHER_PASSWORD }).expect(401);

    const whole = await device.get('/v1/accounts/me/activity').expect(200);
    const second = await device.get('/v1/accounts/me/activity?page=2&limit=3').expect(200);
    const beyond = await device.get('/v1/accounts/me/activity?page=9&limit=3').expect(200);

    const url = (page: number) => `http://localhost:3000/v1/accounts/me/activity?limit=3&page=${page}`;
    expect(whole.body.activity).toHaveLength(7);
    expect(whole.headers['x-total-count']).toBe('7');
    expect(second.body.activity).toEqual(whole.body.activity.slice(3, 6));
    expect(second.headers['x-total-count']).toBe('7');
    expect(linksOf(second)).toEqual({ first: url(1), prev: url(1), next: url(3), last: url(3) });
    expect([beyond.body.activity, beyond.headers['x-total-count']]).toEqual([[], '7']);
    expect(linksOf(beyond)).toEqual({ first: url(1), prev: url(3), last: url(3) });
  });

  test('shows a person nothing of another', async () => {
    const [one, other] = [await signedIn(app), await signedIn(app)];

    const { body } = await one.device.get('/v1/accounts/me/activity');

    const ids = body.activity.map((entry: { id: string }) => entry.id);
    const others = (await other.device.get('/v1/accounts/me/activity')).body.activity;
    expect(ids).toHaveLength(2);
    expect(others.filter((entry: { id: string }) => ids.includes(entry.id))).toEqual([]);
  });

  test.each([
    ['limit=0', '/limit out_of_range'],
    ['limit=101', '/limit out_of_range'],
    ['page=0', '/page out_of_range'],
    ['page=x', '/page wrong_type'],
    ['kind=verified', '/kind unknown_field'],
  ])('refuses ?%s', async (query, expected) => {
    const { device } = await signedIn(app);

    expect(fieldErrors(await device.get(`/v1/accounts/me/activity?${query}`))).toEqual([422, expected]);
  });
});
