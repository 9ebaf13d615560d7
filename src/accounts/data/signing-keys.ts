import {
  createHash,
  createPrivateKey,
  createPublicKey,
  generateKeyPairSync,
  type KeyObject,
} from 'node:crypto';
import { mkdirSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

export interface SigningKey {
  /** The RFC 7638 thumbprint: the same key has the same id on every replica. */
  readonly kid: string;
  readonly publicKey: KeyObject;
  /** Absent for a key that only verifies any more. */
  readonly privateKey: KeyObject | null;
  readonly jwk: ReturnType<typeof publicJwk>;
}

const RELOAD_AFTER_MS = 30_000;
const RELOAD_FOR_UNKNOWN_AFTER_MS = 1_000;

/**
 * The ES256 keys by `kid`. The newest private key signs, all verify. From a folder of PEM files (newest by name) they
 * are read again every half minute, and at once for an unknown `kid`, so that rotation needs no restart and a token
 * signed by one replica is known to the others.
 */
export class SigningKeys {
  readonly #source: string;
  readonly #now: () => number;
  #keys: ReadonlyMap<string, SigningKey>;
  #readAt: number;

  /**
   * @param source a folder, or the PEM blocks themselves (the last one signs).
   * @throws when nothing there can sign.
   */
  constructor(source: string, now: () => number = Date.now) {
    this.#source = source;
    this.#now = now;
    this.#keys = readKeys(source);
    this.#readAt = now();
    if (!this.#newestPrivate()) throw new Error('SIGNING_KEYS holds no ES256 private key.');
  }

  current(): SigningKey {
    this.#reloadAfter(RELOAD_AFTER_MS);
    const key = this.#newestPrivate();
    if (!key) throw new Error('SIGNING_KEYS holds no ES256 private key.');
    return key;
  }

  byId(kid: string): SigningKey | undefined {
    const known = this.#keys.get(kid);
    this.#reloadAfter(known ? RELOAD_AFTER_MS : RELOAD_FOR_UNKNOWN_AFTER_MS);
    return this.#keys.get(kid);
  }

  all(): readonly SigningKey[] {
    this.#reloadAfter(RELOAD_AFTER_MS);
    return [...this.#keys.values()];
  }

  #newestPrivate(): SigningKey | undefined {
    return [...this.#keys.values()].filter(key => key.privateKey !== null).at(-1);
  }

  #reloadAfter(ageMs: number): void {
    if (isBundle(this.#source) || this.#now() - this.#readAt < ageMs) return;
    this.#readAt = this.#now();
    try {
      const keys = readKeys(this.#source);
      // A folder that is empty for a moment, while it is being replaced, must not end every session.
      if ([...keys.values()].some(key => key.privateKey !== null)) this.#keys = keys;
    } catch {
      // Unreadable for a moment; the keys at hand stay good.
    }
  }
}

const isBundle = (source: string): boolean => source.includes('-----BEGIN');

const readKeys = (source: string): ReadonlyMap<string, SigningKey> => {
  const texts = isBundle(source)
    ? [source]
    : pemFiles(source).map(file => readFileSync(join(source, file), 'utf8'));
  const blocks = texts.flatMap(
    text => text.match(/-----BEGIN [A-Z ]+-----[\s\S]+?-----END [A-Z ]+-----/g) ?? [],
  );
  return new Map(blocks.map(block => keyFrom(block)).map(key => [key.kid, key]));
};

const pemFiles = (folder: string): string[] =>
  readdirSync(folder)
    .filter(file => file.endsWith('.pem'))
    .sort();

const publicJwk = (key: KeyObject) => key.export({ format: 'jwk' });

const keyFrom = (pem: string): SigningKey => {
  const privateKey = pem.includes('PRIVATE KEY') ? createPrivateKey(pem) : null;
  const publicKey = createPublicKey(privateKey ?? pem);
  const jwk = publicJwk(publicKey);
  if (jwk.kty !== 'EC' || jwk.crv !== 'P-256') throw new Error('SIGNING_KEYS must be P-256 keys (ES256).');
  const canonical = JSON.stringify({ crv: jwk.crv, kty: jwk.kty, x: jwk.x, y: jwk.y });
  const kid = createHash('sha256').update(canonical).digest('base64url');
  return { kid, publicKey, privateKey, jwk };
};

/**
 * Writes a new key pair into the folder, from where every replica picks it up. Whole or not at all, readable only by
 * its owner. The name begins with the time, so that it sorts as the newest.
 */
export const addSigningKey = (folder: string, now: Date): string => {
  const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  const name = `${now.toISOString().replaceAll(/[-:.]/g, '')}.pem`;
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  const partial = join(folder, `${name}.partial`);
  writeFileSync(partial, privateKey.export({ type: 'pkcs8', format: 'pem' }), { mode: 0o600, flag: 'wx' });
  renameSync(partial, join(folder, name));
  return name;
};

/**
 * Takes a key out of service. Tokens it signed are refused from then on; refresh tokens do not depend on it, so
 * nobody is logged out. False when there is no such key or it is the one that signs.
 */
export const retireSigningKey = (folder: string, kid: string): boolean => {
  const files = pemFiles(folder).map(file => ({
    file,
    key: keyFrom(readFileSync(join(folder, file), 'utf8')),
  }));
  const newest = files.filter(({ key }) => key.privateKey !== null).at(-1);
  const found = files.find(({ key }) => key.kid === kid);
  if (!found || found === newest) return false;
  rmSync(join(folder, found.file));
  return true;
};

/** Whether the keys lie in a folder, where they can be added and retired. */
export const isKeyFolder = (source: string): boolean => !isBundle(source);

/** What is wrong with a source of keys, for the list of configuration problems; null when it can sign. */
export const signingKeysProblem = (source: string): string | null => {
  try {
    const keys = [...readKeys(source).values()];
    return keys.some(key => key.privateKey !== null) ? null : 'holds no private key';
  } catch {
    return 'must be a folder of PEM files or PEM blocks, with P-256 keys (ES256)';
  }
};
