import { headingId } from './headings.ts';
import { OURS } from './ours.ts';

const PREFIX = 'user-';
const WRITABLE = /^[^\s\p{C}]{1,100}$/u;

/**
 * The ids within one article. What somebody writes in raw HTML gets a prefix: an id is also a name in the page's
 * scripts, and could take the place of one that they use (DOM clobbering).
 */
export class Anchors {
  readonly #headings: ReadonlySet<string>;
  readonly #written = new Set<string>();

  constructor(headingIds: readonly string[]) {
    this.#headings = new Set(headingIds);
  }

  /** The id to put into the page; null where it is unusable, or taken by an element before. */
  id(written: string): string | null {
    if (written.startsWith(OURS)) return written.slice(OURS.length);
    if (!WRITABLE.test(written) || this.#written.has(written)) return null;
    this.#written.add(written);
    return PREFIX + written;
  }

  /** Where `#fragment` leads: to one of our ids, the heading with this text, or an id that somebody wrote. */
  fragment(written: string): string {
    if (written.startsWith(OURS)) return written.slice(OURS.length);
    const text = decoded(written);
    if (text === '' || this.#headings.has(text)) return written;
    const heading = headingId(text);
    return this.#headings.has(heading) ? heading : PREFIX + written;
  }
}

const decoded = (fragment: string): string => {
  try {
    return decodeURIComponent(fragment);
  } catch {
    return fragment;
  }
};
