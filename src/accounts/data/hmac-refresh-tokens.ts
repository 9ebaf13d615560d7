import { createHmac, randomBytes, timingSafeEqual } from 'node:crypto';
import { deriveKeys } from '../../shared/data/derived-keys.ts';
import type { Session, SessionId } from '../domain/session.ts';
import type { PresentedRefreshToken, RefreshTokens } from '../services/tokens.ts';

const VERSION = 'v1';
const SHAPE = /^v1\.([A-Za-z0-9_-]{22})\.([1-9]\d{0,8})\.([A-Za-z0-9_-]{43})$/;

export class HmacRefreshTokens implements RefreshTokens {
  readonly #keys: readonly Buffer[];

  /** @param secrets the first one signs, all are accepted. */
  constructor(secrets: readonly string[]) {
    this.#keys = deriveKeys(secrets, 'refresh tokens');
  }

  issue(session: Session, generation: number): string {
    const [key] = this.#keys;
    if (!key) throw new Error('No session secret is configured.');
    return `${VERSION}.${session.id}.${generation}.${macOf(key, session, generation).toString('base64url')}`;
  }

  read(token: string): PresentedRefreshToken | null {
    const parts = SHAPE.exec(token);
    if (!parts) return null;
    const [, sessionId = '', generation, mac = ''] = parts;
    return { sessionId: sessionId as SessionId, generation: Number(generation), mac };
  }

  isGenuine(presented: PresentedRefreshToken, session: Session): boolean {
    const mac = Buffer.from(presented.mac, 'base64url');
    return this.#keys.some(key => timingSafeEqual(mac, macOf(key, session, presented.generation)));
  }

  newSessionId(): SessionId {
    return randomBytes(16).toString('base64url') as SessionId;
  }

  newSalt(): string {
    return randomBytes(16).toString('base64url');
  }
}

const macOf = (key: Buffer, session: Session, generation: number): Buffer => {
  const sessionKey = createHmac('sha256', key).update(session.snapshot().salt).digest();
  return createHmac('sha256', sessionKey).update(`${VERSION}.${session.id}.${generation}`).digest();
};
