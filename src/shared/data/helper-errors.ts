/** The job took longer than it may. Its process was killed. */
export class HelperTimedOut extends Error {
  constructor(deadlineMs: number) {
    super(`The helper process was over its deadline of ${deadlineMs} ms.`);
    this.name = 'HelperTimedOut';
  }
}

/** The process ended while it was at the job. */
export class HelperDied extends Error {
  /** What ended it, where that was a signal. V8 aborts (`SIGABRT`) when its heap is full. */
  readonly signal: NodeJS.Signals | null;

  constructor(reason: string, signal: NodeJS.Signals | null = null) {
    super(`The helper process ended: ${reason}.`);
    this.name = 'HelperDied';
    this.signal = signal;
  }
}

/** What the program threw at this job, with its name and message. The process goes on. */
export class HelperJobFailed extends Error {
  readonly code: string | null;

  constructor(name: string, message: string, code: string | null) {
    super(message);
    this.name = name || 'HelperJobFailed';
    this.code = code;
  }
}
