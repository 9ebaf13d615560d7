import { randomUUID } from 'node:crypto';
import jwt from 'jsonwebtoken';
import { LRUCache } from 'lru-cache';
import type { Clock } from '../../shared/domain/clock.ts';
import type { AccountId } from '../../shared/domain/identity.ts';
import { AccessRefused } from '../domain/errors.ts';
import type { Session, SessionId } from '../domain/session.ts';
import type { AccessClaims, AccessTokens } from '../services/tokens.ts';
import type { SigningKey, SigningKeys } from './signing-keys.ts';

const TYPE = 'at+jwt';
const MOST_REMEMBERED = 5_000;

interface Payload {
  readonly sub: string;
  readonly sid: string;
  readonly gen: number;
  readonly exp: number;
}

/** A token whose signature and fixed claims are right. Whether it still counts is asked at every use. */
interface GenuineToken {
  readonly kid: string;
  readonly expiresAt: number;
  readonly claims: AccessClaims;
}

/** ES256 tokens after RFC 9068. The algorithm, the type, the issuer and the audience are pinned (RFC 8725). */
export class JwtAccessTokens implements AccessTokens {
  readonly lifetimeSeconds: number;
  readonly #keys: SigningKeys;
  readonly #clock: Clock;
  readonly #issuer: string;
  // A client shows the same token at every request, and checking its signature costs as much as a small read.
  readonly #genuine = new LRUCache<string, GenuineToken>({ max: MOST_REMEMBERED });

  /** @param issuer this API's public URL; it is the audience too. */
  constructor(keys: SigningKeys, clock: Clock, issuer: string, lifetimeSeconds: number) {
    this.#keys = keys;
    this.#clock = clock;
    this.#issuer = issuer;
    this.lifetimeSeconds = lifetimeSeconds;
  }

  sign(session: Session, generation: number): string {
    const { privateKey, kid } = this.#keys.current();
    if (!privateKey) throw new Error('The current signing key cannot sign.');
    const issuedAt = this.#seconds();
    const { id, accountId, createdAt } = session.snapshot();
    const claims = {
      iss: this.#issuer,
      aud: this.#issuer,
      client_id: 'daymark',
      sub: accountId,
      iat: issuedAt,
      exp: issuedAt + this.lifetimeSeconds,
      jti: randomUUID(),
      sid: id,
      gen: generation,
      auth_time: Math.floor(createdAt / 1000),
      amr: ['pwd'],
    };
    return jwt.sign(claims, privateKey, { algorithm: 'ES256', header: { alg: 'ES256', typ: TYPE, kid } });
  }

  verify(token: string): AccessClaims {
    const { claims, expiresAt } = this.#read(token);
    if (this.#seconds() >= expiresAt) throw new AccessRefused('token_expired');
    return claims;
  }

  verifyIgnoringExpiry(token: string): AccessClaims | null {
    try {
      return this.#read(token).claims;
    } catch {
      return null;
    }
  }

  // The key is asked for every time, because one that was retired takes its tokens with it.
  #read(token: string): GenuineToken {
    const remembered = this.#genuine.get(token);
    const kid = remembered?.kid ?? headerOf(token);
    const key = kid === null ? undefined : this.#keys.byId(kid);
    if (!key) throw new AccessRefused('token_invalid');
    if (remembered) return remembered;
    const genuine = this.#check(token, key);
    this.#genuine.set(token, genuine);
    return genuine;
  }

  #check(token: string, { kid, publicKey }: SigningKey): GenuineToken {
    try {
      const payload = jwt.verify(token, publicKey, {
        algorithms: ['ES256'],
        issuer: this.#issuer,
        audience: this.#issuer,
        clockTimestamp: this.#seconds(),
        ignoreExpiration: true,
      });
      if (!isPayload(payload)) throw new AccessRefused('token_invalid');
      const { sub, sid, gen, exp } = payload;
      const claims = { accountId: sub as AccountId, sessionId: sid as SessionId, generation: gen };
      return { kid, expiresAt: exp, claims };
    } catch {
      throw new AccessRefused('token_invalid');
    }
  }

  #seconds(): number {
    return Math.floor(this.#clock.now().getTime() / 1000);
  }
}

/** The `kid`, when the header is that of an access token; null otherwise. */
const headerOf = (token: string): string | null => {
  try {
    const header = JSON.parse(
      Buffer.from(token.slice(0, token.indexOf('.')), 'base64url').toString(),
    ) as unknown;
    if (typeof header !== 'object' || header === null) return null;
    const { typ, alg, kid } = header as Record<string, unknown>;
    return typ === TYPE && alg === 'ES256' && typeof kid === 'string' ? kid : null;
  } catch {
    return null;
  }
};

const isPayload = (payload: unknown): payload is Payload => {
  if (typeof payload !== 'object' || payload === null) return false;
  const { sub, sid, gen, exp } = payload as Record<string, unknown>;
  return (
    typeof sub === 'string' && typeof sid === 'string' && typeof gen === 'number' && typeof exp === 'number'
  );
};
