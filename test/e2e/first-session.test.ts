import request from 'supertest';
import { startApp, type TestApp } from '../support/app.ts';

let app: TestApp;

beforeAll(async () => {
  app = await startApp();
});

afterAll(async () => {
  await app.close();
});

test('a person registers, opens the mail, logs in, is known, refreshes and logs out', async () => {
  const agent = request.agent(app.url);
  const credentials = { email: 'ada@example.org', password: 'analytical engine 1843' };

  await agent
    .post('/v1/accounts/register')
    .send({ ...credentials, username: 'ada' })
    .expect(202);
  const [mail] = await app.mailsTo('ada@example.org');
  const token = mail!.links[0]!.split('#token=')[1]!;
  await agent.post('/v1/accounts/verify').send({ token, password: credentials.password }).expect(201);
  const login = await agent.post('/v1/accounts/login').send(credentials).expect(200);
  const me = await agent.get('/v1/accounts/me').auth(login.body.access_token, { type: 'bearer' }).expect(200);
  const refreshed = await agent.post('/v1/accounts/token').expect(200);
  await agent.post('/v1/accounts/logout').expect(200);

  expect(me.body.user.username).toBe('ada');
  await agent.post('/v1/accounts/token').expect(400);
  const refused = await agent.get('/v1/accounts/me').auth(refreshed.body.access_token, { type: 'bearer' });
  expect([refused.status, refused.body.code]).toEqual([403, 'session_revoked']);
});
