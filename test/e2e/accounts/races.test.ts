import request from 'supertest';
import {
  Device,
  openAccount,
  OTHER_PASSWORD,
  refreshWith,
  refusal,
  register,
  setCookie,
  setCookies,
  signedIn,
  someone,
  tokensTo,
  tokenTo,
  type Answer,
  type Site,
} from '../../support/person.ts';
import { connected } from '../../support/template-database.ts';
import { startTwoServers, type TwoServers } from './replicas.ts';

let both: TwoServers;
let one: Site;
let other: Site;

beforeAll(async () => {
  both = await startTwoServers();
  [one, other] = both.sites;
});

afterAll(async () => {
  await both.close();
});

/** The same request many times at once, in turns to the two servers. */
const volley = (count: number, ask: (site: Site, index: number) => PromiseLike<Answer>): Promise<Answer[]> =>
  Promise.all(Array.from({ length: count }, (_, index) => ask(index % 2 === 0 ? one : other, index)));

/** How many refreshes have ended like this at both servers together, by their own count. */
const refreshes = async (outcome: string): Promise<number> => {
  const texts = await Promise.all(
    [one, other].map(async ({ url }) => (await request(url).get('/metrics')).text),
  );
  const line = new RegExp(`^token_refreshes_total\\{outcome="${outcome}"\\} (\\d+)$`, 'm');
  return texts.reduce((sum, text) => sum + Number(line.exec(text)?.[1] ?? 0), 0);
};

const statuses = (answers: readonly Answer[]): number[] => answers.map(({ status }) => status).sort();

const accountsAt = (email: string): Promise<number> =>
  connected(
    both.databaseUrl,
    async client => (await client.query('select 1 from accounts where email = $1', [email])).rows.length,
  );

const post = ({ url }: Site, path: string, body: object) =>
  request(url).post(`/v1/accounts/${path}`).send(body);

