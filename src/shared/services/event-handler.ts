import type { DomainEvent } from '../domain/events.ts';

/** An event on its way to its handlers. `id` is the same at every delivery: handlers use it to be idempotent. */
export interface DeliveredEvent extends DomainEvent {
  readonly id: string;
  readonly occurredAt: Date;
}

/**
 * Acts on one type of event, at least once. A handler that throws is called again later with the same event,
 * so it must do nothing twice.
 */
export interface EventHandler {
  /** Unique among all handlers; a delivery is remembered per handler. */
  readonly name: string;
  readonly eventType: string;
  handle(event: DeliveredEvent): Promise<void>;
}
