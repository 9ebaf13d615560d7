import { createClient, ErrorReply } from 'redis';
import { Unavailable } from '../domain/domain-error.ts';
import { beforeDeadline } from './deadline.ts';

const COMMAND_DEADLINE_MS = 500;

export type RedisClient = ReturnType<typeof clientFor>;

// The client's own `timeout` stops counting once a command has been written, so a Redis that accepts bytes and never
// answers would hang a request for ever; `Redis.run` holds the deadline instead. Pings notice a dead peer while idle.
const clientFor = (url: string) =>
  createClient({
    url,
    RESP: 2,
    disableOfflineQueue: true,
    pingInterval: 1_000,
    commandOptions: { timeout: 0 },
    socket: {
      connectTimeout: 1_000,
      socketTimeout: 3_000,
      // Jitter keeps many replicas from reconnecting in step.
      reconnectStrategy: retries =>
        Math.min(50 * 2 ** Math.min(retries, 5), 1_000) * (0.5 + Math.random() / 2),
    },
  });

export interface RedisListeners {
  readonly onDown?: (error: Error) => void;
  readonly onUp?: () => void;
}

/**
 * The connection to Redis. Every command goes through `run`, which answers or fails within 500 ms whatever Redis does;
 * a lost connection is made again in the background.
 */
export class Redis {
  readonly client: RedisClient;

  constructor(url: string, { onDown, onUp }: RedisListeners = {}) {
    this.client = clientFor(url);
    // The client reports every failed attempt; one line per outage is enough.
    let isDown = false;
    this.client.on('error', (error: Error) => {
      if (!isDown) onDown?.(error);
      isDown = true;
    });
    this.client.on('ready', () => {
      isDown = false;
      onUp?.();
    });
  }

  /** Starts connecting and returns at once: a process may start while Redis is down, and heals when it appears. */
  connect(): void {
    this.client.connect().catch(() => undefined);
  }

  /** Resolves when the first connection stands, or after `deadlineMs`; for start-up and tests. */
  async ready(deadlineMs = 1_000): Promise<void> {
    if (this.client.isReady) return;
    await new Promise<void>(resolve => {
      const timer = setTimeout(resolve, deadlineMs);
      this.client.once('ready', () => {
        clearTimeout(timer);
        resolve();
      });
    });
  }

  /** @throws {Unavailable} when Redis is down, too slow, or refuses to write (out of memory, disk full). */
  async run<Result>(command: (client: RedisClient) => Promise<Result>): Promise<Result> {
    try {
      return await beforeDeadline(COMMAND_DEADLINE_MS, command(this.client));
    } catch (error) {
      throw isRedisBug(error) ? error : new Unavailable('The session store', { cause: error });
    }
  }

  /** @throws {Unavailable} when Redis does not answer. */
  async ping(): Promise<void> {
    await this.run(client => client.ping());
  }

  close(): void {
    // A connection that is still being made is unknown to `destroy`, and would keep the process alive for seconds.
    this.client.once('connect', () => this.client.destroy());
    if (this.client.isOpen) this.client.destroy();
  }
}

// A reply such as WRONGTYPE or a script error is our own mistake; these prefixes say that the server is unwell.
const UNWELL = /^(OOM|MISCONF|LOADING|BUSY|READONLY|MASTERDOWN|CLUSTERDOWN|NOREPLICAS|TRYAGAIN)/;

const isRedisBug = (error: unknown): boolean =>
  error instanceof TypeError || (error instanceof ErrorReply && !UNWELL.test(error.message));
