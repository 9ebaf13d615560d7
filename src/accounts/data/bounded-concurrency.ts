import { Unavailable } from '../../shared/domain/domain-error.ts';

export interface ConcurrencyBounds {
  /** How many tasks run at once. */
  readonly running: number;
  /** How many more may wait for their turn. */
  readonly waiting: number;
  /** How long one may wait before it is told that its turn will not come. */
  readonly longestWaitMs: number;
}

/** Runs so many tasks at once and keeps a bounded line behind them, first come, first served. */
export class BoundedConcurrency {
  readonly #what: string;
  readonly #bounds: ConcurrencyBounds;
  readonly #line = new Set<() => void>();
  #running = 0;

  /** `what` names the thing that is overloaded, for the error's sentence. */
  constructor(what: string, bounds: ConcurrencyBounds) {
    this.#what = what;
    this.#bounds = bounds;
  }

  /** @throws {Unavailable} when the line is full, or when the turn has not come in time; then `task` never runs. */
  async run<Result>(task: () => Promise<Result>): Promise<Result> {
    await this.#turn();
    try {
      return await task();
    } finally {
      this.#next();
    }
  }

  #turn(): Promise<void> {
    if (this.#running < this.#bounds.running) {
      this.#running += 1;
      return Promise.resolve();
    }
    if (this.#line.size >= this.#bounds.waiting) return Promise.reject(this.#overloaded());
    return new Promise((resolve, reject) => {
      const admit = () => {
        clearTimeout(timer);
        resolve();
      };
      const timer = setTimeout(() => {
        this.#line.delete(admit);
        reject(this.#overloaded());
      }, this.#bounds.longestWaitMs);
      this.#line.add(admit);
    });
  }

  // The place passes to the next in line without becoming free, so that a newcomer cannot slip in between.
  #next(): void {
    const [admit] = this.#line;
    if (!admit) {
      this.#running -= 1;
      return;
    }
    this.#line.delete(admit);
    admit();
  }

  #overloaded(): Unavailable {
    return new Unavailable(this.#what, { retryAfterSeconds: Math.ceil(this.#bounds.longestWaitMs / 1_000) });
  }
}
