import request from 'supertest';
import { AdminService } from '../../../src/accounts/services/admin-service.ts';
import type { AccountId } from '../../../src/shared/domain/identity.ts';
import { startApp, type TestApp } from '../../support/app.ts';
import { openAccount, OTHER_PASSWORD, register, someone, type Answer } from '../../support/person.ts';
import { statementsDuring } from './statements.ts';

let app: TestApp;

beforeAll(async () => {
  app = await startApp();
});

afterAll(async () => {
  await app.close();
});

/** Everything that a client can see of an answer, but for what names this one request. */
const visible = ({ status, headers, text }: Answer): string => {
  const lasting = Object.entries(headers as Record<string, unknown>).filter(
    ([name]) => name !== 'date' && name !== 'x-request-id',
  );
  return JSON.stringify([status, lasting, text.replace(/"request_id":"[^"]+"/, '')]);
};

const asked = async (
  path: string,
  body: object,
): Promise<{ answer: string; statements: readonly string[] }> => {
  let answer = '';
  const statements = await statementsDuring(app, async () => {
    answer = visible(await request(app.url).post(`/v1/accounts/${path}`).send(body));
  });
  // The mapper writes values into its statements; only their kind may be the same.
  return { answer, statements: statements.map(text => text.replace(/'[^']*'/g, '?')) };
};

/** Addresses of every kind, as long as each other. */
const addresses = async () => {
  const member = await openAccount(app);
  const banned = await openAccount(app);
  await app.container.get(AdminService).ban(banned.id as AccountId, 'test');
  const waiting = await register(app);
  return { member, banned, waiting, stranger: someone() };
};

describe('whether an address has an account is told by nothing', () => {
  test.each([
    ['login', (email: string) => ({ email, password: OTHER_PASSWORD }), 401, 2],
    ['password/forgot', (email: string) => ({ email }), 202, 3],
    ['verify/resend', (email: string) => ({ email }), 202, 3],
    ['register', (email: string) => ({ ...someone(), email }), 202, undefined],
  ])('at %s: the same bytes, and the same statements', async (path, bodyFor, status, count) => {
    const kinds = Object.values(await addresses());

    const seen = [];
    for (const { email } of kinds) seen.push(await asked(path, bodyFor(email)));

    const [first] = seen;
    expect(first!.answer).toMatch(new RegExp(`^\\[${status},`));
    expect(seen.map(({ answer }) => answer)).toEqual(seen.map(() => first!.answer));
    expect(seen.map(({ statements }) => statements)).toEqual(seen.map(() => first!.statements));
    expect(first!.statements.length).toBe(count ?? first!.statements.length);
    expect(first!.statements.length).toBeGreaterThan(0);
  });

  test('at register: one mail leaves either way', async () => {
    const { member, stranger } = await addresses();
    const before = [await app.mailsTo(member.email), await app.mailsTo(stranger.email)].map(
      mails => mails.length,
    );

    for (const { email } of [member, stranger]) await asked('register', { ...someone(), email });

    const after = [await app.mailsTo(member.email), await app.mailsTo(stranger.email)].map(
      mails => mails.length,
    );
    expect(after).toEqual(before.map(count => count + 1));
  });

  test('at register: a username is refused alike, and kept alike, for known and unknown addresses', async () => {
    const { member, stranger } = await addresses();
    const [one, other] = [someone().username, someone().username];
    const refuse = (email: string, username: string) => asked('register', { ...someone(), email, username });

    const taken = [
      await refuse(member.email, member.username.toUpperCase()),
      await refuse(stranger.email, member.username.toUpperCase()),
    ];
    const first = [await refuse(member.email, one), await refuse(stranger.email, other)];
    const later = [await refuse(someone().email, one), await refuse(someone().email, other)];

    expect(taken[0]!.answer).toMatch(/^\[409,.*username_taken/);
    expect(taken[1]).toEqual(taken[0]);
    expect(first[0]!.answer).toMatch(/^\[202,/);
    expect(first[1]!.answer).toBe(first[0]!.answer);
    expect(later[0]!.answer).toMatch(/^\[409,.*username_taken/);
    expect(later[1]!.answer).toBe(later[0]!.answer);
  });

  test('at login: neither by the right password of a banned person nor by an unopened account', async () => {
    const { banned, waiting, stranger } = await addresses();

    const seen = [];
    for (const { email, password } of [banned, waiting, stranger])
      seen.push((await asked('login', { email, password })).answer);

    expect(seen[0]).toMatch(/^\[401,.*invalid_credentials/);
    expect(new Set(seen).size).toBe(1);
  });
});
