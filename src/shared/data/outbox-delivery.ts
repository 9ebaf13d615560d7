import type { Clock } from '../domain/clock.ts';
import type { EventHandler } from '../services/event-handler.ts';
import { labelOf } from './error-label.ts';
import { EventDelivery, type DeliveryLog } from './event-delivery.ts';
import { Outbox, type ClaimedEvent, type GivenUpEvent } from './outbox.ts';
import type { OutboxMetrics } from './outbox-metrics.ts';
import type { Sql } from './postgres.ts';

export interface OutboxDeliveryParts {
  readonly sql: Sql;
  readonly handlers: readonly EventHandler[];
  readonly clock: Clock;
  readonly log: DeliveryLog;
  readonly metrics: OutboxMetrics;
  readonly settings?: Partial<DeliverySettings>;
}

export interface DeliverySettings {
  readonly pollMs: number;
  /** Must stay well below the lease of two minutes. */
  readonly handlerDeadlineMs: number;
  /** How many events of one type this process handles at the same time. */
  readonly lane: number;
  /** How long `stop` waits for a database that is away, to store what is already done. */
  readonly lastRecordingMs: number;
}

const SETTINGS: DeliverySettings = {
  pollMs: 1_000,
  handlerDeadlineMs: 60_000,
  lane: 5,
  lastRecordingMs: 5_000,
};

const HOUSEKEEPING_MS = 15_000;
/**
 * During a rolling deployment an old worker meets events of the next version and leaves them to it. What no build has
 * tried for this long has no handler any more.
 */
const UNKNOWN_KEPT_MS = 24 * 60 * 60_000;

/**
 * Delivers the outbox: each event to each of its handlers at least once, also across restarts and outages, by any
 * number of processes side by side. Failures are retried for about three days, then kept for an admin.
 */
export class OutboxDelivery {
  readonly #outbox: Outbox;
  readonly #types: readonly string[];
  readonly #clock: Clock;
  readonly #log: DeliveryLog;
  readonly #metrics: OutboxMetrics;
  readonly #settings: DeliverySettings;
  readonly #delivery: EventDelivery;
  readonly #inFlight = new Map<string, { readonly type: string; readonly ended: Promise<void> }>();
  #loop: Promise<void> | null = null;
  #stopping = false;
  #woken = false;
  #endPause: () => void = () => undefined;
  /** At the last claim a lane had no room for all that is due. */
  #moreMayWait = false;
  #outage = false;
  #lastHousekeeping = -Infinity;

