import { createPublicKey, generateKeyPairSync } from 'node:crypto';
import {
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  addSigningKey,
  isKeyFolder,
  retireSigningKey,
  SigningKeys,
  signingKeysProblem,
} from '../../../../src/accounts/data/signing-keys.ts';

const pem = (namedCurve = 'P-256'): string =>
  generateKeyPairSync('ec', { namedCurve }).privateKey.export({ type: 'pkcs8', format: 'pem' });
const publicPart = (privatePem: string): string =>
  createPublicKey(privatePem).export({ type: 'spki', format: 'pem' });
const kidOf = (source: string): string => new SigningKeys(source).current().kid;

let folder: string;
let now: number;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'daymark-keys-'));
  now = 0;
});

afterEach(() => {
  rmSync(folder, { recursive: true, force: true });
});

const put = (name: string, text = pem()): string => {
  writeFileSync(join(folder, name), text);
  return text;
};
const keys = (source = folder) => new SigningKeys(source, () => now);

describe('a folder of keys', () => {
  test('has the newest by name sign, and all of them verify', () => {
    const [old, recent] = [put('2026-01.pem'), put('2026-02.pem')];
    put('notes.txt', 'not a key');

    const read = keys();

    expect(read.current().kid).toBe(kidOf(recent));
    expect(read.all().map(key => key.kid)).toEqual([kidOf(old), kidOf(recent)]);
    expect(read.byId(kidOf(old))?.privateKey).not.toBeNull();
    expect(read.byId('unknown')).toBeUndefined();
  });

  test('gives a key the same id wherever it lies', () => {
    const text = put('a.pem');

    expect(keys().current().kid).toBe(kidOf(text));
    expect(kidOf(text)).toMatch(/^[A-Za-z0-9_-]{43}$/);
  });

  test('lets a key that is public only verify, but not sign', () => {
    const own = put('1.pem');
    const retired = pem();
    put('2.pem', publicPart(retired));

    const read = keys();

    expect(read.current().kid).toBe(kidOf(own));
    expect(read.byId(kidOf(retired))).toMatchObject({ privateKey: null });
  });

  test('shows nothing of a key but its public part', () => {
    put('1.pem');

    expect(Object.keys(keys().current().jwk).sort()).toEqual(['crv', 'kty', 'x', 'y']);
  });

  test('is read again every half minute, so that rotation needs no restart', () => {
    put('1.pem');
    const read = keys();
    const recent = put('2.pem');

    now = 29_999;
    expect(read.current().kid).not.toBe(kidOf(recent));
    now = 30_000;
    expect(read.current().kid).toBe(kidOf(recent));
  });

  test('is read again for an unknown key, at most once a second', () => {
    put('1.pem');
    const read = keys();
    const recent = kidOf(put('2.pem'));

    now = 999;
    expect(read.byId(recent)).toBeUndefined();
    now = 1_000;
    expect(read.byId(recent)?.kid).toBe(recent);
    const newest = kidOf(put('3.pem'));
    now = 1_999;
    expect(read.byId(newest)).toBeUndefined();
    now = 2_000;
    expect(read.byId(newest)?.kid).toBe(newest);
  });

  test('forgets a retired key after half a minute at the latest', () => {
    const old = kidOf(put('1.pem'));
    put('2.pem');
    const read = keys();
    rmSync(join(folder, '1.pem'));

    now = 30_000;
    expect(read.byId(old)).toBeUndefined();
  });

  test.each([
    ['is empty', () => rmSync(join(folder, '1.pem'))],
    ['is gone', () => rmSync(folder, { recursive: true })],
    ['holds a broken file', () => put('2.pem', '-----BEGIN PRIVATE KEY-----\nx\n-----END PRIVATE KEY-----')],
    ['holds only public keys', () => put('1.pem', publicPart(pem()))],
  ])('that %s for a moment ends no session', (_how, happens) => {
    const kid = kidOf(put('1.pem'));
    const read = keys();
    happens();

    now = 60_000;
    expect(read.current().kid).toBe(kid);
    expect(read.byId(kid)).toBeDefined();
  });

  test('heals when the keys are back', () => {
    put('1.pem');
    const read = keys();
    rmSync(join(folder, '1.pem'));
    now = 30_000;
    read.current();
    const recent = kidOf(put('2.pem'));

    now = 60_000;
    expect(read.current().kid).toBe(recent);
  });

  test('must hold a key that can sign to begin with', () => {
    expect(() => keys()).toThrow('no ES256 private key');
    put('1.pem', publicPart(pem()));
    expect(() => keys()).toThrow('no ES256 private key');
  });
});

