import type { DomainEvent } from '../domain/events.ts';

/**
 * One atomic change. Nothing is saved unless `commit` is reached; leaving the scope without it undoes everything.
 * Events recorded by the aggregates are stored in the outbox by the same commit.
 * `commit` throws `StaleAggregate` when another unit changed the same aggregate first, and `Unavailable` when
 * the database cannot be reached.
 */
export interface UnitOfWork extends AsyncDisposable {
  /** Stores an event that no aggregate decides upon, such as a request that is acted on later. */
  raise(event: DomainEvent): void;
  commit(): Promise<void>;
}

/** Begins a unit. Hold it with `await using`. Never call the network or begin another unit while it is open. */
export interface UnitOfWorkFactory<Work extends UnitOfWork> {
  begin(): Promise<Work>;
}