  constructor({ sql, handlers, clock, log, metrics, settings }: OutboxDeliveryParts) {
    if (new Set(handlers.map(handler => handler.name)).size < handlers.length)
      throw new TypeError('Two event handlers have the same name.');
    this.#outbox = new Outbox(sql);
    this.#types = [...new Set(handlers.map(handler => handler.eventType))];
    this.#clock = clock;
    this.#log = log;
    this.#metrics = metrics;
    this.#settings = { ...SETTINGS, ...settings };
    this.#delivery = new EventDelivery({
      outbox: this.#outbox,
      ...{ handlers, clock, log, metrics },
      handlerDeadlineMs: this.#settings.handlerDeadlineMs,
      recordingPatienceMs: () => (this.#loop && !this.#stopping ? Infinity : this.#settings.lastRecordingMs),
    });
  }

  /** Delivers from now on, in the background, until `stop`. */
  start(): void {
    if (!this.#stopping) this.#loop ??= this.#run();
  }

  /** Something was just committed: look at once instead of at the next poll. Costs nothing to call. */
  wake(): void {
    this.#woken = true;
    this.#endPause();
  }

  /**
   * One pass: claims what is due, as far as there is room, and waits until it is handled. Call until 0.
   * @throws {Unavailable} when the database is down
   */
  async deliverDue(): Promise<number> {
    if (this.#stopping) return 0;
    await this.#housekeep();
    const events = await this.#claim();
    await Promise.all(events.map(event => this.#inFlight.get(event.id)?.ended ?? Promise.resolve()));
    return events.length;
  }

  /** Takes no more, and resolves when everything in flight is handled and recorded. */
  async stop(): Promise<void> {
    this.#stopping = true;
    this.wake();
    await this.#loop;
    await Promise.all([...this.#inFlight.values()].map(delivery => delivery.ended));
  }

  /** For admins: the events no further attempt is made for, the newest first. */
  async listGivenUp(): Promise<GivenUpEvent[]> {
    return this.#outbox.listGivenUp();
  }

  /** Delivers a given-up event again, with all its attempts before it. Answers whether there was one. */
  async retry(id: string): Promise<boolean> {
    const found = await this.#outbox.retry(id, this.#clock.now());
    if (found) this.wake();
    return found;
  }

  /** Delivers everything that a restore has held. Answers how much there was. */
  async retryHeld(): Promise<number> {
    const count = await this.#outbox.retryHeld(this.#clock.now());
    if (count > 0) this.wake();
    return count;
  }

  async #run(): Promise<void> {
    while (!this.#stopping) {
      this.#woken = false;
      await this.#turn();
      await this.#pause();
    }
  }

  async #turn(): Promise<void> {
    try {
      await this.#claim();
      if (this.#clock.now().getTime() - this.#lastHousekeeping >= HOUSEKEEPING_MS) await this.#housekeep();
      if (this.#outage) this.#log.info({}, 'The outbox is being delivered again.');
      this.#outage = false;
    } catch (error) {
      if (!this.#outage)
        this.#log.error({ error: labelOf(error) }, 'The outbox cannot be read; still trying.');
      this.#outage = true;
    }
  }

  async #pause(): Promise<void> {
    if (this.#woken) return;
    await new Promise<void>(resolve => {
      const timer = setTimeout(resolve, this.#settings.pollMs);
      this.#endPause = () => {
        clearTimeout(timer);
        resolve();
      };
    });
  }

  async #claim(): Promise<ClaimedEvent[]> {
    const lanes = this.#types
      .map(type => ({ type, free: this.#roomFor(type) }))
      .filter(lane => lane.free > 0);
    // Outcomes that wait for the database to come back are still in flight here, whatever became of their leases.
    const events =
      lanes.length > 0 ? await this.#outbox.claim(lanes, [...this.#inFlight.keys()], this.#clock.now()) : [];
    for (const event of events) this.#begin(event);
    const filled = lanes.filter(
      lane => events.filter(event => event.type === lane.type).length === lane.free,
    );
    this.#moreMayWait = filled.length > 0 || lanes.length < this.#types.length;
    // Room that was made during the claim.
    if (filled.some(lane => this.#roomFor(lane.type) > 0)) this.wake();
    return events;
  }

  #roomFor(type: string): number {
    const underWay = [...this.#inFlight.values()].filter(delivery => delivery.type === type);
    return this.#settings.lane - underWay.length;
  }

  #begin(event: ClaimedEvent): void {
    const ended = this.#delivery
      .deliver(event)
      .catch((error: unknown) => {
        this.#log.error({ event: event.id, error: labelOf(error) }, 'A delivery broke off.');
      })
      .finally(() => {
        this.#inFlight.delete(event.id);
        if (this.#moreMayWait) this.wake();
      });
    this.#inFlight.set(event.id, { type: event.type, ended });
  }

  async #housekeep(): Promise<void> {
    const now = this.#clock.now();
    const discarded = await this.#outbox.discardUnknown(
      this.#types,
      new Date(now.getTime() - UNKNOWN_KEPT_MS),
    );
    discarded.forEach(() => this.#metrics.count('none', 'no_handler'));
    if (discarded.length > 0)
      this.#log.warn(
        { types: [...new Set(discarded)], events: discarded.length },
        'Events without a handler were deleted.',
      );
    this.#metrics.backlog(await this.#outbox.backlog(this.#types, now));
    this.#lastHousekeeping = now.getTime();
  }
}
