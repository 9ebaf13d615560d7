import { Unavailable } from '../domain/domain-error.ts';
import { HelperChild } from './helper-child.ts';

export interface HelperOptions {
  /** A file that calls `serveJobs`. */
  readonly program: URL;
  /** How long one job may take once its turn has come. */
  readonly deadlineMs: number;
  /** How many jobs may wait while all processes are busy. */
  readonly mostWaiting: number;
  /** How long one may wait for its turn; unbounded if absent. */
  readonly longestWaitMs?: number;
  /** For the sentence of `Unavailable`. */
  readonly what?: string;
  /** How many children there may be at once. */
  readonly processes?: number;
  /** An idle child is let go after this long, and its memory with it. */
  readonly idleMs?: number;
  /** All that the children see of our environment, beside what every program needs. */
  readonly environment?: Readonly<Record<string, string>>;
  readonly nodeOptions?: readonly string[];
  /** Told of every child that ends without having been let go, jobs over their deadline included. */
  readonly onDeath?: (reason: string) => void;
}

interface Waiting<Job, Result> {
  readonly job: Job;
  readonly answer: PromiseWithResolvers<Result>;
  readonly timer: NodeJS.Timeout | undefined;
}

/**
 * Does what may take very long, or take its process with it, in processes of its own: one job at a time each, the
 * others in a bounded line. Children are started when they are needed. They hold none of our secrets.
 */
export class HelperProcess<Job, Result> {
  readonly #options: HelperOptions;
  readonly #what: string;
  readonly #most: number;
  readonly #idleMs: number;
  readonly #idle = new Map<HelperChild<Job, Result>, NodeJS.Timeout>();
  readonly #busy = new Map<HelperChild<Job, Result>, Promise<void>>();
  readonly #line: Waiting<Job, Result>[] = [];
  #isClosed = false;

  constructor(options: HelperOptions) {
    this.#options = options;
    this.#what = options.what ?? 'This work';
    this.#most = options.processes ?? 1;
    this.#idleMs = options.idleMs ?? 30_000;
  }

  /**
   * @throws {HelperTimedOut} @throws {HelperDied} when the job killed its process.
   * @throws {HelperJobFailed} with what the program threw.
   * @throws {Unavailable} when too many are waiting, the program does not start, or this is closed.
   */
  run(job: Job): Promise<Result> {
    const answer = Promise.withResolvers<Result>();
    if (this.#isClosed) answer.reject(this.#unavailable());
    else if (this.#busy.size < this.#most) this.#begin(job, answer);
    else if (this.#line.length < this.#options.mostWaiting) this.#queue(job, answer);
    else answer.reject(this.#unavailable());
    return answer.promise;
  }

  /** Refuses what waits, and ends the children once the jobs under way are done or over their deadline. */
  async close(): Promise<void> {
    this.#isClosed = true;
    for (const { answer, timer } of this.#line.splice(0)) {
      clearTimeout(timer);
      answer.reject(this.#unavailable());
    }
    await Promise.all(this.#busy.values());
    await Promise.all([...this.#idle.keys()].map(child => this.#letGo(child)));
  }

  #begin(job: Job, answer: PromiseWithResolvers<Result>): void {
    let child: HelperChild<Job, Result>;
    try {
      child = this.#takeChild();
    } catch (error) {
      // The machine has no process left for us.
      answer.reject(this.#unavailable(error));
      return;
    }
    const done = child
      .run(job, this.#options.deadlineMs)
      .then(answer.resolve, answer.reject)
      .then(() => this.#putBack(child));
    this.#busy.set(child, done);
  }

  #queue(job: Job, answer: PromiseWithResolvers<Result>): void {
    const { longestWaitMs } = this.#options;
    const giveUp = () => {
      this.#line.splice(this.#line.indexOf(waiting), 1);
      answer.reject(this.#unavailable());
    };
    const timer = longestWaitMs === undefined ? undefined : setTimeout(giveUp, longestWaitMs);
    const waiting = { job, answer, timer };
    this.#line.push(waiting);
  }

  // The one that rested last, so that the others can become old enough to be let go.
  #takeChild(): HelperChild<Job, Result> {
    for (const [child, timer] of [...this.#idle].reverse()) {
      clearTimeout(timer);
      this.#idle.delete(child);
      if (!child.isGone) return child;
    }
    const { program, environment = {}, nodeOptions = [], onDeath = () => undefined } = this.#options;
    return new HelperChild({ program, what: this.#what, environment, nodeOptions, onDeath });
  }

  #putBack(child: HelperChild<Job, Result>): void {
    this.#busy.delete(child);
    if (!child.isGone) {
      const timer = setTimeout(() => void this.#letGo(child), this.#idleMs).unref();
      this.#idle.set(child, timer);
    }
    const next = this.#line.shift();
    if (!next) return;
    clearTimeout(next.timer);
    this.#begin(next.job, next.answer);
  }

  #letGo(child: HelperChild<Job, Result>): Promise<void> {
    clearTimeout(this.#idle.get(child));
    this.#idle.delete(child);
    return child.letGo();
  }

  #unavailable(cause?: unknown): Unavailable {
    return new Unavailable(this.#what, { cause });
  }
}
