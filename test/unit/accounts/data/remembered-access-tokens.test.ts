import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { JwtAccessTokens } from '../../../../src/accounts/data/jwt-access-tokens.ts';
import { addSigningKey, retireSigningKey, SigningKeys } from '../../../../src/accounts/data/signing-keys.ts';
import { AccessRefused } from '../../../../src/accounts/domain/errors.ts';
import { MovableClock } from '../../../support/fakes/movable-clock.ts';
import { aSession } from '../../../support/session-repository-contract.ts';

const HALF_A_MINUTE_MS = 30_000;

let folder: string;
let clock: MovableClock;
let keys: SigningKeys;
let tokens: JwtAccessTokens;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'daymark-keys-'));
  clock = new MovableClock();
  addSigningKey(folder, clock.now());
  keys = new SigningKeys(folder, () => clock.now().getTime());
  tokens = new JwtAccessTokens(keys, clock, 'https://api.example.org', 600);
});

afterEach(() => {
  rmSync(folder, { recursive: true, force: true });
});

const session = aSession();

const acceptedToken = (): string => {
  const token = tokens.sign(session, 1);
  tokens.verify(token);
  return token;
};

test('an accepted token is refused as soon as its key is known to be retired', () => {
  const token = acceptedToken();
  const { kid } = keys.current();
  clock.advance(1_000);
  addSigningKey(folder, clock.now());
  expect(retireSigningKey(folder, kid)).toBe(true);
  clock.advance(HALF_A_MINUTE_MS);

  expect(() => tokens.verify(token)).toThrow(new AccessRefused('token_invalid'));
  expect(tokens.verifyIgnoringExpiry(token)).toBeNull();
});

test('an accepted token goes on being accepted while its key only verifies', () => {
  const token = acceptedToken();
  clock.advance(1_000);
  addSigningKey(folder, clock.now());
  clock.advance(HALF_A_MINUTE_MS);

  expect(tokens.verify(token).sessionId).toBe(session.id);
});

test('an accepted token expires to the second', () => {
  const token = acceptedToken();

  clock.advance(599_000);
  expect(tokens.verify(token).generation).toBe(1);
  clock.advance(1_000);
  expect(() => tokens.verify(token)).toThrow(new AccessRefused('token_expired'));
});

test('a token that was read for logging out after its end is no more accepted for that', () => {
  const token = tokens.sign(session, 1);
  clock.advance(600_000);

  expect(tokens.verifyIgnoringExpiry(token)?.sessionId).toBe(session.id);
  expect(() => tokens.verify(token)).toThrow(new AccessRefused('token_expired'));
});

test('a token that differs in one character from an accepted one is refused', () => {
  const token = acceptedToken();
  const [header, payload, signature = ''] = token.split('.');
  const other = signature.startsWith('A') ? 'B' : 'A';

  expect(() => tokens.verify([header, payload, other + signature.slice(1)].join('.'))).toThrow(
    new AccessRefused('token_invalid'),
  );
});
