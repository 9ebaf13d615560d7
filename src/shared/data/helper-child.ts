import { fork, type ChildProcess } from 'node:child_process';
import type { Socket } from 'node:net';
import { fileURLToPath } from 'node:url';
import { Unavailable } from '../domain/domain-error.ts';
import { HelperDied, HelperJobFailed, HelperTimedOut } from './helper-errors.ts';
import type { HelperMessage } from './helper-messages.ts';

export interface HelperChildOptions {
  readonly program: URL;
  /** For the sentence of `Unavailable`. */
  readonly what: string;
  readonly environment: Readonly<Record<string, string>>;
  readonly nodeOptions: readonly string[];
  readonly onDeath: (reason: string) => void;
}

// Loading a program takes well under a second; a machine that is out of breath takes longer.
const START_DEADLINE_MS = 10_000;
const INHERITED = ['PATH', 'HOME', 'TMPDIR', 'NODE_COMPILE_CACHE', 'TZ', 'LANG'];
const KEPT_OF_STDERR = 2_000;

/** One child process, which does one job at a time. Once it is gone it stays gone. */
export class HelperChild<Job, Result> {
  readonly #what: string;
  readonly #onDeath: (reason: string) => void;
  readonly #process: ChildProcess;
  readonly #starting: NodeJS.Timeout;
  readonly #ready = Promise.withResolvers<undefined>();
  readonly #ended = Promise.withResolvers<undefined>();
  #answer: PromiseWithResolvers<Result> | null = null;
  #isReady = false;
  #isGone = false;
  #complaint = '';

  constructor({ program, what, environment, nodeOptions, onDeath }: HelperChildOptions) {
    this.#what = what;
    this.#onDeath = onDeath;
    this.#process = fork(fileURLToPath(program), [], {
      serialization: 'advanced',
      execArgv: [...nodeOptions],
      env: { ...inherited(), ...environment },
      stdio: ['ignore', 'ignore', 'pipe', 'ipc'],
      // Out of our process group, so that a Ctrl-C in the terminal does not reach it while it loads.
      detached: true,
    })
      .on('message', message => this.#hear(message as HelperMessage<Result>))
      .on('error', error => {
        this.#fail(new HelperDied(error.message));
        if (this.#process.pid === undefined) this.#ended.resolve(undefined);
      })
      .on('close', (code, signal) => {
        this.#fail(new HelperDied(signal ? `signal ${signal}` : `exit code ${code ?? 'unknown'}`, signal));
        this.#ended.resolve(undefined);
      });
    this.#process.stderr?.setEncoding('utf8').on('data', (text: string) => this.#keep(text));
    this.#starting = setTimeout(() => this.#fail(new HelperDied('it did not start')), START_DEADLINE_MS);
    // Nobody may be listening when it fails.
    this.#ready.promise.catch(() => undefined);
    this.#holdParent(false);
  }

  get isGone(): boolean {
    return this.#isGone;
  }

  /**
   * The deadline counts from when the program is loaded.
   * @throws {HelperTimedOut} @throws {HelperDied} @throws {HelperJobFailed}
   * @throws {Unavailable} when the program does not start, which is not the job's fault.
   */
  async run(job: Job, deadlineMs: number): Promise<Result> {
    this.#holdParent(true);
    try {
      await this.#ready.promise;
      return await this.#send(job, deadlineMs);
    } finally {
      this.#holdParent(false);
    }
  }

  /** Ends it, whatever it is doing. Resolves when it is gone. */
  letGo(): Promise<void> {
    this.#leave(new HelperDied('it was let go'));
    // Whoever waits for this must not come to its own end before.
    this.#holdParent(true);
    return this.#ended.promise;
  }

  async #send(job: Job, deadlineMs: number): Promise<Result> {
    const answer = Promise.withResolvers<Result>();
    const deadline = setTimeout(() => this.#fail(new HelperTimedOut(deadlineMs)), deadlineMs);
    this.#answer = answer;
    try {
      // A failure to deliver is followed by the end of the process; a job that cannot be copied is refused here.
      this.#process.send(job as object, () => undefined);
      return await answer.promise;
    } finally {
      clearTimeout(deadline);
      this.#answer = null;
    }
  }

  #hear(message: HelperMessage<Result>): void {
    if (message.kind === 'ready') {
      clearTimeout(this.#starting);
      this.#isReady = true;
      this.#ready.resolve(undefined);
    } else if (message.kind === 'result') this.#answer?.resolve(message.result);
    else this.#answer?.reject(new HelperJobFailed(message.name, message.message, message.code));
  }

  #fail(error: HelperDied | HelperTimedOut): void {
    if (this.#isGone) return;
    this.#leave(error);
    this.#onDeath([error.message, this.#complaint].filter(text => text !== '').join('\n'));
  }

  #leave(error: Error): void {
    this.#isGone = true;
    clearTimeout(this.#starting);
    this.#ready.reject(new Unavailable(this.#what, { cause: error }));
    this.#answer?.reject(error);
    this.#process.kill('SIGKILL');
  }

  // What it says while it loads is about the program. Later it could quote what somebody wrote.
  #keep(text: string): void {
    if (!this.#isReady) this.#complaint = (this.#complaint + text).slice(0, KEPT_OF_STDERR);
  }

  // Only a job that somebody waits for keeps the parent alive.
  #holdParent(hold: boolean): void {
    const change = hold ? 'ref' : 'unref';
    this.#process[change]();
    this.#process.channel?.[change]();
    (this.#process.stderr as Socket | null)?.[change]();
  }
}

const inherited = (): NodeJS.ProcessEnv =>
  Object.fromEntries(
    INHERITED.filter(name => process.env[name] !== undefined).map(name => [name, process.env[name]]),
  );
