import { connect } from 'node:net';

/** What one connection sends, over and over, and what it makes of the answers. */
export interface Script {
  /** The next request, whole. */
  readonly request: () => string;
  /** Null when the answer is as it must be, else what is wrong with it. `head` is the status line and the headers. */
  readonly check: (status: number, head: string) => string | null;
}

export interface Load {
  readonly requests: number;
  readonly seconds: number;
  readonly latenciesMs: readonly number[];
  /** How often each thing went wrong. */
  readonly failures: ReadonlyMap<string, number>;
}

/**
 * One keep-alive connection. Written on a plain socket because the box that drives also serves: a full HTTP client
 * costs as much as the server it loads. It finishes what it has begun, so that no refresh is cut off half way.
 */
class Connection {
  readonly #script: Script;
  readonly #until: number;
  readonly #latenciesMs: number[];
  readonly #fail: (reason: string) => void;
  readonly #now: () => number;
  #received: Buffer = Buffer.alloc(0);
  #sentAt = 0;

  constructor(
    script: Script,
    until: number,
    latenciesMs: number[],
    fail: (reason: string) => void,
    now: () => number,
  ) {
    this.#script = script;
    this.#until = until;
    this.#latenciesMs = latenciesMs;
    this.#fail = fail;
    this.#now = now;
  }

  /** One request after another until the time is over; the last one is still answered. */
  run(port: number): Promise<void> {
    return new Promise(resolve => {
      const socket = connect({ port, host: '127.0.0.1', noDelay: true });
      let finished = false;
      const send = (): void => {
        this.#sentAt = this.#now();
        socket.write(this.#script.request(), 'latin1');
      };
      socket.on('connect', send);
      socket.on('data', (chunk: Buffer) => {
        if (!this.#isWhole(chunk)) return;
        if (this.#now() < this.#until) send();
        else {
          finished = true;
          socket.destroy();
        }
      });
      socket.on('error', error => this.#fail(error.message));
      socket.on('close', () => {
        if (!finished) this.#fail('the connection was closed');
        resolve();
      });
    });
  }

  #isWhole(chunk: Buffer): boolean {
    this.#received = this.#received.length === 0 ? chunk : Buffer.concat([this.#received, chunk]);
    const end = this.#received.indexOf('\r\n\r\n');
    if (end === -1) return false;
    const head = this.#received.toString('latin1', 0, end);
    const length = /\r\ncontent-length: *(\d+)/i.exec(head)?.[1];
    if (length === undefined) throw new Error(`An answer without a length:\n${head}`);
    if (this.#received.length < end + 4 + Number(length)) return false;
    this.#received = Buffer.alloc(0);
    this.#latenciesMs.push(this.#now() - this.#sentAt);
    const wrong = this.#script.check(Number(head.slice(9, 12)), head);
    if (wrong !== null) this.#fail(wrong);
    return true;
  }
}

/** Runs each script on a connection of its own, all at once. `now` counts milliseconds. */
export const drive = async (
  port: number,
  seconds: number,
  scripts: readonly Script[],
  now: () => number = () => performance.now(),
): Promise<Load> => {
  const latenciesMs: number[] = [];
  const failures = new Map<string, number>();
  const fail = (reason: string): void => void failures.set(reason, (failures.get(reason) ?? 0) + 1);
  const start = now();
  const until = start + seconds * 1_000;
  await Promise.all(scripts.map(script => new Connection(script, until, latenciesMs, fail, now).run(port)));
  const took = (now() - start) / 1_000;
  return { requests: latenciesMs.length, seconds: took, latenciesMs, failures };
};
