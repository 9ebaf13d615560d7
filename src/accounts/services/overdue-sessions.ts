import type { EndReason } from '../domain/session.ts';
import type { SessionRepository } from '../domain/session-repository.ts';
import type { AccountQueries } from './account-queries.ts';
import type { SessionEnder } from './session-ender.ts';

/**
 * Ends the sessions that go on in the session store although their accounts know nothing of them any more, as after the
 * database was restored. The accounts decide, and no clock: a session that began since is theirs and stays, whoever
 * compares it with what, and however often.
 */
export class OverdueSessions {
  readonly #sessions: SessionRepository;
  readonly #queries: AccountQueries;
  readonly #ender: SessionEnder;

  constructor(sessions: SessionRepository, queries: AccountQueries, ender: SessionEnder) {
    this.#sessions = sessions;
    this.#queries = queries;
    this.#ender = ender;
  }

  /** @throws {Unavailable} when a store is away. What was ended until then stays so; call again. */
  async end(reason: EndReason): Promise<void> {
    for await (const sessions of this.#sessions.inBatches()) {
      const over = await this.#queries.sessionsOver(sessions.map(session => session.snapshot()));
      await Promise.all([...over].map(id => this.#ender.end(id, reason)));
    }
  }
}
