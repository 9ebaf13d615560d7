import { spawn, type ChildProcess } from 'node:child_process';
import { constants } from 'node:os';
import type { Readable } from 'node:stream';
import { guard } from './lifeline.ts';
import { projectRoot } from './project.ts';

const SIGNALS = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;
const REPEAT_MS = 1_000;

export const exitCodeOf = (signal: NodeJS.Signals): number => 128 + constants.signals[signal];

/**
 * Runs commands one after another on behalf of this process: signals reach the one that runs, and none outlives us.
 * After the first signal `interrupted` holds the exit code, and nothing new should be begun.
 */
export class Foreground {
  interrupted: number | null = null;
  #child: ChildProcess | null = null;
  #lastSignal = 0;

  // A terminal gives Ctrl-C to everybody in its foreground; a child that got it there must not get it twice.
  readonly #sharesTerminal = process.stdin.isTTY;

  constructor() {
    for (const signal of SIGNALS) process.on(signal, () => this.#receive(signal));
  }

  /** The exit code of the command, in the way of shells: 128 and more for a signal. `onOutput` takes its output over. */
  async run(
    command: readonly string[],
    environment: NodeJS.ProcessEnv,
    onOutput?: (output: Readable) => void,
  ): Promise<number> {
    if (this.interrupted !== null) return this.interrupted;
    const [program = '', ...words] = command;
    const child = spawn(program, words, {
      cwd: projectRoot,
      env: environment,
      detached: !this.#sharesTerminal,
      stdio: ['inherit', onOutput ? 'pipe' : 'inherit', 'inherit'],
    });
    this.#child = child;
    if (child.stdout) onOutput?.(child.stdout);
    const callOff = child.pid === undefined ? () => undefined : guard(child.pid, 'TERM');
    try {
      return await new Promise<number>((resolve, reject) => {
        child.once('error', reject);
        child.once('close', (code, signal) => resolve(signal === null ? (code ?? 1) : exitCodeOf(signal)));
      });
    } finally {
      callOff();
      this.#child = null;
    }
  }

  #receive(signal: NodeJS.Signals): void {
    this.interrupted ??= exitCodeOf(signal);
    // One request to stop often arrives twice, from make and from the terminal or `timeout` behind it.
    const repeated = Date.now() - this.#lastSignal < REPEAT_MS;
    this.#lastSignal = Date.now();
    if (repeated || (signal === 'SIGINT' && this.#sharesTerminal)) return;
    this.#child?.kill(signal);
  }
}
