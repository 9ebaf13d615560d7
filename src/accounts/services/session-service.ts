import type { Clock } from '../../shared/domain/clock.ts';
import type { AccountId } from '../../shared/domain/identity.ts';
import type { Caller } from '../../shared/services/authenticator.ts';
import { newId } from '../../shared/services/new-id.ts';
import { AuditEntry, type AuditKind, type Origin } from '../domain/audit-entry.ts';
import { AccountNotFound, SessionNotFound } from '../domain/errors.ts';
import type { Session, SessionId, SessionLifetimes } from '../domain/session.ts';
import type { SessionRepository } from '../domain/session-repository.ts';
import type { AccountsWorkFactory } from './accounts-work.ts';
import type { AuditTrail } from './audit-trail.ts';
import type { SessionEnder } from './session-ender.ts';
import type { AccessTokens, RefreshTokens } from './tokens.ts';

/** A person's own sessions: what they see of them, and how they end them. */
export class SessionService {
  readonly #sessions: SessionRepository;
  readonly #ender: SessionEnder;
  readonly #refreshTokens: RefreshTokens;
  readonly #accessTokens: AccessTokens;
  readonly #work: AccountsWorkFactory;
  readonly #audit: AuditTrail;
  readonly #clock: Clock;
  readonly #lifetimes: SessionLifetimes;

  constructor(
    sessions: SessionRepository,
    ender: SessionEnder,
    refreshTokens: RefreshTokens,
    accessTokens: AccessTokens,
    work: AccountsWorkFactory,
    audit: AuditTrail,
    clock: Clock,
    lifetimes: SessionLifetimes,
  ) {
    this.#sessions = sessions;
    this.#ender = ender;
    this.#refreshTokens = refreshTokens;
    this.#accessTokens = accessTokens;
    this.#work = work;
    this.#audit = audit;
    this.#clock = clock;
    this.#lifetimes = lifetimes;
  }

  /** Newest first. */
  async list(accountId: AccountId): Promise<readonly Session[]> {
    const now = this.#clock.now();
    const sessions = await this.#sessions.ofAccount(accountId);
    return sessions.filter(session => session.isAlive(now, this.#lifetimes)).toReversed();
  }

  /**
   * Ends the sessions that the tokens belong to. An access token may have expired and a refresh token may be an old
   * one: both still say which session is meant. Done twice it does nothing.
   */
  async logOut(
    tokens: { refresh: string | undefined; access: string | undefined },
    origin: Origin,
  ): Promise<void> {
    for (const session of await this.#sessionsOf(tokens)) {
      if (await this.#ender.end(session.id, 'logged_out')) await this.#note('logged_out', session, origin);
    }
  }

  /** @throws {SessionNotFound} also for somebody else's session. */
  async end(caller: Caller, id: SessionId, origin: Origin): Promise<void> {
    const session = await this.#sessions.byId(id);
    if (session?.accountId !== caller.accountId) throw new SessionNotFound();
    if (!(await this.#ender.end(id, 'ended_by_owner'))) throw new SessionNotFound();
    await this.#note('session_ended', session, origin);
  }

  /** Ends all sessions, or all but the caller's own. Those that begin at the same moment end too. */
  async endAll(caller: Caller, origin: Origin, { keepOwn }: { keepOwn: boolean }): Promise<void> {
    const keep = keepOwn ? (caller.sessionId as SessionId) : null;
    await using work = await this.#work.begin();
    const account = await work.accounts.byId(caller.accountId);
    if (!account) throw new AccountNotFound();
    account.endSessions('ended_by_owner', this.#clock.now(), keep);
    const facts = { accountId: caller.accountId, origin };
    work.audit.add(AuditEntry.of(newId(), 'all_sessions_ended', facts, this.#clock.now()));
    await work.commit();

    await this.#ender.tryEndBefore(account.id, account.epoch, 'ended_by_owner', keep);
  }

  async #sessionsOf(tokens: { refresh: string | undefined; access: string | undefined }): Promise<Session[]> {
    const presented = tokens.refresh === undefined ? null : this.#refreshTokens.read(tokens.refresh);
    const claims =
      tokens.access === undefined ? null : this.#accessTokens.verifyIgnoringExpiry(tokens.access);
    const byCookie = presented && (await this.#sessions.byId(presented.sessionId));
    const byBearer = claims && (await this.#sessions.byId(claims.sessionId));
    const genuine = byCookie && this.#refreshTokens.isGenuine(presented, byCookie) ? byCookie : null;
    return [genuine, byBearer].filter(session => session !== null);
  }

  async #note(kind: AuditKind, session: Session, origin: Origin): Promise<void> {
    const facts = { accountId: session.accountId, origin, endedSession: session.id };
    await this.#audit.append(AuditEntry.of(newId(), kind, facts, this.#clock.now()));
  }
}
