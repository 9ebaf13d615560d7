import type { Cookie, CookieChange } from '../../shared/presentation/route.ts';
import { RefreshTokenUnusable } from '../domain/errors.ts';
import type { SessionTokens } from '../services/session-tokens.ts';

const DEVICE_SECONDS = 400 * 24 * 60 * 60;

/**
 * The two cookies. Over HTTPS they carry the `__Host-` prefix, so that no other host or path can plant one; on
 * plain-HTTP localhost browsers refuse that prefix.
 */
export class SessionCookies {
  readonly #secure: boolean;
  readonly #prefix: string;

  constructor(publicUrl: string) {
    this.#secure = publicUrl.startsWith('https:');
    this.#prefix = this.#secure ? '__Host-' : '';
  }

  /** @throws {RefreshTokenUnusable} without a cookie, or with two: which one is meant cannot be known. */
  requiredRefreshToken(cookies: readonly Cookie[]): string {
    const token = this.refreshToken(cookies);
    if (token === undefined) throw new RefreshTokenUnusable('refresh_token_missing');
    return token;
  }

  /** @throws {RefreshTokenUnusable} with two of them. */
  refreshToken(cookies: readonly Cookie[]): string | undefined {
    const found = cookies.filter(({ name }) => name === this.#refreshName);
    if (found.length > 1) throw new RefreshTokenUnusable('ambiguous_cookie');
    return found[0]?.value === '' ? undefined : found[0]?.value;
  }

  /** The refresh token of a session that is about to be replaced; with two of them, neither. */
  replacedRefreshToken(cookies: readonly Cookie[]): string | undefined {
    const found = cookies.filter(({ name }) => name === this.#refreshName);
    return found.length === 1 ? found[0]?.value : undefined;
  }

  device(cookies: readonly Cookie[]): string | undefined {
    return cookies.find(({ name }) => name === `${this.#prefix}device`)?.value;
  }

  setRefreshToken(tokens: SessionTokens): CookieChange {
    return {
      name: this.#refreshName,
      value: tokens.refreshToken,
      maxAgeSeconds: tokens.refreshMaxAgeSeconds,
      secure: this.#secure,
      sameSite: 'strict',
    };
  }

  clearRefreshToken(): CookieChange {
    return { name: this.#refreshName, value: null, secure: this.#secure, sameSite: 'strict' };
  }

  /** 400 days is the most that browsers keep a cookie. */
  setDevice(value: string): CookieChange {
    return {
      name: `${this.#prefix}device`,
      value,
      maxAgeSeconds: DEVICE_SECONDS,
      secure: this.#secure,
      sameSite: 'strict',
    };
  }

  get #refreshName(): string {
    return `${this.#prefix}refresh_token`;
  }
}
