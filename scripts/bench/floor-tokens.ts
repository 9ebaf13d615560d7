import {
  createHmac,
  createPrivateKey,
  createPublicKey,
  randomUUID,
  sign,
  timingSafeEqual,
  verify,
  type KeyObject,
} from 'node:crypto';

const LIFETIME_SECONDS = 600;
const HEADER = Buffer.from('{"alg":"ES256","typ":"at+jwt","kid":"floor"}').toString('base64url');

interface Claims {
  readonly sub: string;
  readonly sid: string;
  readonly exp: number;
}

/** The product's two kinds of tokens with node:crypto alone. */
export class FloorTokens {
  readonly #privateKey: KeyObject;
  readonly #publicKey: KeyObject;
  readonly #secret: string;

  constructor(pem: string, secret: string) {
    this.#privateKey = createPrivateKey(pem);
    this.#publicKey = createPublicKey(pem);
    this.#secret = secret;
  }

  access(accountId: string, sessionId: string, generation: number): string {
    const now = Math.floor(Date.now() / 1_000);
    const claims = {
      iss: 'https://floor.example',
      aud: 'https://floor.example',
      client_id: 'floor',
      sub: accountId,
      iat: now,
      exp: now + LIFETIME_SECONDS,
      jti: randomUUID(),
      sid: sessionId,
      gen: generation,
      auth_time: now,
      amr: ['pwd'],
    };
    const signed = `${HEADER}.${Buffer.from(JSON.stringify(claims)).toString('base64url')}`;
    const key = { key: this.#privateKey, dsaEncoding: 'ieee-p1363' } as const;
    return `${signed}.${sign('sha256', Buffer.from(signed), key).toString('base64url')}`;
  }

  verify(token: string): Claims {
    const [header, payload = '', signature = ''] = token.split('.');
    const key = { key: this.#publicKey, dsaEncoding: 'ieee-p1363' } as const;
    const signed = Buffer.from(`${header}.${payload}`);
    if (header !== HEADER || !verify('sha256', signed, key, Buffer.from(signature, 'base64url')))
      throw new Error('The access token is not ours.');
    const claims = JSON.parse(Buffer.from(payload, 'base64url').toString()) as Claims;
    if (claims.exp * 1_000 <= Date.now()) throw new Error('The access token has expired.');
    return claims;
  }

  refresh(sessionId: string, salt: string, generation: number): string {
    return `v1.${sessionId}.${generation}.${this.#mac(sessionId, salt, generation).toString('base64url')}`;
  }

  isGenuine(sessionId: string, salt: string, generation: number, mac: string): boolean {
    return timingSafeEqual(Buffer.from(mac, 'base64url'), this.#mac(sessionId, salt, generation));
  }

  device(device: string, accountId: string): string {
    const proof = createHmac('sha256', this.#secret).update(`${device}.${accountId}`).digest('base64url');
    return `1.${device}.${proof}`;
  }

  #mac(sessionId: string, salt: string, generation: number): Buffer {
    const key = createHmac('sha256', this.#secret).update(salt).digest();
    return createHmac('sha256', key).update(`v1.${sessionId}.${generation}`).digest();
  }
}
