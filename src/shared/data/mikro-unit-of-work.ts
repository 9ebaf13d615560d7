import { type EntityClass, OptimisticLockError, UniqueConstraintViolationException } from '@mikro-orm/core';
import type { SqlEntityManager } from '@mikro-orm/postgresql';
import type { Clock } from '../domain/clock.ts';
import { type DomainError, StaleAggregate } from '../domain/domain-error.ts';
import { type DomainEvent, pullEvents } from '../domain/events.ts';
import { newId } from '../services/new-id.ts';
import type { UnitOfWork } from '../services/unit-of-work.ts';
import { OutboxRow } from './outbox.mapping.ts';
import { translateOutage } from './postgres.ts';

/** Which broken unique constraint is which rule. */
export type ConstraintErrors = Readonly<Record<string, () => DomainError>>;

/** What a unit of work needs from its surroundings; one for the whole process. */
export interface UnitOfWorkGround {
  readonly em: SqlEntityManager;
  readonly clock: Clock;
  /** Called after a commit that stored events, so that they leave at once instead of at the next poll. */
  readonly onEvents: () => void;
}

/** One transaction over one fork of the entity manager. */
export class MikroUnitOfWork implements UnitOfWork {
  readonly #em: SqlEntityManager;
  readonly #ground: UnitOfWorkGround;
  readonly #constraints: ConstraintErrors;
  readonly #raised: DomainEvent[] = [];

  protected constructor(em: SqlEntityManager, ground: UnitOfWorkGround, constraints: ConstraintErrors) {
    this.#em = em;
    this.#ground = ground;
    this.#constraints = constraints;
  }

  /** Only factories call this: beginning twice on one fork would leave a transaction open for ever. */
  protected static async openTransaction(ground: UnitOfWorkGround): Promise<SqlEntityManager> {
    const em = ground.em.fork();
    try {
      await em.begin();
    } catch (error) {
      throw translateOutage(error);
    }
    return em;
  }

  raise(event: DomainEvent): void {
    this.#raised.push(event);
  }

  async commit(): Promise<void> {
    try {
      await this.#holdRemoved();
      const stored = this.#storeEvents();
      await this.#em.commit();
      if (stored > 0) this.#ground.onEvents();
    } catch (error) {
      throw this.#translate(error);
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (!this.#em.isInTransaction()) return;
    try {
      await this.#em.rollback();
    } catch {
      // The connection is gone, and the transaction with it. What went wrong before is what the caller must see.
    }
  }

  // The mapper asks for the version when it updates, but not when it deletes: of two that remove one aggregate at the
  // same moment, both would succeed.
  async #holdRemoved(): Promise<void> {
    for (const removed of this.#em.getUnitOfWork().getRemoveStack()) {
      const mapping = this.#em.getMetadata().get(removed.constructor as EntityClass<object>);
      const { id, version } = removed as { id?: unknown; version?: unknown };
      if (version === undefined) continue;
      const statement = `select 1 from "${mapping.tableName}" where id = ? and version = ? for update`;
      const rows = await this.#em.execute<unknown[]>(statement, [id, version]);
      if (rows.length === 0) throw new StaleAggregate();
    }
  }

  #storeEvents(): number {
    const work = this.#em.getUnitOfWork();
    const touched = new Set<object>([
      ...work.getIdentityMap().values(),
      ...work.getPersistStack(),
      ...work.getRemoveStack(),
    ]);
    const events = [...[...touched].flatMap(aggregate => pullEvents(aggregate)), ...this.#raised.splice(0)];
    const now = this.#ground.clock.now();
    for (const event of events) this.#em.persist(new OutboxRow(newId(), event.type, event.payload, now));
    return events.length;
  }

  #translate(error: unknown): unknown {
    if (error instanceof OptimisticLockError) return new StaleAggregate({ cause: error });
    if (error instanceof UniqueConstraintViolationException) {
      const { constraint } = error as { constraint?: string };
      return constraint === undefined ? error : (this.#constraints[constraint]?.() ?? error);
    }
    return translateOutage(error);
  }
}
