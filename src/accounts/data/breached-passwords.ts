import { createHash } from 'node:crypto';
import { LRUCache } from 'lru-cache';
import type { BreachedPasswords } from '../services/password-lists.ts';

const DEADLINE_MS = 1_500;
const PREFIX_LENGTH = 5;

// A padded answer has about 1,000 rows, 40 kB; anything much larger is not an answer.
const LARGEST_ANSWER_BYTES = 512 * 1024;
const REMEMBERED_ANSWERS = 50;
const REMEMBERED_MS = 3_600_000;

export interface RangeApiOptions {
  /** Told why the service could not be asked; for a counter and a log line. Carries nothing of the password. */
  readonly onFailure?: (reason: string) => void;
  /** For one question, from connecting to the last byte. */
  readonly deadlineMs?: number;
}

/**
 * The range API of Have I Been Pwned, or a mirror of it. Five hexadecimal characters of the SHA-1 leave this
 * process, and the answer is padded, so neither the service nor a listener learns which password was asked for.
 * ASVS 5 6.2.12.
 */
export class RangeApiBreachedPasswords implements BreachedPasswords {
  readonly #base: string;
  readonly #deadlineMs: number;
  readonly #onFailure: (reason: string) => void;
  readonly #answers = new LRUCache<string, ReadonlySet<string>>({
    max: REMEMBERED_ANSWERS,
    ttl: REMEMBERED_MS,
  });

  /** `base` is what stands before `/range/`, for example `https://api.pwnedpasswords.com`. */
  constructor(base: string, { onFailure, deadlineMs }: RangeApiOptions = {}) {
    this.#base = base.replace(/\/+$/, '');
    this.#deadlineMs = deadlineMs ?? DEADLINE_MS;
    this.#onFailure = onFailure ?? (() => undefined);
  }

  async includes(password: string): Promise<boolean> {
    const digest = createHash('sha1').update(password).digest('hex').toUpperCase();
    const prefix = digest.slice(0, PREFIX_LENGTH);
    const suffixes = this.#answers.get(prefix) ?? (await this.#ask(prefix));
    if (suffixes === null) return false;
    this.#answers.set(prefix, suffixes);
    return suffixes.has(digest.slice(PREFIX_LENGTH));
  }

  async #ask(prefix: string): Promise<ReadonlySet<string> | null> {
    const signal = AbortSignal.timeout(this.#deadlineMs);
    try {
      return await this.#range(prefix, signal);
    } catch (error) {
      const unreachable = signal.aborted ? 'did not answer in time' : 'could not be reached';
      this.#onFailure(error instanceof UnusableAnswer ? error.message : unreachable);
      return null;
    }
  }

  async #range(prefix: string, signal: AbortSignal): Promise<ReadonlySet<string>> {
    const response = await fetch(`${this.#base}/range/${prefix}`, {
      headers: { 'Add-Padding': 'true', Accept: 'text/plain', 'User-Agent': 'daymark' },
      redirect: 'error',
      signal,
    });
    if (response.status !== 200) {
      await response.body?.cancel();
      throw new UnusableAnswer(`answered ${response.status}`);
    }
    return breachedSuffixes(await textOf(response));
  }
}

/** For installations that ask nobody: the common list has been asked already. */
export class NoBreachedPasswords implements BreachedPasswords {
  includes(): Promise<boolean> {
    return Promise.resolve(false);
  }
}

class UnusableAnswer extends Error {}

const textOf = async (response: Response): Promise<string> => {
  const body: ReadableStream<Uint8Array> | null = response.body;
  const decoder = new TextDecoder();
  let text = '';
  let bytes = 0;
  for await (const chunk of body ?? []) {
    bytes += chunk.byteLength;
    if (bytes > LARGEST_ANSWER_BYTES) throw new UnusableAnswer('answered too much');
    text += decoder.decode(chunk, { stream: true });
  }
  return text;
};

// One row is `SUFFIX:COUNT`. A count of zero marks the padding.
const breachedSuffixes = (text: string): ReadonlySet<string> => {
  const rows = text.trim().split(/\r?\n/);
  const parsed = rows.map(row => /^([0-9A-F]{35}):(\d+)$/i.exec(row.trim()));
  if (parsed.some(row => row === null)) throw new UnusableAnswer('answered something else than a range');
  return new Set(parsed.flatMap(row => (row && Number(row[2]) > 0 ? [(row[1] ?? '').toUpperCase()] : [])));
};
