import { setTimeout as pause } from 'node:timers/promises';
import type { Clock } from '../domain/clock.ts';
import { Unavailable } from '../domain/domain-error.ts';
import { PermanentFailure, type EventHandler } from '../services/event-handler.ts';
import { labelOf } from './error-label.ts';
import type { ClaimedEvent, Outbox } from './outbox.ts';
import type { OutboxMetrics } from './outbox-metrics.ts';
import { MAX_ATTEMPTS, retryDelayMs } from './retry-schedule.ts';

/** The part of a pino logger that delivery needs. It is given ids, names and error codes, never a payload. */
export interface DeliveryLog {
  info(details: object, message: string): void;
  warn(details: object, message: string): void;
  error(details: object, message: string): void;
}

export interface EventDeliveryParts {
  readonly outbox: Outbox;
  readonly handlers: readonly EventHandler[];
  readonly clock: Clock;
  readonly log: DeliveryLog;
  readonly metrics: OutboxMetrics;
  readonly handlerDeadlineMs: number;
  /** How long to insist on storing an outcome while the database is away. */
  readonly recordingPatienceMs: () => number;
}

const RECORDING_PAUSE_MS = 250;

class HandlerTimeout extends Error {
  override readonly name = 'HandlerTimeout';
}

/** Brings one claimed event to each of its handlers in turn, and records what came of it. */
export class EventDelivery {
  readonly #parts: EventDeliveryParts;

  constructor(parts: EventDeliveryParts) {
    this.#parts = parts;
  }

  async deliver(event: ClaimedEvent): Promise<void> {
    const { outbox, clock } = this.#parts;
    if (event.attempt > MAX_ATTEMPTS) {
      // Only workers that died during the last attempt leave an event in this state.
      await this.#giveUp(event, [...event.doneHandlers], 'none', 'WorkerDied');
      return;
    }
    const handlers = this.#handlersLeft(event);
    const done = [...event.doneHandlers];
    let failed: { handler: string; error: string } | undefined;
    for (const [position, handler] of handlers.entries()) {
      const error = await this.#attempt(handler, event);
      if (error === undefined) done.push(handler.name);
      else failed = { handler: handler.name, error };
      const isLast = position === handlers.length - 1;
      if (!isLast && !(await this.#record(event, () => outbox.progress(event, done, clock.now())))) return;
    }
    if (failed === undefined) await this.#record(event, () => outbox.delivered(event));
    else if (event.attempt >= MAX_ATTEMPTS) await this.#giveUp(event, done, failed.handler, failed.error);
    else await this.#postpone(event, done, failed.error);
  }

  #handlersLeft(event: ClaimedEvent): EventHandler[] {
    return this.#parts.handlers.filter(
      handler => handler.eventType === event.type && !event.doneHandlers.includes(handler.name),
    );
  }

  /** Answers nothing when the handler is through with the event, and otherwise what kind of error stopped it. */
  async #attempt(handler: EventHandler, event: ClaimedEvent): Promise<string | undefined> {
    const { log, metrics } = this.#parts;
    const { id, type, attempt: attempts } = event;
    const details = { event: id, type, handler: handler.name, attempts };
    try {
      await this.#withinDeadline(handler, event);
      metrics.count(handler.name, 'delivered');
      return undefined;
    } catch (error) {
      const label = labelOf(error);
      if (error instanceof PermanentFailure) {
        metrics.count(handler.name, 'refused');
        log.warn({ ...details, error: label }, 'An event was refused for good; it is dropped.');
        return undefined;
      }
      metrics.count(handler.name, 'failed');
      // Each doubling of the attempts, so that a long outage does not fill the log.
      if (Number.isInteger(Math.log2(attempts)))
        log.warn({ ...details, error: label }, 'An event could not be delivered yet.');
      return label;
    }
  }

  async #withinDeadline(handler: EventHandler, event: ClaimedEvent): Promise<void> {
    const { id, type, payload, occurredAt, attempt } = event;
    const deadline = Promise.withResolvers<never>();
    const timer = setTimeout(
      () => deadline.reject(new HandlerTimeout('The handler took too long.')),
      this.#parts.handlerDeadlineMs,
    );
    try {
      await Promise.race([handler.handle({ id, type, payload, occurredAt, attempt }), deadline.promise]);
    } finally {
      clearTimeout(timer);
    }
  }

  async #postpone(event: ClaimedEvent, done: string[], error: string): Promise<void> {
    const { outbox, clock } = this.#parts;
    const until = new Date(clock.now().getTime() + retryDelayMs(event.attempt, Math.random()));
    await this.#record(event, () => outbox.postpone(event, done, error, until));
  }

  async #giveUp(event: ClaimedEvent, done: string[], handler: string, error: string): Promise<void> {
    const { outbox, clock, log, metrics } = this.#parts;
    const { id, type, attempt: attempts } = event;
    if (!(await this.#record(event, () => outbox.giveUp(event, done, error, clock.now())))) return;
    metrics.count(handler, 'given_up');
    log.error({ event: id, type, handler, attempts, error }, 'An event was given up; an admin may retry it.');
  }

  /**
   * Stores an outcome, insisting while the database is away: a handler's work that is not recorded would be done
   * again. Answers whether the event was still ours.
   */
  async #record(event: ClaimedEvent, write: () => Promise<boolean>): Promise<boolean> {
    const { log, metrics, recordingPatienceMs } = this.#parts;
    const details = { event: event.id, type: event.type };
    let failingSince: number | undefined;
    for (;;) {
      try {
        if (await write()) return true;
        // After a lost answer this may be our own earlier write; nothing went wrong then.
        if (failingSince !== undefined) return false;
        metrics.count('none', 'lease_lost');
        log.warn(details, 'An event took longer than its lease; it may be delivered twice.');
        return false;
      } catch (error) {
        failingSince ??= performance.now();
        const waited = performance.now() - failingSince;
        if (!(error instanceof Unavailable) || waited >= recordingPatienceMs()) {
          log.error(
            { ...details, error: labelOf(error) },
            'An outcome could not be stored; the event will be delivered again.',
          );
          return false;
        }
        await pause(RECORDING_PAUSE_MS);
      }
    }
  }
}
