/** Forgets what has no more use. Every context brings its own; the worker calls them once an hour. */
export interface Housekeeping {
  /** @returns how many rows are gone. */
  tidy(now: Date): Promise<number>;
}
