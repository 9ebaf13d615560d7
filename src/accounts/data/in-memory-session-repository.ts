import type { Clock } from '../../shared/domain/clock.ts';
import type { AccountId } from '../../shared/domain/identity.ts';
import type { Session, SessionId, SessionLifetimes } from '../domain/session.ts';
import type { SessionRepository } from '../domain/session-repository.ts';
import { forgetAt, readSession, writeSession } from './session-record.ts';

interface Stored {
  readonly version: number;
  readonly record: string;
  readonly forgetAt: number;
}

/** Sessions of one process that are gone when it ends: for trying the product where no Redis can be had, and tests. */
export class InMemorySessionRepository implements SessionRepository {
  readonly #clock: Clock;
  readonly #lifetimes: SessionLifetimes;
  readonly #stored = new Map<SessionId, Stored>();
  readonly #lists = new Map<AccountId, Set<SessionId>>();
  readonly #versions = new WeakMap<Session, number>();

  constructor(clock: Clock, lifetimes: SessionLifetimes) {
    this.#clock = clock;
    this.#lifetimes = lifetimes;
  }

  add(session: Session): Promise<void> {
    this.#forgetOld();
    this.#write(session, 1);
    const list = this.#lists.get(session.accountId) ?? new Set();
    this.#lists.set(session.accountId, list.add(session.id));
    return Promise.resolve();
  }

  byId(id: SessionId): Promise<Session | null> {
    return Promise.resolve(this.#read(id));
  }

  save(session: Session): Promise<boolean> {
    const version = this.#versions.get(session);
    if (version === undefined || this.#stored.get(session.id)?.version !== version)
      return Promise.resolve(false);
    this.#write(session, version + 1);
    if (session.isEnded) this.#lists.get(session.accountId)?.delete(session.id);
    return Promise.resolve(true);
  }

  ofAccount(accountId: AccountId): Promise<readonly Session[]> {
    const ids = [...(this.#lists.get(accountId) ?? [])];
    const sessions = ids.map(id => this.#read(id)).filter(session => session !== null);
    return Promise.resolve(sessions.toSorted((a, b) => a.snapshot().createdAt - b.snapshot().createdAt));
  }

  countOf(accountId: AccountId): Promise<number> {
    return Promise.resolve(this.#lists.get(accountId)?.size ?? 0);
  }

  async *inBatches(): AsyncGenerator<readonly Session[]> {
    const sessions = [...this.#stored.keys()].map(id => this.#read(id));
    yield await Promise.resolve(
      sessions.filter(session => session !== null && !session.isEnded) as Session[],
    );
  }

  #read(id: SessionId): Session | null {
    const stored = this.#stored.get(id);
    if (!stored || stored.forgetAt <= this.#clock.now().getTime()) return null;
    const session = readSession(stored.record);
    this.#versions.set(session, stored.version);
    return session;
  }

  #write(session: Session, version: number): void {
    const record = writeSession(session);
    this.#stored.set(session.id, { version, record, forgetAt: forgetAt(session, this.#lifetimes) });
    this.#versions.set(session, version);
  }

  #forgetOld(): void {
    const now = this.#clock.now().getTime();
    for (const [id, stored] of this.#stored) {
      if (stored.forgetAt > now) continue;
      this.#stored.delete(id);
      for (const list of this.#lists.values()) list.delete(id);
    }
  }
}
