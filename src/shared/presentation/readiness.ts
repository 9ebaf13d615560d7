import { ProtocolError } from './problem.ts';

/** Something without which the service cannot answer. */
export interface ReadinessCheck {
  /** Short and stable, for example `postgres`; shown to anybody who asks. */
  readonly name: string;
  /** Resolves while the thing answers; throws, or takes longer than a second, when it does not. */
  ping(): Promise<void>;
}

export interface ReadinessTiming {
  /** Milliseconds, from any origin. */
  readonly now: () => number;
  readonly deadlineMs: number;
  /** Every load balancer asks, so one round of pings serves all who ask within this time. */
  readonly freshMs: number;
}

const TIMING: ReadinessTiming = { now: () => performance.now(), deadlineMs: 1_000, freshMs: 500 };

/** Asks every check at once and remembers the outcome for a moment. */
export class Readiness {
  readonly #checks: readonly ReadinessCheck[];
  readonly #isDraining: () => boolean;
  readonly #timing: ReadinessTiming;
  #failing: Promise<readonly string[]> | undefined;
  #askedAt = 0;

  constructor(
    checks: readonly ReadinessCheck[],
    isDraining: () => boolean,
    timing: Partial<ReadinessTiming> = {},
  ) {
    this.#checks = checks;
    this.#isDraining = isDraining;
    this.#timing = { ...TIMING, ...timing };
  }

  /** @throws {ProtocolError} 503 `draining`, or `not_ready` with the names of what fails. */
  async require(): Promise<void> {
    if (this.#isDraining())
      throw new ProtocolError(503, 'draining', 'This process is about to stop.', { headers: RETRY });
    const failing = await this.#current();
    if (failing.length > 0)
      throw new ProtocolError(503, 'not_ready', `Not answering: ${failing.join(', ')}.`, {
        headers: RETRY,
        members: { failing },
      });
  }

  #current(): Promise<readonly string[]> {
    const { now, freshMs, deadlineMs } = this.#timing;
    if (this.#failing === undefined || now() - this.#askedAt > freshMs) {
      this.#askedAt = now();
      this.#failing = Promise.all(this.#checks.map(check => failsNow(check, deadlineMs))).then(outcomes =>
        outcomes.filter(name => name !== undefined),
      );
    }
    return this.#failing;
  }
}

const RETRY = ['Retry-After', '1'];

const failsNow = async (check: ReadinessCheck, deadlineMs: number): Promise<string | undefined> => {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<string>(resolve => {
    timer = setTimeout(() => resolve(check.name), deadlineMs);
  });
  const answer = (async () => {
    await check.ping();
    return undefined;
  })().catch(() => check.name);
  try {
    return await Promise.race([answer, late]);
  } finally {
    clearTimeout(timer);
  }
};
