import type { Clock } from '../../shared/domain/clock.ts';
import { newId } from '../../shared/services/new-id.ts';
import { AuditEntry, type Origin } from '../domain/audit-entry.ts';
import { RefreshRefused, RefreshTokenUnusable } from '../domain/errors.ts';
import { refreshTokenReused } from '../domain/events.ts';
import type { RefreshOutcome, Session, SessionLifetimes } from '../domain/session.ts';
import type { SessionRepository } from '../domain/session-repository.ts';
import type { AccountQueries, Member } from './account-queries.ts';
import type { AccountsWorkFactory } from './accounts-work.ts';
import type { SessionTokenIssuer, SessionTokens } from './session-tokens.ts';
import type { PresentedRefreshToken, RefreshTokens } from './tokens.ts';

export type RefreshEvent = 'rotated' | 'repeated' | 'session_gone' | 'refresh_reused' | 'session_expired';

/** Exchanges a refresh token for its successor and a new access token. The rule is the session's own. */
export class RefreshService {
  readonly #sessions: SessionRepository;
  readonly #refreshTokens: RefreshTokens;
  readonly #issuer: SessionTokenIssuer;
  readonly #queries: AccountQueries;
  readonly #work: AccountsWorkFactory;
  readonly #clock: Clock;
  readonly #lifetimes: SessionLifetimes;
  readonly #count: (outcome: RefreshEvent) => void;

  constructor(
    sessions: SessionRepository,
    refreshTokens: RefreshTokens,
    issuer: SessionTokenIssuer,
    queries: AccountQueries,
    work: AccountsWorkFactory,
    clock: Clock,
    lifetimes: SessionLifetimes,
    count: (outcome: RefreshEvent) => void,
  ) {
    this.#sessions = sessions;
    this.#refreshTokens = refreshTokens;
    this.#issuer = issuer;
    this.#queries = queries;
    this.#work = work;
    this.#clock = clock;
    this.#lifetimes = lifetimes;
    this.#count = count;
  }

  /** @throws {RefreshTokenUnusable} for a token that is not ours @throws {RefreshRefused} when the session is over. */
  async refresh(token: string, origin: Origin): Promise<{ tokens: SessionTokens; member: Member }> {
    const presented = this.#refreshTokens.read(token);
    if (!presented) throw new RefreshTokenUnusable('refresh_token_malformed');
    // Compare and set: whoever loses loads again, and then finds itself in the session's grace rule.
    for (;;) {
      const answer = await this.#attempt(presented, origin);
      if (answer) return answer;
    }
  }

  async #attempt(
    presented: PresentedRefreshToken,
    origin: Origin,
  ): Promise<{ tokens: SessionTokens; member: Member } | null> {
    const session = await this.#sessions.byId(presented.sessionId);
    if (!session) return this.#refuse('session_gone');
    if (!this.#refreshTokens.isGenuine(presented, session))
      throw new RefreshTokenUnusable('refresh_token_malformed');

    const outcome = session.refresh(presented.generation, this.#clock.now(), this.#lifetimes);
    if (outcome.kind === 'refused') return await this.#onRefusal(session, outcome, origin);
    const member = await this.#queries.memberOfSession(session.snapshot());
    if (!member) return await this.#endOverdue(session);

    if (outcome.kind === 'rotated') {
      session.seenAt(origin.ip, origin.device);
      if (!(await this.#sessions.save(session))) return null;
    }
    this.#count(outcome.kind);
    return { tokens: this.#issuer.issue(session, outcome.generation), member };
  }

  // The account has ended this session already; the session store had not heard of it.
  async #endOverdue(session: Session): Promise<null> {
    session.end('ended_by_owner', this.#clock.now());
    return (await this.#sessions.save(session)) ? this.#refuse('session_gone') : null;
  }

  async #onRefusal(
    session: Session,
    outcome: Extract<RefreshOutcome, { kind: 'refused' }>,
    origin: Origin,
  ): Promise<null> {
    if (outcome.ended) {
      if (!(await this.#sessions.save(session))) return null;
      if (outcome.code === 'refresh_reused') await this.#reportReuse(session, origin);
    }
    return this.#refuse(outcome.code);
  }

  async #reportReuse(session: Session, origin: Origin): Promise<void> {
    const { accountId, device } = session.snapshot();
    const entry = AuditEntry.of(
      newId(),
      'refresh_reused',
      { accountId, origin, endedSession: session.id },
      this.#clock.now(),
    );
    await using work = await this.#work.begin();
    work.audit.add(entry);
    work.raise(refreshTokenReused(accountId, device));
    await work.commit();
  }

  #refuse(code: 'session_gone' | 'refresh_reused' | 'session_expired'): never {
    this.#count(code);
    throw new RefreshRefused(code);
  }
}
