import { createPublicKey, generateKeyPairSync, type KeyObject } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import jwt from 'jsonwebtoken';
import request from 'supertest';
import { addSigningKey } from '../../../src/accounts/data/signing-keys.ts';
import { startApp, type TestApp } from '../../support/app.ts';
import { Device, refusal, signedIn, tokenTo, type Person } from '../../support/person.ts';
import { startServer } from '../../support/server-process.ts';
import { sharedSecrets, startTwoServers } from './replicas.ts';
import { runAdmin } from './run-admin.ts';

type PublicKey = Readonly<Record<'kty' | 'crv' | 'x' | 'y' | 'kid', string>>;

const keysOf = async ({ url }: { url: string }): Promise<PublicKey[]> =>
  (await request(url).get('/.well-known/jwks.json').expect(200)).body.keys;

const kidOf = (token: string): unknown => jwt.decode(token, { complete: true })?.header.kid;

describe('an access token', () => {
  const { SIGNING_KEYS: signingKey = '', ...secrets } = sharedSecrets();
  const stranger = generateKeyPairSync('ec', { namedCurve: 'P-256' }).privateKey;
  let app: TestApp;
  let person: Person;

  beforeAll(async () => {
    app = await startApp({ ...secrets, SIGNING_KEYS: signingKey });
    person = await signedIn(app);
  });

  afterAll(async () => {
    await app.close();
  });

  const ask = (token: string) =>
    request(app.url).get('/v1/accounts/me').set('Authorization', `Bearer ${token}`);

  const claims = (): Record<string, unknown> =>
    jwt.decode(person.device.accessToken) as Record<string, unknown>;

  const signed = (
    changes: Record<string, unknown> = {},
    header: Record<string, unknown> = {},
    key: string | KeyObject = signingKey,
  ): string => {
    const kid = kidOf(person.device.accessToken) as string;
    // An undefined claim is an absent one.
    const payload = JSON.parse(JSON.stringify({ ...claims(), ...changes })) as object;
    return jwt.sign(payload, key, {
      algorithm: 'ES256',
      header: { alg: 'ES256', typ: 'at+jwt', kid, ...header },
    });
  };

  const unsigned = (header: object): string =>
    `${[header, claims()].map(part => Buffer.from(JSON.stringify(part)).toString('base64url')).join('.')}.`;

  /** HS256 with the public key for a secret: what a verifier that trusts the header would accept. */
  const confused = async (): Promise<string> => {
    const [jwk] = await keysOf(app);
    const secret = createPublicKey({ key: jwk!, format: 'jwk' }).export({ type: 'spki', format: 'pem' });
    const { createHmac } = await import('node:crypto');
    const header = { alg: 'HS256', typ: 'at+jwt', kid: jwk!.kid };
    const content = unsigned(header).slice(0, -1);
    return `${content}.${createHmac('sha256', secret).update(content).digest('base64url')}`;
  };

  test('made by hand with our key and our claims is good, so what is refused below is refused for its one flaw', async () => {
    await ask(signed()).expect(200);
  });

  const seconds = () => app.clock.now().getTime() / 1000;

  const flawed: [string, () => string | Promise<string>, string][] = [
    ['without a signature', () => unsigned({ alg: 'none', typ: 'at+jwt' }), 'token_invalid'],
    [
      'without a signature but with our key’s id',
      () => unsigned({ alg: 'none', typ: 'at+jwt', kid: kidOf(person.device.accessToken) }),
      'token_invalid',
    ],
    ['signed with the public key as a secret', confused, 'token_invalid'],
    ['of an unknown key', () => signed({}, { kid: 'unknown' }, stranger), 'token_invalid'],
    ['of another key under our key’s id', () => signed({}, {}, stranger), 'token_invalid'],
    ['without a key id', () => signed({}, { kid: undefined }), 'token_invalid'],
    ['of another type', () => signed({}, { typ: 'JWT' }), 'token_invalid'],
    ['for another audience', () => signed({ aud: 'https://other.example' }), 'token_invalid'],
    ['from another issuer', () => signed({ iss: 'https://other.example' }), 'token_invalid'],
    [
      'of somebody else’s session',
      () => signed({ sub: '01234567-89ab-7def-8123-456789abcdef' }),
      'token_invalid',
    ],
    ['without a session', () => signed({ sid: undefined }), 'token_invalid'],
    ['that never expires', () => signed({ exp: undefined }), 'token_invalid'],
    ['that has expired', () => signed({ exp: seconds() }), 'token_expired'],
    ['of a session that never was', () => signed({ sid: 'a'.repeat(22) }), 'session_revoked'],
    ['that is a refresh token', () => person.device.refreshToken, 'token_invalid'],
    ['that is a token from a mail', () => tokenTo(app, person.email, 'verify'), 'token_invalid'],
    ['that is nonsense', () => 'nonsense', 'token_invalid'],
    ['that is three dots', () => '...', 'token_invalid'],
  ];

  test.each(flawed)('%s is 403 with its code', async (_flaw, make, code) => {
    const answer = await ask(await make());

    expect(refusal(answer)).toEqual([403, code]);
    expect(answer.headers['content-type']).toBe('application/problem+json');
    expect(answer.headers['www-authenticate']).toMatch(/^Bearer realm="daymark", error="invalid_token"/);
    expect(await person.device.standing()).toBe('200');
  });

  test('that is missing is 403 too, without an error of the token', async () => {
    const answer = await request(app.url).get('/v1/accounts/me');

    expect(refusal(answer)).toEqual([403, 'token_missing']);
    expect(answer.headers['www-authenticate']).toBe('Bearer realm="daymark"');
  });

  test('counts in the header only, never in the address or a cookie', async () => {
    const { accessToken } = person.device;

    const inQuery = await request(app.url).get('/v1/accounts/me').query({ access_token: accessToken });
    const inCookie = await request(app.url)
      .get('/v1/accounts/me')
      .set('Cookie', `access_token=${accessToken}; refresh_token=${person.device.refreshToken}`);

    expect([refusal(inQuery), refusal(inCookie)]).toEqual([
      [403, 'token_missing'],
      [403, 'token_missing'],
    ]);
  });

  test('can be checked by anybody with the published keys, which hold public parts only and may be cached', async () => {
    const answer = await request(app.url).get('/.well-known/jwks.json').expect(200);

    const [jwk] = answer.body.keys;
    expect(answer.body.keys).toEqual([
      {
        kty: 'EC',
        crv: 'P-256',
        x: expect.any(String),
        y: expect.any(String),
        kid: kidOf(person.device.accessToken),
        use: 'sig',
        alg: 'ES256',
      },
    ]);
    expect(answer.headers['cache-control']).toMatch(/^public, max-age=\d+$/);
    const key = createPublicKey({ key: jwk, format: 'jwk' });
    const now = { clockTimestamp: seconds() };
    expect(jwt.verify(person.device.accessToken, key, { algorithms: ['ES256'], ...now })).toMatchObject({
      sub: person.id,
    });
  });
});

