import type { Clock } from '../../shared/domain/clock.ts';
import { Unavailable } from '../../shared/domain/domain-error.ts';
import type { AccountId } from '../../shared/domain/identity.ts';
import type { EndReason, Session, SessionId } from '../domain/session.ts';
import type { SessionRepository } from '../domain/session-repository.ts';
import type { LiveSessions } from './live-sessions.ts';

/** Ends sessions in the session store, whoever else is changing them at the same moment. */
export class SessionEnder {
  readonly #sessions: SessionRepository;
  readonly #live: LiveSessions;
  readonly #clock: Clock;

  constructor(sessions: SessionRepository, live: LiveSessions, clock: Clock) {
    this.#sessions = sessions;
    this.#live = live;
    this.#clock = clock;
  }

  /** False when there was nothing to end. */
  async end(id: SessionId, reason: EndReason): Promise<boolean> {
    return await this.#change(id, session => {
      if (session.isEnded) return false;
      session.end(reason, this.#clock.now());
      return true;
    });
  }

  /**
   * Ends every session of an account that began before `epoch`, and lets the one to keep live on in it. May be done
   * again at any time.
   */
  async endBefore(
    accountId: AccountId,
    epoch: number,
    reason: EndReason,
    keep: SessionId | null,
  ): Promise<void> {
    for (const session of await this.#sessions.ofAccount(accountId)) {
      if (session.snapshot().epoch >= epoch) continue;
      if (session.id === keep) await this.#carry(session.id, epoch);
      else await this.end(session.id, reason);
    }
  }

  /**
   * The same right after a commit that has ended them already: an outage of the session store must not make the
   * change look failed. The event of that commit ends them again as soon as the store is back.
   */
  async tryEndBefore(...args: Parameters<SessionEnder['endBefore']>): Promise<void> {
    try {
      await this.endBefore(...args);
    } catch (error) {
      if (!(error instanceof Unavailable)) throw error;
    }
  }

  async #carry(id: SessionId, epoch: number): Promise<void> {
    await this.#change(id, session => {
      if (session.isEnded) return false;
      session.carryInto(epoch);
      return true;
    });
  }

  // Compare and set until it holds: each round that loses is one that somebody else has won.
  async #change(id: SessionId, change: (session: Session) => boolean): Promise<boolean> {
    for (;;) {
      const session = await this.#sessions.byId(id);
      if (!session || !change(session)) return false;
      const saved = await this.#sessions.save(session);
      this.#live.forget(id);
      if (saved) return true;
    }
  }
}
