import { createHmac, randomBytes } from 'node:crypto';
import { availableParallelism } from 'node:os';
import { hash, verify } from '@node-rs/argon2';
import type { PasswordHasher } from '../services/password-hasher.ts';
import { BoundedConcurrency, type ConcurrencyBounds } from './bounded-concurrency.ts';

/** The cost of one hash (RFC 9106). `memoryKib` is in KiB, `passes` is t, `lanes` is p. */
export interface Argon2Parameters {
  readonly memoryKib: number;
  readonly passes: number;
  readonly lanes: number;
}

// What OWASP's password storage sheet recommends: the least memory of its equal choices.
const RECOMMENDED: Argon2Parameters = { memoryKib: 19_456, passes: 2, lanes: 1 };

// About four times today's cost: room to be raised, while a stored text that somebody tampered with cannot eat the
// machine. `work` is memory times passes.
const LARGEST = { memoryKib: 65_536, passes: 16, lanes: 4, work: 160_000 };

const SALT_BYTES = 16;
const DIGEST_BYTES = 32;

/** Why a stored hash cannot be checked. The log line names it; the person only learns that nothing matched. */
export type UnreadableHash = 'not_a_hash' | 'parameters_out_of_bounds' | 'pepper_unknown';

export interface Argon2Options {
  readonly parameters?: Argon2Parameters;
  readonly concurrency?: ConcurrencyBounds;
  readonly onUnreadable?: (reason: UnreadableHash) => void;
}

/**
 * NFKC, then HMAC-SHA256 with a secret pepper, then argon2id: a dump of the database alone can be attacked by nobody.
 * What is stored is `pepper=VERSION` followed by the PHC string of argon2.
 */
export class Argon2PasswordHasher implements PasswordHasher {
  readonly #peppers: ReadonlyMap<number, string>;
  readonly #currentPepper: number;
  readonly #parameters: Argon2Parameters;
  readonly #work: BoundedConcurrency;
  readonly #onUnreadable: (reason: UnreadableHash) => void;
  // Nobody knows a password for it: its digest is random, and checking one against it costs what any check costs.
  readonly #nobodys: string;

  /** `peppers` are `VERSION:SECRET`; the highest version makes new hashes, all are accepted. */
  constructor(peppers: readonly string[], options: Argon2Options = {}) {
    this.#peppers = new Map(peppers.map(versionAndSecret));
    if (this.#peppers.size !== peppers.length || peppers.length === 0)
      throw new Error('The password hasher needs peppers, each with a version of its own.');
    this.#currentPepper = Math.max(...this.#peppers.keys());
    this.#parameters = options.parameters ?? RECOMMENDED;
    if (!isBearable(this.#parameters)) throw new Error('The cost of a password hash is out of bounds.');
    this.#work = new BoundedConcurrency('Checking passwords', options.concurrency ?? hashingBounds());
    this.#onUnreadable = options.onUnreadable ?? (() => undefined);
    this.#nobodys = phc(this.#parameters, randomBytes(SALT_BYTES), randomBytes(DIGEST_BYTES));
  }

  async hash(password: string): Promise<string> {
    const { memoryKib, passes, lanes } = this.#parameters;
    const peppered = this.#pepper(password, this.#currentPepper);
    // Argon2id, version 19 and a random salt of 16 bytes are the package's own choices.
    const encoded = await this.#work.run(() =>
      hash(peppered, {
        memoryCost: memoryKib,
        timeCost: passes,
        parallelism: lanes,
        outputLen: DIGEST_BYTES,
      }),
    );
    return `pepper=${this.#currentPepper}${encoded}`;
  }

  async verify(password: string, stored: string): Promise<{ matches: boolean; stale: boolean }> {
    const read = this.#read(stored);
    if (typeof read === 'string') {
      this.#onUnreadable(read);
      await this.verifyNothing(password);
      return { matches: false, stale: false };
    }
    const matches = await this.#matches(password, read.pepper, read.encoded);
    return {
      matches,
      stale: read.pepper !== this.#currentPepper || !same(read.parameters, this.#parameters),
    };
  }

  async verifyNothing(password: string): Promise<void> {
    await this.#matches(password, this.#currentPepper, this.#nobodys);
  }

  #matches(password: string, pepper: number, encoded: string): Promise<boolean> {
    const peppered = this.#pepper(password, pepper);
    return this.#work.run(() => verify(encoded, peppered));
  }

  // As text, because the package verifies nothing but UTF-8.
  #pepper(password: string, version: number): string {
    const secret = this.#peppers.get(version) ?? '';
    return createHmac('sha256', secret).update(password.normalize('NFKC')).digest('base64');
  }

  #read(stored: string): ReadHash | UnreadableHash {
    const [, version, encoded, ...costs] = STORED.exec(stored) ?? [];
    if (version === undefined || encoded === undefined) return 'not_a_hash';
    const [memoryKib = 0, passes = 0, lanes = 0] = costs.map(Number);
    const parameters = { memoryKib, passes, lanes };
    if (!isBearable(parameters)) return 'parameters_out_of_bounds';
    if (!this.#peppers.has(Number(version))) return 'pepper_unknown';
    return { pepper: Number(version), encoded, parameters };
  }
}

interface ReadHash {
  readonly pepper: number;
  readonly encoded: string;
  readonly parameters: Argon2Parameters;
}

const STORED =
  /^pepper=(\d{1,4})(\$argon2id\$v=19\$m=(\d{1,7}),t=(\d{1,3}),p=(\d{1,3})\$[A-Za-z0-9+/]{22}\$[A-Za-z0-9+/]{43})$/;

const base64 = (bytes: Buffer): string => bytes.toString('base64').replace(/=+$/, '');

const phc = ({ memoryKib, passes, lanes }: Argon2Parameters, salt: Buffer, digest: Buffer): string =>
  `$argon2id$v=19$m=${memoryKib},t=${passes},p=${lanes}$${base64(salt)}$${base64(digest)}`;

const versionAndSecret = (pepper: string): [number, string] => {
  const colon = pepper.indexOf(':');
  return [Number(pepper.slice(0, colon)), pepper.slice(colon + 1)];
};

const same = (one: Argon2Parameters, other: Argon2Parameters): boolean =>
  one.memoryKib === other.memoryKib && one.passes === other.passes && one.lanes === other.lanes;

// RFC 9106 wants at least 8 KiB a lane.
const isBearable = ({ memoryKib, passes, lanes }: Argon2Parameters): boolean =>
  lanes >= 1 &&
  lanes <= LARGEST.lanes &&
  passes >= 1 &&
  passes <= LARGEST.passes &&
  memoryKib >= 8 * lanes &&
  memoryKib <= LARGEST.memoryKib &&
  memoryKib * passes <= LARGEST.work;

/**
 * Hashes run on libuv's threads (4 unless UV_THREADPOOL_SIZE says otherwise), which files and name lookups need too;
 * one thread is left for them. A hash may cost up to 80 ms, so 32 in line for each place wait at most 2.6 s; whoever
 * would wait longer than 3 s is better told to come back.
 */
export const hashingBounds = (
  cores = availableParallelism(),
  threads = Number(process.env.UV_THREADPOOL_SIZE ?? 4) || 4,
): ConcurrencyBounds => {
  const running = Math.max(1, Math.min(cores, threads - 1));
  return { running, waiting: 32 * running, longestWaitMs: 3_000 };
};
