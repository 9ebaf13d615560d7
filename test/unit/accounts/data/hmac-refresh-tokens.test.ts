import fc from 'fast-check';
import { HmacMailTokens } from '../../../../src/accounts/data/hmac-mail-tokens.ts';
import { HmacRefreshTokens } from '../../../../src/accounts/data/hmac-refresh-tokens.ts';
import { aSession } from '../../../support/session-repository-contract.ts';

const [OLD, NEW] = ['an old secret of thirty-two characters', 'a new secret of thirty-two characters'];
const tokens = new HmacRefreshTokens([OLD]);

const session = (facts: { id?: string; salt?: string } = {}) =>
  aSession({ id: tokens.newSessionId(), salt: tokens.newSalt(), ...facts });

const isGenuine = (issuer: HmacRefreshTokens, token: string, of: ReturnType<typeof aSession>): boolean => {
  const presented = issuer.read(token);
  return presented !== null && issuer.isGenuine(presented, of);
};

describe('a refresh token', () => {
  test('says which session and which generation it is, and is genuine', () => {
    const mine = session();
    const token = tokens.issue(mine, 7);

    expect(token).toMatch(/^v1\.[A-Za-z0-9_-]{22}\.7\.[A-Za-z0-9_-]{43}$/);
    expect(tokens.read(token)).toMatchObject({ sessionId: mine.id, generation: 7 });
    expect(isGenuine(tokens, token, mine)).toBe(true);
  });

  test('can be computed again, so that every tab gets the same successor', () => {
    const mine = session();

    expect(new HmacRefreshTokens([OLD]).issue(mine, 2)).toBe(tokens.issue(mine, 2));
    expect(tokens.issue(mine, 3)).not.toBe(tokens.issue(mine, 2));
  });

  test('is not genuine for a session with another salt or another id', () => {
    const mine = session({ salt: 'one salt' });
    const token = tokens.issue(mine, 1);

    expect(isGenuine(tokens, token, session({ id: mine.id, salt: 'another salt' }))).toBe(false);
    expect(isGenuine(tokens, token, session({ salt: 'one salt' }))).toBe(false);
  });

  test('is not genuine under another secret, so that the store alone is not enough', () => {
    const mine = session();

    expect(isGenuine(new HmacRefreshTokens([NEW]), tokens.issue(mine, 1), mine)).toBe(false);
  });

  test('of an older secret is accepted while that is configured, and its successor has the new one', () => {
    const mine = session();
    const both = new HmacRefreshTokens([NEW, OLD]);

    expect(isGenuine(both, tokens.issue(mine, 1), mine)).toBe(true);
    expect(both.issue(mine, 2)).toBe(new HmacRefreshTokens([NEW]).issue(mine, 2));
    expect(isGenuine(tokens, both.issue(mine, 2), mine)).toBe(false);
  });

  test('is not genuine when its generation was changed', () => {
    const mine = session();

    expect(isGenuine(tokens, tokens.issue(mine, 1).replace('.1.', '.2.'), mine)).toBe(false);
  });

  test('is not genuine when any one of its characters was changed', () => {
    const mine = session();
    const token = tokens.issue(mine, 5);

    // The last character of a MAC has two bits that mean nothing.
    for (let index = 0; index < token.length - 1; index++) {
      const changed = `${token.slice(0, index)}${token[index] === 'A' ? 'B' : 'A'}${token.slice(index + 1)}`;
      const presented = tokens.read(changed);
      const isSame =
        presented !== null && presented.sessionId === mine.id && tokens.isGenuine(presented, mine);
      expect(isSame).toBe(false);
    }
  });

  test.each([
    ...['', '.', '...', 'v1', 'v1...', 'v2.aaaaaaaaaaaaaaaaaaaaaa.1.x', ' '],
    ...['0', '-1', '01', '1.5', '1e3', '9999999999', '', '٣', '1 '].map(
      generation => `v1.${'a'.repeat(22)}.${generation}.${'b'.repeat(43)}`,
    ),
    ...[21, 23].map(length => `v1.${'a'.repeat(length)}.1.${'b'.repeat(43)}`),
    ...[42, 44].map(length => `v1.${'a'.repeat(22)}.1.${'b'.repeat(length)}`),
    `v1.${'a'.repeat(22)}.1.${'b'.repeat(43)}\n`,
    `v1.${'a'.repeat(22)}.1.${'b'.repeat(42)}=`,
    `V1.${'a'.repeat(22)}.1.${'b'.repeat(43)}`,
  ])('is none when it reads %j', text => {
    expect(tokens.read(text)).toBeNull();
  });

  test('whatever is presented is read without an error, and nothing that was made up is genuine', () => {
    const mine = session();
    const made = fc.oneof(
      fc.string({ unit: 'binary', maxLength: 120 }),
      fc
        .tuple(fc.base64String({ maxLength: 30 }), fc.integer(), fc.base64String({ maxLength: 60 }))
        .map(([id, generation, mac]) => `v1.${id}.${generation}.${mac}`),
      fc
        .tuple(fc.integer({ min: 1, max: 99 }), fc.uint8Array({ minLength: 32, maxLength: 32 }))
        .map(([generation, mac]) => `v1.${mine.id}.${generation}.${Buffer.from(mac).toString('base64url')}`),
    );

    fc.assert(
      fc.property(made, text => !isGenuine(tokens, text, mine)),
      { numRuns: 200 },
    );
  });

  test('cannot be made without a secret', () => {
    expect(() => new HmacRefreshTokens([]).issue(session(), 1)).toThrow('secret');
  });

  test('begins with a session id and a salt that nobody can guess', () => {
    const made = Array.from({ length: 200 }, () => [tokens.newSessionId(), tokens.newSalt()]).flat();

    expect(new Set(made).size).toBe(400);
    for (const text of made) expect(Buffer.from(text, 'base64url')).toHaveLength(16);
  });
});

