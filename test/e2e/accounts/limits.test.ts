import { createClient } from 'redis';
import request from 'supertest';
import { startApp, type TestApp } from '../../support/app.ts';
import {
  openAccount,
  OTHER_PASSWORD,
  refusal,
  signedIn,
  someone,
  type Answer,
} from '../../support/person.ts';

let app: TestApp;

beforeAll(async () => {
  app = await startApp({ RATE_LIMITS: 'on', TRUSTED_PROXIES: '1' });
});

afterAll(async () => {
  await app.close();
});

const post = (path: string, body: object, from: string) =>
  request(app.url).post(`/v1/accounts/${path}`).set('X-Forwarded-For', from).send(body);

const guess = (email: string, from: string) => post('login', { email, password: OTHER_PASSWORD }, from);

/** Guesses until the account is closed to strangers for a while. */
const guessUntilRefused = async (email: string, from: string): Promise<Answer> => {
  for (let tries = 0; tries < 20; tries++) {
    const answer = await guess(email, from);
    if (answer.status === 429) return answer;
    expect(refusal(answer)).toEqual([401, 'invalid_credentials']);
  }
  throw new Error('Nobody stopped the guessing.');
};

/** The waiting time of every account is over. */
const waitOut = async (): Promise<void> => {
  const client = createClient({ url: app.redisUrl, RESP: 2 });
  await client.connect();
  for await (const keys of client.scanIterator({ MATCH: 'limit:guess-gate:*' }))
    if (keys.length > 0) await client.del(keys);
  client.destroy();
};

describe('guessing a password', () => {
  test('by strangers, from wherever, does not lock out the device that its owner has used', async () => {
    const { device, email, password } = await signedIn(app);

    await guessUntilRefused(email, '203.0.113.1');
    const elsewhere = await guess(email.toUpperCase(), '203.0.113.99');
    const newDevice = await post('login', { email, password }, '203.0.113.2');
    const known = await device.agent.post('/v1/accounts/login').send({ email, password });
    const after = await guess(email, '203.0.113.3');

    expect(refusal(elsewhere)).toEqual([429, 'too_many_attempts']);
    expect(refusal(newDevice)).toEqual([429, 'too_many_attempts']);
    expect(Number(newDevice.headers['retry-after'])).toBeGreaterThan(0);
    expect(known.status).toBe(200);
    expect(refusal(after)).toEqual([429, 'too_many_attempts']);
  });

  test('on a known device is slowed down too, and does not slow down others', async () => {
    const { device, email, password } = await signedIn(app);
    let last: Answer | undefined;
    for (let tries = 0; tries < 20 && last?.status !== 429; tries++)
      last = await device.agent.post('/v1/accounts/login').send({ email, password: OTHER_PASSWORD });

    expect(refusal(last!)).toEqual([429, 'too_many_attempts']);
    expect((await post('login', { email, password }, '203.0.113.4')).status).toBe(200);
  });

  test('takes longer each time', async () => {
    const { email } = await openAccount(app);
    for (let tries = 0; tries < 7; tries++) {
      await guess(email, '203.0.113.5').expect(401);
      await waitOut();
    }

    const waits: number[] = [];
    for (let tries = 0; tries < 4; tries++) {
      await guess(email, '203.0.113.5').expect(401);
      waits.push(Number((await guess(email, '203.0.113.5').expect(429)).headers['retry-after']));
      await waitOut();
    }

    // The header counts what is left, so a slow machine may see a second less or two.
    for (const [index, longest] of [4, 8, 16, 32].entries()) {
      expect(waits[index]).toBeLessThanOrEqual(longest);
      expect(waits[index]).toBeGreaterThan(longest / 2);
    }
  });

  test('is forgotten after the right one', async () => {
    const { email, password } = await openAccount(app);
    for (let tries = 0; tries < 4; tries++) await guess(email, '203.0.113.6').expect(401);
    await post('login', { email, password }, '203.0.113.6').expect(200);

    for (let tries = 0; tries < 5; tries++) await guess(email, '203.0.113.6').expect(401);
  });

  test('at an address without an account is slowed down just as much', async () => {
    const answer = await guessUntilRefused(someone().email, '203.0.113.7');

    expect(answer.body).toMatchObject({ code: 'too_many_attempts', status: 429 });
  });

  test('in a session that is open allows ten tries in a quarter of an hour', async () => {
    const { device, password } = await signedIn(app);
    const change = (current: string) =>
      device.put('/v1/accounts/password').send({ current_password: current, new_password: OTHER_PASSWORD });
    for (let tries = 0; tries < 10; tries++) await change('not this one either').expect(422);

    const refused = await change(password);

    expect(refusal(refused)).toEqual([429, 'too_many_attempts']);
    expect(Number(refused.headers['retry-after'])).toBeGreaterThan(600);
  });
});

describe('one client', () => {
  const resend = (from: string) => post('verify/resend', { email: someone().email }, from);

  test('is one IPv6 network of 64 bits, whatever address it uses in it', async () => {
    for (let tries = 0; tries < 30; tries++)
      await resend(`2001:db8:1:2:${tries.toString(16)}::1`).expect(202);

    const refused = await resend('2001:db8:1:2:ffff::1');
    const neighbour = await resend('2001:db8:1:3::1');

    expect(refusal(refused)).toEqual([429, 'too_many_attempts']);
    expect(Number(refused.headers['retry-after'])).toBeGreaterThan(3000);
    expect(neighbour.status).toBe(202);
  });

  test('does not become many by inventing what stands before the proxy’s word', async () => {
    for (let tries = 0; tries < 30; tries++) await resend(`198.51.100.${tries}, 203.0.113.20`).expect(202);

    expect(refusal(await resend('198.51.100.99, 203.0.113.20'))).toEqual([429, 'too_many_attempts']);
  });

  test('registers forty times in an hour', async () => {
    const attempt = () => post('register', { ...someone(), password: 'short' }, '203.0.113.30');
    for (let tries = 0; tries < 40; tries++) await attempt().expect(422);

    expect(refusal(await attempt())).toEqual([429, 'too_many_attempts']);
  });

  test('is known by the proxy’s word only where the proxy is trusted', async () => {
    const trusted = await signedIn(app);
    await post('login', { email: trusted.email, password: trusted.password }, '203.0.113.40').expect(200);
    const addresses = async ({ device }: typeof trusted) =>
      (await device.get('/v1/accounts/sessions')).body.sessions.map(({ ip }: { ip: string }) => ip).sort();
    const behindProxy = await addresses(trusted);
    const plain = await startApp();
    try {
      const person = await signedIn(plain);
      const { email, password } = person;
      await request(plain.url)
        .post('/v1/accounts/login')
        .set('X-Forwarded-For', '203.0.113.40')
        .send({ email, password })
        .expect(200);

      expect(behindProxy).toEqual(['127.0.0.1', '203.0.113.40']);
      expect(await addresses(person)).toEqual(['127.0.0.1', '127.0.0.1']);
    } finally {
      await plain.close();
    }
  });
});

test('a mailbox is not flooded: five mails an hour, and nobody is told', async () => {
  const { email } = await openAccount(app);

  for (let tries = 0; tries < 8; tries++) {
    await post('password/forgot', { email }, `203.0.113.${50 + tries}`).expect(202, { status: 'reset_sent' });
    await app.deliver();
  }

  expect(await app.mailsTo(email)).toHaveLength(5);
});