describe('a bundle of keys', () => {
  test('has the last one sign, and all of them verify, for ever', () => {
    const [old, recent] = [pem(), pem()];
    const read = keys(`${old}\n${recent}`);
    now = 1_000_000;

    expect(read.current().kid).toBe(kidOf(recent));
    expect(read.byId(kidOf(old))).toBeDefined();
    expect(read.byId('unknown')).toBeUndefined();
  });

  test('is told from a folder', () => {
    expect([isKeyFolder(pem()), isKeyFolder('/some/where')]).toEqual([false, true]);
  });
});

describe('what is wrong with a source of keys', () => {
  test('is nothing when it can sign', () => {
    put('1.pem');

    expect([signingKeysProblem(folder), signingKeysProblem(pem())]).toEqual([null, null]);
  });

  test.each([
    ['a folder that is not there', () => join(folder, 'nowhere')],
    ['an empty folder', () => folder],
    ['a key for another curve', () => pem('P-384')],
    ['an RSA key', () => rsa()],
    ['a broken block', () => '-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----'],
    ['a public key alone', () => publicPart(pem())],
  ])('is told of %s', (_what, source) => {
    expect(signingKeysProblem(source())).toMatch(/holds no private key|must be a folder/);
  });

  const rsa = (): string =>
    generateKeyPairSync('rsa', { modulusLength: 2048 }).privateKey.export({
      type: 'pkcs8',
      format: 'pem',
    });
});

describe('adding and retiring keys', () => {
  const at = (day: number): Date => new Date(Date.UTC(2031, 0, day));

  test('a new key signs from then on, and only its owner can read it', () => {
    addSigningKey(folder, at(1));
    const old = keys().current().kid;
    const name = addSigningKey(folder, at(2));

    expect(keys().current().kid).not.toBe(old);
    expect(readdirSync(folder)).toHaveLength(2);
    expect(statSync(join(folder, name)).mode & 0o777).toBe(0o600);
    expect(keys().current().kid).toBe(kidOf(readFileSync(join(folder, name), 'utf8')));
  });

  test('a folder is made where there is none, for its owner alone', () => {
    const inner = join(folder, 'a', 'b');
    addSigningKey(inner, at(1));

    expect(statSync(inner).mode & 0o777).toBe(0o700);
  });

  test('a key that is only half written is not a key', () => {
    put('1.pem');
    put('2.pem.partial', 'half');

    expect(keys().all()).toHaveLength(1);
  });

  test('an old key can be retired, once', () => {
    addSigningKey(folder, at(1));
    const old = keys().current().kid;
    addSigningKey(folder, at(2));

    expect([retireSigningKey(folder, old), retireSigningKey(folder, old)]).toEqual([true, false]);
    expect(keys().byId(old)).toBeUndefined();
  });

  test('the key that signs cannot be retired, nor one that is not there', () => {
    addSigningKey(folder, at(1));

    expect(retireSigningKey(folder, keys().current().kid)).toBe(false);
    expect(retireSigningKey(folder, 'unknown')).toBe(false);
    expect(readdirSync(folder)).toHaveLength(1);
  });

  test('a folder that is replaced as a whole is picked up', () => {
    addSigningKey(folder, at(1));
    const read = keys();
    const next = `${folder}-next`;
    mkdirSync(next);
    addSigningKey(next, at(2));
    rmSync(folder, { recursive: true });
    renameSync(next, folder);

    now = 30_000;
    expect(read.current().kid).toBe(keys().current().kid);
  });
});
