import type { Clock } from '../../shared/domain/clock.ts';
import type { Caller } from '../../shared/services/authenticator.ts';
import type { SessionId } from '../domain/session.ts';

const LIVE_FOR_MS = 1_000;
const MOST = 10_000;

interface Remembered {
  readonly caller: Caller;
  readonly confirmed: number;
  readonly until: number;
}

/**
 * What this process saw of sessions within the last second. It spares a busy client the read of its session at every
 * request, and is the most by which another replica's logout may be seen late.
 */
export class LiveSessions {
  readonly #clock: Clock;
  readonly #sessions = new Map<SessionId, Remembered>();

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** Null unless the session was alive a moment ago, with this generation already known to be in use. */
  recall(id: SessionId, generation: number): Caller | null {
    const remembered = this.#sessions.get(id);
    if (!remembered || generation > remembered.confirmed) return null;
    const now = this.#clock.now().getTime();
    return now < remembered.until && now >= remembered.until - LIVE_FOR_MS ? remembered.caller : null;
  }

  remember(id: SessionId, caller: Caller, confirmed: number): void {
    // The map keeps the order of insertion, so the first key is the oldest.
    if (this.#sessions.size >= MOST) {
      const [oldest] = this.#sessions.keys();
      if (oldest !== undefined) this.#sessions.delete(oldest);
    }
    this.#sessions.delete(id);
    this.#sessions.set(id, { caller, confirmed, until: this.#clock.now().getTime() + LIVE_FOR_MS });
  }

  forget(id: SessionId): void {
    this.#sessions.delete(id);
  }
}