describe('two replicas', () => {
  test('give fifty parallel refreshes with one cookie one successor, after one rotation', async () => {
    const { device } = await signedIn(one);
    const [, , generation] = device.refreshToken.split('.');
    const before = [await refreshes('rotated'), await refreshes('repeated')];

    const answers = await volley(50, site => refreshWith(site, device.refreshToken));
    const after = [await refreshes('rotated'), await refreshes('repeated')];

    expect(statuses(answers)).toEqual(answers.map(() => 200));
    expect(after.map((count, index) => count - before[index]!)).toEqual([1, 49]);
    const successors = new Set(answers.map(answer => setCookie(answer).value));
    const [successor] = successors;
    expect(successors.size).toBe(1);
    expect(successor!.split('.')[2]).toBe(String(Number(generation) + 1));
    const next = await refreshWith(other, successor!).expect(200);
    expect(setCookie(next).value.split('.')[2]).toBe(String(Number(generation) + 2));
  });

  test('refresh nothing any more once a logout was answered, however close it came', async () => {
    const person = await openAccount(one);
    const rounds = 60;
    const revived: string[] = [];

    for (let round = 0; round < rounds; round++) {
      const device = await Device.logIn(round % 2 === 0 ? one : other, person);
      const cookie = `refresh_token=${device.refreshToken}`;
      const [refreshed, , racing] = await Promise.all([
        refreshWith(one, device.refreshToken),
        request(other.url).post('/v1/accounts/logout').set('Cookie', cookie).expect(200),
        refreshWith(other, device.refreshToken),
      ]);
      const held = [refreshed, racing].filter(({ status }) => status === 200);
      const tokens = [device.refreshToken, ...held.map(answer => setCookie(answer).value)];
      for (const token of tokens)
        for (const site of [one, other]) {
          const late = await refreshWith(site, token);
          if (late.status !== 401 || setCookies(late).length > 0)
            revived.push(`round ${round}: ${late.status}`);
        }
    }

    expect(revived).toEqual([]);
  });

  test('take fifty parallel registrations of one address alike, and one of them becomes the account', async () => {
    const { email } = someone();
    const people = Array.from({ length: 50 }, (_, index) =>
      index < 25 ? someone({ email }) : { ...someone({ email }), username: `same-${email.split('@')[0]!}` },
    );

    const answers = await volley(50, (site, index) => post(site, 'register', people[index]!));
    const tokens = await tokensTo(one, email, 'verify');
    const opened = [];
    for (const token of tokens.slice(0, 10))
      opened.push(await post(one, 'verify', { token, password: people[0]!.password }));

    expect(new Set(answers.map(({ status, text }) => `${status} ${text}`))).toEqual(
      new Set(['202 {"status":"verification_sent"}']),
    );
    expect(tokens).toHaveLength(50);
    expect(statuses(opened)).toEqual([201, ...Array.from({ length: 9 }, () => 409)]);
    expect(await accountsAt(email)).toBe(1);
  });

  test('give one username to one of two people who register it at the same moment', async () => {
    for (let round = 0; round < 10; round++) {
      const { username } = someone();
      const answers = await volley(2, site => post(site, 'register', { ...someone(), username }));

      expect(statuses(answers)).toEqual([202, 409]);
      const refused = answers.find(({ status }) => status === 409)!;
      expect(refusal(refused)).toEqual([409, 'username_taken']);
    }
  });

  test('open one account when two attempts for one address are verified at the same moment', async () => {
    for (let round = 0; round < 5; round++) {
      const first = await register(one);
      const second = { ...someone({ email: first.email }), password: OTHER_PASSWORD };
      const firstToken = await tokenTo(one, first.email, 'verify');
      await post(one, 'register', second).expect(202);
      const secondToken = (await tokensTo(one, first.email, 'verify')).find(token => token !== firstToken)!;

      const answers = await Promise.all([
        post(one, 'verify', { token: firstToken, password: first.password }),
        post(other, 'verify', { token: secondToken, password: second.password }),
      ]);

      expect(statuses(answers)).toEqual([201, 409]);
      const lost = answers.find(({ status }) => status === 409)!;
      expect(refusal(lost)).toEqual([409, 'email_taken']);
      expect(await accountsAt(first.email)).toBe(1);
    }
  });

  test('open an account once when its link is followed by many at the same moment', async () => {
    const who = await register(one);
    const token = await tokenTo(one, who.email, 'verify');

    const answers = await volley(20, site => post(site, 'verify', { token, password: who.password }));

    expect(statuses(answers)).toEqual([...Array.from({ length: 19 }, () => 200), 201]);
    expect(new Set(answers.map(({ body }) => body.account.id as string)).size).toBe(1);
  });

  test('deliver a theft’s mail and entry once, however many replay the cookie at the same moment', async () => {
    const { device, email, ...person } = await signedIn(one);
    const stolen = device.refreshToken;
    await device.refresh();
    await device.refresh();

    const answers = await volley(10, site => refreshWith(site, stolen));

    expect(answers.map(refusal)).toEqual(answers.map(() => [401, 'refresh_reused']));
    expect(answers.flatMap(setCookies)).toEqual([]);
    const mails = await both.mailsTo(email);
    expect(mails.filter(({ subject }) => subject === 'One of your sessions was ended')).toHaveLength(1);
    const again = await Device.logIn(one, { email, ...person });
    const { body } = await again.get('/v1/accounts/me/activity');
    const entries = body.activity.filter((entry: { kind: string }) => entry.kind === 'refresh_reused');
    expect(entries).toHaveLength(1);
  });

  test('never log out the tab that refreshes while another tab of the same browser changes the password', async () => {
    const who = await openAccount(one);
    const lost: string[] = [];

    for (let round = 0; round < 3; round++) {
      await Promise.all(Array.from({ length: 8 }, () => Device.logIn(one, who)));
      const device = await Device.logIn(one, who);
      const change = { current_password: who.password, new_password: OTHER_PASSWORD };
      const back = { current_password: OTHER_PASSWORD, new_password: who.password };
      let changing = true;
      const refreshing = [one, other].map(async site => {
        while (changing) {
          const { status, body } = await refreshWith(site, device.refreshToken);
          if (status !== 200) lost.push(`round ${round}: ${status} ${body.code}`);
        }
      });
      await device.put('/v1/accounts/password').send(change);
      await device.put('/v1/accounts/password').send(back);
      changing = false;
      await Promise.all(refreshing);
    }

    expect(lost.slice(0, 3)).toEqual([]);
  });
});
