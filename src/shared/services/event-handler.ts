import type { DomainEvent } from '../domain/events.ts';

/** An event on its way to its handlers. `id` is the same at every delivery: handlers use it to be idempotent. */
export interface DeliveredEvent extends DomainEvent {
  readonly id: string;
  readonly occurredAt: Date;
  /** 1 at the first delivery. What must count once although a delivery may fail, such as a limit, counts then. */
  readonly attempt: number;
}

/**
 * Acts on one type of event, at least once. A handler that throws is called again later with the same event,
 * so it must do nothing twice. It has 60 seconds; after that the delivery counts as failed although the handler
 * may still be running.
 */
export interface EventHandler {
  /** Unique among all handlers and stable over releases; a delivery is remembered per handler. */
  readonly name: string;
  readonly eventType: string;
  /**
   * It writes to somebody. A mail that waited when a backup was made may have been sent since, so after a restore it is
   * held until an admin releases it, while what only concerns our own data is done.
   */
  readonly reachesPeople?: true;
  /** @throws {PermanentFailure} when calling again is pointless. Anything else thrown means: again later. */
  handle(event: DeliveredEvent): Promise<void>;
}

/**
 * No later attempt can succeed, so the delivery to this handler ends here, logged and counted.
 * `code` is logged and stored; it must hold nothing secret or personal.
 */
export class PermanentFailure extends Error {
  readonly code: string;

  constructor(code: string, message: string) {
    super(message);
    this.name = new.target.name;
    this.code = code;
  }
}
