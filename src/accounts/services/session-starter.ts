import type { Clock } from '../../shared/domain/clock.ts';
import type { AccountId } from '../../shared/domain/identity.ts';
import type { Origin } from '../domain/audit-entry.ts';
import { Session } from '../domain/session.ts';
import type { SessionRepository } from '../domain/session-repository.ts';
import type { AccountQueries, Credentials, Member } from './account-queries.ts';
import type { SessionEnder } from './session-ender.ts';
import type { SessionTokenIssuer, SessionTokens } from './session-tokens.ts';
import type { RefreshTokens } from './tokens.ts';

const MOST_SESSIONS = 50;

/** Begins the session of a person who has just proved who they are. */
export class SessionStarter {
  readonly #sessions: SessionRepository;
  readonly #ender: SessionEnder;
  readonly #refreshTokens: RefreshTokens;
  readonly #issuer: SessionTokenIssuer;
  readonly #queries: AccountQueries;
  readonly #clock: Clock;

  constructor(
    sessions: SessionRepository,
    ender: SessionEnder,
    refreshTokens: RefreshTokens,
    issuer: SessionTokenIssuer,
    queries: AccountQueries,
    clock: Clock,
  ) {
    this.#sessions = sessions;
    this.#ender = ender;
    this.#refreshTokens = refreshTokens;
    this.#issuer = issuer;
    this.#queries = queries;
    this.#clock = clock;
  }

  /**
   * Null for an account that may not sign in.
   * @param replaced the refresh token of a session that the new one takes the place of (ASVS 7.2.4).
   */
  async start(
    credentials: Credentials,
    origin: Origin,
    replaced: string | undefined,
  ): Promise<{ member: Member; tokens: SessionTokens } | null> {
    const { accountId, role, epoch, standing } = credentials;
    if (standing !== 'active') return null;
    const facts = { id: this.#refreshTokens.newSessionId(), salt: this.#refreshTokens.newSalt() };
    const session = Session.begin({ ...facts, accountId, role, epoch, ...origin }, this.#clock.now());
    await this.#sessions.add(session);

    // A ban or a new password that came since the password was checked has not seen this session; this sees it.
    const member = await this.#queries.member(accountId);
    if (member?.account.epoch !== epoch) {
      await this.#ender.end(session.id, 'logged_out');
      return null;
    }
    await this.#endReplaced(replaced);
    await this.#endSurplus(accountId);
    return { member, tokens: this.#issuer.issue(session, session.snapshot().generation) };
  }

  async #endReplaced(token: string | undefined): Promise<void> {
    const presented = token === undefined ? null : this.#refreshTokens.read(token);
    if (!presented) return;
    const session = await this.#sessions.byId(presented.sessionId);
    if (session && this.#refreshTokens.isGenuine(presented, session))
      await this.#ender.end(session.id, 'replaced_by_login');
  }

  async #endSurplus(accountId: AccountId): Promise<void> {
    if ((await this.#sessions.countOf(accountId)) <= MOST_SESSIONS) return;
    const oldestFirst = await this.#sessions.ofAccount(accountId);
    const surplus = oldestFirst.slice(0, Math.max(0, oldestFirst.length - MOST_SESSIONS));
    for (const session of surplus) await this.#ender.end(session.id, 'too_many_sessions');
  }
}
