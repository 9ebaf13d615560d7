import request from 'supertest';
import { startApp, type TestApp } from '../../support/app.ts';
import { type Person, refusal, signedIn } from '../../support/person.ts';

let app: TestApp;
let people: readonly Person[];

beforeAll(async () => {
  app = await startApp({ RATE_LIMITS: 'on', TRUSTED_PROXIES: '1' });
  people = [await signedIn(app), await signedIn(app), await signedIn(app), await signedIn(app)];
});

afterAll(async () => {
  await app.close();
});

const leave = (owner: string, from: string, { name = 'Grace', by }: { name?: string; by?: Person } = {}) => {
  const asked = request(app.url).post(`/v1/users/${owner}/greetings`).set('X-Forwarded-For', from);
  return (by ? asked.auth(by.device.accessToken, { type: 'bearer' }) : asked).send({ name });
};

const leaveMany = async (count: number, owner: string, from: string): Promise<void> => {
  for (let tries = 0; tries < count; tries++) await leave(owner, from).expect(201);
};

test('one address leaves forty greetings an hour on one page, and more on others', async () => {
  const [ada, grace] = people.map(({ username }) => username) as [string, string];
  await leaveMany(40, ada, '203.0.113.1');

  const refused = await leave(ada, '203.0.113.1');

  expect(refusal(refused)).toEqual([429, 'too_many_attempts']);
  expect(Number(refused.headers['retry-after'])).toBeGreaterThan(3000);
  expect((await leave(grace, '203.0.113.1')).status).toBe(201);
  expect((await leave(ada, '203.0.113.2')).status).toBe(201);
  expect((await request(app.url).get(`/v1/users/${ada}/greetings/count`)).body).toEqual({
    current_greetings_count: 41,
  });
});

test('the name of a page in another case is the same page', async () => {
  const owner = people[1]!.username;
  await leaveMany(40, owner, '203.0.113.3');

  expect(refusal(await leave(owner.toUpperCase(), '203.0.113.3'))).toEqual([429, 'too_many_attempts']);
});

test('one address leaves a hundred and twenty on all pages together, and tries that fail count', async () => {
  for (const { username } of people.slice(0, 3)) await leaveMany(30, username, '203.0.113.4');
  for (let tries = 0; tries < 15; tries++) {
    await leave('nobody-here', '203.0.113.4').expect(404);
    await leave(people[3]!.username, '203.0.113.4', { name: 'www.evil.example' }).expect(422);
  }

  expect(refusal(await leave('nobody-here', '203.0.113.4'))).toEqual([429, 'too_many_attempts']);
  expect(refusal(await leave(people[3]!.username, '203.0.113.4'))).toEqual([429, 'too_many_attempts']);
});

test('what is malformed was no attempt', async () => {
  for (let tries = 0; tries < 130; tries++)
    await leave(people[3]!.username, '203.0.113.5', { name: '' }).expect(422);

  expect((await leave(people[3]!.username, '203.0.113.5')).status).toBe(201);
});

test('somebody signed in is counted by themselves, wherever they are', async () => {
  const [ada, grace] = people as [Person, Person];
  await leaveMany(40, ada.username, '203.0.113.6');
  for (let tries = 0; tries < 200; tries++)
    await leave(ada.username, `198.51.100.${tries}`, { by: grace }).expect(201);

  expect(refusal(await leave(ada.username, '203.0.113.6'))).toEqual([429, 'too_many_attempts']);
  expect(refusal(await leave(ada.username, '203.0.113.7', { by: grace }))).toEqual([
    429,
    'too_many_attempts',
  ]);
  expect((await leave(ada.username, '203.0.113.6', { by: ada })).status).toBe(201);
});

test('reading has no limit', async () => {
  for (let tries = 0; tries < 200; tries++)
    await request(app.url).get('/v1/greetings/count').set('X-Forwarded-For', '203.0.113.8').expect(200);
});
