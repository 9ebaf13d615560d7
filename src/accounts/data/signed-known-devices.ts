import { createHmac, randomBytes, timingSafeEqual } from 'node:crypto';
import { deriveKeys } from '../../shared/data/derived-keys.ts';
import type { KnownDevices } from '../services/known-devices.ts';

const MOST_ACCOUNTS = 5;
const DEVICE_BYTES = 16;

/** `1.<device id>.<proof>...`, all base64url: one proof, a MAC over device and account, for each account. */
const SHAPE = /^1\.([A-Za-z0-9_-]{22})((?:\.[A-Za-z0-9_-]{43}){1,5})$/;

/**
 * A proof does not contain the account's id, so the cookie tells nobody who uses the browser. The proofs of other
 * accounts are carried along unread: whoever invents some gains nothing by it.
 */
export class SignedKnownDevices implements KnownDevices {
  readonly #keys: readonly Buffer[];
  readonly #signingKey: Buffer;

  /** The first secret signs, all are accepted. */
  constructor(secrets: readonly string[]) {
    this.#keys = deriveKeys(secrets, 'known devices');
    const [first] = this.#keys;
    if (!first) throw new Error('Known devices need a secret.');
    this.#signingKey = first;
  }

  issue(accountId: string, existingCookie?: string): string {
    const { device, proofs } = read(existingCookie) ?? { device: newDevice(), proofs: [] };
    const others = proofs.filter(proof => !this.#proves(proof, device, accountId));
    const kept = [prove(this.#signingKey, device, accountId), ...others].slice(0, MOST_ACCOUNTS);
    return ['1', device, ...kept].join('.');
  }

  recognise(cookie: string | undefined, accountId: string): string | null {
    const known = read(cookie);
    return known?.proofs.some(proof => this.#proves(proof, known.device, accountId)) ? known.device : null;
  }

  #proves(proof: string, device: string, accountId: string): boolean {
    return this.#keys.some(key =>
      timingSafeEqual(Buffer.from(proof), Buffer.from(prove(key, device, accountId))),
    );
  }
}

const newDevice = (): string => randomBytes(DEVICE_BYTES).toString('base64url');

const prove = (key: Buffer, device: string, accountId: string): string =>
  createHmac('sha256', key).update(`${device}.${accountId}`).digest('base64url');

const read = (cookie: string | undefined): { device: string; proofs: readonly string[] } | null => {
  const [, device, proofs] = SHAPE.exec(cookie ?? '') ?? [];
  return device === undefined || proofs === undefined ? null : { device, proofs: proofs.split('.').slice(1) };
};
