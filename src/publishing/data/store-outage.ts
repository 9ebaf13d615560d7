import { Unavailable } from '../../shared/domain/domain-error.ts';

export interface StoreLog {
  error(details: object, message: string): void;
  info(message: string): void;
}

/**
 * Turns failures of the image store into `Unavailable`. The admin gets one line when it begins to fail, with what can
 * be done about it, and one when it works again.
 */
export class StoreOutage {
  readonly #log: StoreLog;
  readonly #adviceFor: (error: unknown) => string;
  #isOn = false;

  constructor(log: StoreLog, adviceFor: (error: unknown) => string) {
    this.#log = log;
    this.#adviceFor = adviceFor;
  }

  failed(error: unknown): Unavailable {
    if (!this.#isOn) this.#log.error({ err: error }, `the image store fails: ${this.#adviceFor(error)}`);
    this.#isOn = true;
    return unavailable(error);
  }

  worked(): void {
    if (this.#isOn) this.#log.info('the image store works again');
    this.#isOn = false;
  }
}

export const unavailable = (cause: unknown): Unavailable => new Unavailable('The image store', { cause });