test('a new signing key is used without a restart, by every replica, and nobody is logged out', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'daymark-keys-'));
  addSigningKey(folder, new Date());
  const site = await startTwoServers({ SIGNING_KEYS: folder, ACCOUNT_VERIFICATION: 'none' });
  try {
    const [old, fresh] = site.sites;
    const credentials = { email: 'ada@example.org', password: 'seven quiet harbours' };
    await request(old.url)
      .post('/v1/accounts/register')
      .send({ ...credentials, username: 'ada' })
      .expect(201);
    const device = await Device.logIn(old, credentials);
    const oldKid = kidOf(device.accessToken);

    const rotated = await runAdmin(site.environment, 'rotate-key', '--json');
    expect([rotated.code, rotated.stderr]).toEqual([0, '']);
    const third = await startServer({ ...site.environment });
    const { accessToken: newToken } = await Device.logIn(third, credentials).finally(() => third.stop());
    const newKid = kidOf(newToken);
    const meAt = async ({ url }: { url: string }, token: string) =>
      (await request(url).get('/v1/accounts/me').auth(token, { type: 'bearer' })).status;

    expect(newKid).not.toBe(oldKid);
    expect([await meAt(old, newToken), await meAt(fresh, newToken)]).toEqual([200, 200]);
    expect([await meAt(old, device.accessToken), await meAt(fresh, device.accessToken)]).toEqual([200, 200]);
    await device.refresh();
    expect(kidOf(device.accessToken)).toBe(newKid);
    expect(await device.standing()).toBe('200');
    for (const server of [old, fresh])
      expect((await keysOf(server)).map(({ kid }) => kid)).toEqual([oldKid, newKid]);
  } finally {
    await site.close();
    await rm(folder, { recursive: true, force: true });
  }
});
