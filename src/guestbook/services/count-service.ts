import type { Clock } from '../../shared/domain/clock.ts';
import type { PageId } from '../domain/ids.ts';
import type { GreetingCounts } from './greeting-counts.ts';
import type { PageName } from './guestbook-queries.ts';
import type { Pages } from './pages.ts';

const KNOWN_FOR_MS = 1_000;
const MOST = 10_000;

interface Known {
  readonly page: PageId;
  readonly until: number;
}

/**
 * How many greetings can be seen on a page. Whose page a name is, this process remembers for a second: a page that
 * everybody looks at costs the database nothing, and somebody who is banned or gone is so a second later at most.
 */
export class CountService {
  readonly #pages: Pages;
  readonly #counts: GreetingCounts;
  readonly #clock: Clock;
  readonly #known = new Map<string, Known>();

  constructor(pages: Pages, counts: GreetingCounts, clock: Clock) {
    this.#pages = pages;
    this.#counts = counts;
    this.#clock = clock;
  }

  /** @throws {UserNotFound} */
  async of(name: PageName): Promise<number> {
    return await this.#counts.of(await this.#pageNamed(name));
  }

  async #pageNamed(name: PageName): Promise<PageId> {
    if (name === 'site') return await this.#pages.named(name);
    const key = name.username.toLowerCase();
    const now = this.#clock.now().getTime();
    const known = this.#known.get(key);
    if (known && now < known.until && now >= known.until - KNOWN_FOR_MS) return known.page;
    const page = await this.#pages.named(name);
    this.#remember(key, { page, until: now + KNOWN_FOR_MS });
    return page;
  }

  #remember(key: string, known: Known): void {
    // The map keeps the order of insertion, so the first key is the oldest.
    this.#known.delete(key);
    const [oldest] = this.#known.keys();
    if (this.#known.size >= MOST && oldest !== undefined) this.#known.delete(oldest);
    this.#known.set(key, known);
  }
}
