import { newId } from '../../shared/services/new-id.ts';
import type { ArticleId } from '../domain/ids.ts';
import { Slug, type Transliterate } from '../domain/slug.ts';
import { SlugClaim } from '../domain/slug-claim.ts';
import type { ArticleWork } from './publishing-work.ts';

const FIRST_BATCH = 10;
const LARGEST_BATCH = 1_000;

/** Finds a text its slug, and a slug its place among those that are taken. */
export class SlugClaims {
  readonly #transliterate: Transliterate;

  constructor(transliterate: Transliterate) {
    this.#transliterate = transliterate;
  }

  slugOf(text: string): Slug {
    return Slug.from(text, this.#transliterate, shortId);
  }

  /**
   * The first of `slug`, `slug-2`, `slug-3` that leads to no other article and never did; one that this article had
   * before is its own. Numbers of two slugs may still meet (`a-2` is also the second `a`): then the commit fails with
   * `SlugTaken`.
   */
  async claim(work: ArticleWork, wanted: Slug, articleId: ArticleId): Promise<Slug> {
    await work.slugs.hold(wanted);
    // Not one by one: a title such as "Untitled" may be taken a thousand times.
    for (let from = 1, size = FIRST_BATCH; ; from += size, size = Math.min(size * 10, LARGEST_BATCH)) {
      const candidates = Array.from({ length: size }, (_, index) => wanted.numbered(from + index));
      const claimed = await work.slugs.claimed(candidates);
      const free = candidates.find(({ value }) => (claimed.get(value) ?? articleId) === articleId);
      if (!free) continue;
      if (!claimed.has(free.value)) work.slugs.add(SlugClaim.of(free, articleId));
      return free;
    }
  }
}

/** Ten random hexadecimal digits: the end of a UUIDv7. */
const shortId = (): string => newId().slice(-10);
