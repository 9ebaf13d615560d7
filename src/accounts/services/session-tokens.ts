import type { Clock } from '../../shared/domain/clock.ts';
import type { Session, SessionLifetimes } from '../domain/session.ts';
import type { AccessTokens, RefreshTokens } from './tokens.ts';

/** What a client gets when it logs in or refreshes. */
export interface SessionTokens {
  readonly accessToken: string;
  readonly expiresInSeconds: number;
  readonly refreshToken: string;
  /** Never longer than what is left of the session. */
  readonly refreshMaxAgeSeconds: number;
}

export class SessionTokenIssuer {
  readonly #access: AccessTokens;
  readonly #refresh: RefreshTokens;
  readonly #lifetimes: SessionLifetimes;
  readonly #clock: Clock;

  constructor(access: AccessTokens, refresh: RefreshTokens, lifetimes: SessionLifetimes, clock: Clock) {
    this.#access = access;
    this.#refresh = refresh;
    this.#lifetimes = lifetimes;
    this.#clock = clock;
  }

  issue(session: Session, generation: number): SessionTokens {
    const leftMs = session.expiresAt(this.#lifetimes) - this.#clock.now().getTime();
    return {
      accessToken: this.#access.sign(session, generation),
      expiresInSeconds: this.#access.lifetimeSeconds,
      refreshToken: this.#refresh.issue(session, generation),
      refreshMaxAgeSeconds: Math.max(0, Math.floor(leftMs / 1000)),
    };
  }
}
