import type { Clock } from '../../shared/domain/clock.ts';
import { Unavailable } from '../../shared/domain/domain-error.ts';
import type { Authenticator, Caller } from '../../shared/services/authenticator.ts';
import { AccessRefused } from '../domain/errors.ts';
import type { Session, SessionLifetimes } from '../domain/session.ts';
import type { SessionRepository } from '../domain/session-repository.ts';
import type { LiveSessions } from './live-sessions.ts';
import type { AccessClaims, AccessTokens } from './tokens.ts';

export interface AccessRules {
  readonly lifetimes: SessionLifetimes;
  /** While the session store is down, reads may pass on the signature alone. */
  readonly signatureOnlyReads: boolean;
}

/** Decides who is calling: the token must be genuine and its session alive. */
export class AccessService implements Authenticator {
  readonly #tokens: AccessTokens;
  readonly #sessions: SessionRepository;
  readonly #live: LiveSessions;
  readonly #clock: Clock;
  readonly #rules: AccessRules;

  constructor(
    tokens: AccessTokens,
    sessions: SessionRepository,
    live: LiveSessions,
    clock: Clock,
    rules: AccessRules,
  ) {
    this.#tokens = tokens;
    this.#sessions = sessions;
    this.#live = live;
    this.#clock = clock;
    this.#rules = rules;
  }

  async authenticate(accessToken: string, { readOnly }: { readOnly: boolean }): Promise<Caller> {
    const claims = this.#tokens.verify(accessToken);
    const recalled = this.#live.recall(claims.sessionId, claims.generation);
    if (recalled?.accountId === claims.accountId) return recalled;
    try {
      return await this.#askStore(claims);
    } catch (error) {
      if (!(error instanceof Unavailable && readOnly && this.#rules.signatureOnlyReads)) throw error;
      return { accountId: claims.accountId, sessionId: claims.sessionId, role: 'member' };
    }
  }

  async #askStore(claims: AccessClaims): Promise<Caller> {
    const session = await this.#confirmed(claims);
    const { accountId, role, confirmed } = session.snapshot();
    if (accountId !== claims.accountId) throw new AccessRefused('token_invalid');
    const caller = { accountId, sessionId: session.id, role };
    this.#live.remember(session.id, caller, confirmed);
    return caller;
  }

  // The first use of an access token proves that its holder got the answer it came with.
  async #confirmed(claims: AccessClaims): Promise<Session> {
    for (;;) {
      const now = this.#clock.now();
      const session = await this.#sessions.byId(claims.sessionId);
      if (!session?.isAlive(now, this.#rules.lifetimes)) throw new AccessRefused('session_revoked');
      if (!session.confirm(claims.generation, now) || (await this.#sessions.save(session))) return session;
    }
  }
}