describe('the token of a mail', () => {
  const mailTokens = new HmacMailTokens([OLD]);
  const id = mailTokens.ticketIdFor('event', 'verify-address');

  test('is 256 bits, and the same whenever the mail is written again', () => {
    const token = mailTokens.tokenFor(id, 'verify-address', 'ada@example.org');

    expect(Buffer.from(token, 'base64url')).toHaveLength(32);
    expect(new HmacMailTokens([OLD]).tokenFor(id, 'verify-address', 'ada@example.org')).toBe(token);
  });

  test('is another one for another ticket, purpose, address or secret', () => {
    const other = mailTokens.ticketIdFor('another event', 'verify-address');
    const made = [
      mailTokens.tokenFor(id, 'verify-address', 'ada@example.org'),
      mailTokens.tokenFor(other, 'verify-address', 'ada@example.org'),
      mailTokens.tokenFor(id, 'reset-password', 'ada@example.org'),
      mailTokens.tokenFor(id, 'verify-address', 'bob@example.org'),
      new HmacMailTokens([NEW]).tokenFor(id, 'verify-address', 'ada@example.org'),
    ];

    expect(new Set(made).size).toBe(5);
  });

  test('is not what is stored', () => {
    const token = mailTokens.tokenFor(id, 'verify-address', 'ada@example.org');

    expect(mailTokens.hashOf(token)).not.toContain(token);
    expect(mailTokens.hashOf(token)).toBe(new HmacMailTokens([NEW]).hashOf(token));
  });

  test('belongs to a ticket that the event and the purpose name', () => {
    expect(id).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-8[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/);
    expect(mailTokens.ticketIdFor('event', 'verify-address')).toBe(id);
    expect(mailTokens.ticketIdFor('event', 'undo-email')).not.toBe(id);
    expect(mailTokens.ticketIdFor('even', 'tverify-address')).not.toBe(id);
  });

  test('cannot be made without a secret', () => {
    expect(() => new HmacMailTokens([])).toThrow('secret');
  });
});
