// What browsers and servers take; also keeps the work on each one small.
const LONGEST = 4_000;
const SAFE = ['http:', 'https:', 'mailto:'];
const AS_BROWSERS_READ_IT = /^(?:https?:\/\/[^/]|mailto:|\/(?!\/)|[^/:?#]+(?:[/?#]|$)|[?#]|$)/i;
const CONTROL_SPACE_OR_BACKSLASH = /[\0-\x20\x7f\\]/;

export interface SafeAddress {
  readonly href: string;
  /** Leads to somebody else's site. */
  readonly isOutside: boolean;
}

/**
 * Reads an address as a browser does, and refuses everything but http, https, mailto and what is relative to a page of
 * ours; null then. What a browser would read differently than a person (`/\host`, `//host`, line breaks within) is
 * written out. The first of `origins` is where the page itself is.
 */
export const safeAddress = (written: string, origins: readonly string[]): SafeAddress | null => {
  if (written.length > LONGEST) return null;
  const url = URL.parse(written, origins[0]);
  if (url === null || !SAFE.includes(url.protocol)) return null;
  const isPlain = AS_BROWSERS_READ_IT.test(written) && !CONTROL_SPACE_OR_BACKSLASH.test(written);
  return {
    href: isPlain ? written : url.href,
    isOutside: url.protocol !== 'mailto:' && !origins.includes(url.origin),
  };
};
