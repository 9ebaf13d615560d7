import { Unavailable } from '../../../src/shared/domain/domain-error.ts';
import type { AccountId } from '../../../src/shared/domain/identity.ts';
import type { Session, SessionId } from '../../../src/accounts/domain/session.ts';
import type { SessionRepository } from '../../../src/accounts/domain/session-repository.ts';

type Moment = 'add' | 'byId' | 'save';

/** A store of sessions that a test takes down, and in which it lets something else happen just before a step. */
export class FailingSessions implements SessionRepository {
  isDown = false;
  readonly #inner: SessionRepository;
  readonly #before = new Map<Moment, () => Promise<unknown>>();

  constructor(inner: SessionRepository) {
    this.#inner = inner;
  }

  /** Once, before the next such step. */
  before(moment: Moment, happens: () => Promise<unknown>): void {
    this.#before.set(moment, happens);
  }

  async add(session: Session): Promise<void> {
    await this.#reach('add');
    await this.#inner.add(session);
  }

  async byId(id: SessionId): Promise<Session | null> {
    await this.#reach('byId');
    return await this.#inner.byId(id);
  }

  async save(session: Session): Promise<boolean> {
    await this.#reach('save');
    return await this.#inner.save(session);
  }

  async ofAccount(accountId: AccountId): Promise<readonly Session[]> {
    await this.#reach();
    return await this.#inner.ofAccount(accountId);
  }

  async countOf(accountId: AccountId): Promise<number> {
    await this.#reach();
    return await this.#inner.countOf(accountId);
  }

  async *inBatches(): AsyncGenerator<readonly Session[]> {
    await this.#reach();
    yield* this.#inner.inBatches();
  }

  async #reach(moment?: Moment): Promise<void> {
    if (this.isDown) throw new Unavailable('The session store');
    const happens = moment && this.#before.get(moment);
    if (!happens) return;
    this.#before.delete(moment);
    await happens();
  }
}
