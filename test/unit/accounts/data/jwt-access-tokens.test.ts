import { createHmac, generateKeyPairSync } from 'node:crypto';
import fc from 'fast-check';
import jwt from 'jsonwebtoken';
import { JwtAccessTokens } from '../../../../src/accounts/data/jwt-access-tokens.ts';
import { SigningKeys } from '../../../../src/accounts/data/signing-keys.ts';
import { AccessRefused } from '../../../../src/accounts/domain/errors.ts';
import { NOON } from '../../../support/builders/accounts.ts';
import { MovableClock } from '../../../support/fakes/movable-clock.ts';
import { aSession } from '../../../support/session-repository-contract.ts';

const ISSUER = 'https://api.example.org';
const newPem = (): string =>
  generateKeyPairSync('ec', { namedCurve: 'P-256' }).privateKey.export({
    type: 'pkcs8',
    format: 'pem',
  });

const pem = newPem();
const keys = new SigningKeys(pem);
const { kid } = keys.current();

let clock: MovableClock;
let tokens: JwtAccessTokens;

beforeEach(() => {
  clock = new MovableClock();
  tokens = new JwtAccessTokens(keys, clock, ISSUER, 600);
});

const session = aSession();

const codeOf = (token: string): string => {
  try {
    tokens.verify(token);
    return 'accepted';
  } catch (error) {
    if (!(error instanceof AccessRefused)) throw error;
    return error.code;
  }
};

const at = Math.floor(NOON.getTime() / 1_000);
const goodClaims = {
  ...{ iss: ISSUER, aud: ISSUER, sub: session.accountId, sid: session.id, gen: 1 },
  ...{ iat: at, exp: at + 600 },
};

/** A token that is right in everything but what is given. */
const forged = (
  claims: Record<string, unknown> = {},
  header: Record<string, unknown> = {},
  key = pem,
): string => {
  const full = { alg: 'ES256', typ: 'at+jwt', kid, ...header };
  const payload = Object.fromEntries(
    Object.entries<unknown>({ ...goodClaims, ...claims }).filter(([, value]) => value !== undefined),
  );
  return jwt.sign(payload, key, { algorithm: 'ES256', header: full });
};

const unsigned = (header: object, payload: object, signature = ''): string =>
  [header, payload].map(part => Buffer.from(JSON.stringify(part)).toString('base64url')).join('.') +
  `.${signature}`;

describe('an access token', () => {
  test('says whose session it belongs to, for ten minutes', () => {
    const token = tokens.sign(session, 3);

    expect(tokens.verify(token)).toEqual({
      accountId: session.accountId,
      sessionId: session.id,
      generation: 3,
    });
    clock.advance(599_000);
    expect(codeOf(token)).toBe('accepted');
    clock.advance(1_000);
    expect(codeOf(token)).toBe('token_expired');
  });

  test('has what RFC 9068 asks for, and nothing personal', () => {
    const { header, payload } = jwt.decode(tokens.sign(session, 3), { complete: true })!;

    expect(header).toEqual({ alg: 'ES256', typ: 'at+jwt', kid });
    expect(payload).toEqual({
      ...{ iss: ISSUER, aud: ISSUER, client_id: 'daymark', sub: session.accountId },
      ...{ iat: at, exp: at + 600, jti: expect.any(String), sid: session.id, gen: 3 },
      ...{ auth_time: at, amr: ['pwd'] },
    });
  });

  test('is never the same twice', () => {
    expect(tokens.sign(session, 3)).not.toBe(tokens.sign(session, 3));
  });

  test('what the forger below makes is accepted when nothing is wrong with it', () => {
    expect(codeOf(forged())).toBe('accepted');
  });

  test.each([
    ['of another issuer', () => forged({ iss: 'https://evil.example' })],
    ['without an issuer', () => forged({ iss: undefined })],
    ['for somebody else', () => forged({ aud: 'https://other.example.org' })],
    ['for nobody', () => forged({ aud: undefined })],
    ['without an end', () => forged({ exp: undefined })],
    ['without a session', () => forged({ sid: undefined })],
    ['without an account', () => forged({ sub: undefined })],
    ['without a generation', () => forged({ gen: undefined })],
    ['whose generation is text', () => forged({ gen: '1' })],
    ['whose session is an object', () => forged({ sid: { toString: 'x' } })],
    ['that is not valid yet', () => forged({ nbf: at + 3_600 })],
    ['of another type', () => forged({}, { typ: 'JWT' })],
    ['without a type', () => forged({}, { typ: undefined })],
    ['of an unknown key', () => forged({}, { kid: 'unknown' })],
    ['without a key', () => forged({}, { kid: undefined })],
    ['whose key is a list', () => forged({}, { kid: [kid] })],
    ['whose key is __proto__', () => forged({}, { kid: '__proto__' })],
    ['signed by somebody else', () => forged({}, {}, newPem())],
    ['that is not signed', () => unsigned({ alg: 'none', typ: 'at+jwt', kid }, goodClaims)],
    ['that says it is signed', () => unsigned({ alg: 'ES256', typ: 'at+jwt', kid }, goodClaims)],
    ['with the public key as a password', () => hmacWithPublicKey()],
    ['with its signature cut', () => tokens.sign(session, 1).slice(0, -10)],
    ['with another payload', () => swapPayload(tokens.sign(session, 1))],
  ])('%s is refused', (_what, token) => {
    expect(codeOf(token())).toBe('token_invalid');
  });

  const hmacWithPublicKey = (): string => {
    const publicPem = keys.current().publicKey.export({ type: 'spki', format: 'pem' });
    const text = unsigned({ alg: 'HS256', typ: 'at+jwt', kid }, goodClaims).slice(0, -1);
    return `${text}.${createHmac('sha256', publicPem).update(text).digest('base64url')}`;
  };
  const swapPayload = (token: string): string => {
    const [header, , signature] = token.split('.');
    const payload = Buffer.from(JSON.stringify({ ...goodClaims, sub: 'somebody else' })).toString(
      'base64url',
    );
    return [header, payload, signature].join('.');
  };

  test('whatever is presented is refused without another error', () => {
    const parts = fc.oneof(
      fc.string({ unit: 'binary', maxLength: 60 }),
      fc.json().map(text => Buffer.from(text).toString('base64url')),
      fc.constant(tokens.sign(session, 1).split('.')[0]!),
    );

    fc.assert(
      fc.property(fc.array(parts, { maxLength: 5 }), pieces => {
        expect(codeOf(pieces.join('.'))).toBe('token_invalid');
        expect(tokens.verifyIgnoringExpiry(pieces.join('.'))).toBeNull();
      }),
      { numRuns: 150 },
    );
  });

  test('that has expired still says which session to log out, but a forged one does not', () => {
    const token = tokens.sign(session, 1);
    clock.advance(90 * 86_400_000);

    expect(tokens.verifyIgnoringExpiry(token)?.sessionId).toBe(session.id);
    expect(tokens.verifyIgnoringExpiry(forged({}, {}, newPem()))).toBeNull();
    expect(tokens.verifyIgnoringExpiry(forged({ aud: 'x' }))).toBeNull();
  });

  test('goes on being accepted when a newer key signs', () => {
    const token = tokens.sign(session, 1);
    const rotated = new JwtAccessTokens(new SigningKeys(`${pem}\n${newPem()}`), clock, ISSUER, 600);

    expect(rotated.verify(token).sessionId).toBe(session.id);
    expect(codeOf(rotated.sign(session, 1))).toBe('token_invalid');
  });
});
