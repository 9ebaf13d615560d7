import type { Clock } from '../domain/clock.ts';
import type { Housekeeping } from './housekeeping.ts';

const HOUR_MS = 60 * 60 * 1000;

/** Calls every context's housekeeping once an hour. Several processes may do so side by side. */
export class HousekeepingRounds {
  readonly #tasks: readonly Housekeeping[];
  readonly #clock: Clock;
  readonly #onError: (error: unknown) => void;
  #timer: NodeJS.Timeout | undefined;

  constructor(tasks: readonly Housekeeping[], clock: Clock, onError: (error: unknown) => void) {
    this.#tasks = tasks;
    this.#clock = clock;
    this.#onError = onError;
  }

  start(): void {
    this.#timer ??= setInterval(() => void this.round(), HOUR_MS).unref();
  }

  stop(): void {
    clearInterval(this.#timer);
    this.#timer = undefined;
  }

  /** One round. A task that fails does not keep the others from theirs. */
  async round(): Promise<void> {
    for (const task of this.#tasks) await task.tidy(this.#clock.now()).catch(this.#onError);
  }
}
