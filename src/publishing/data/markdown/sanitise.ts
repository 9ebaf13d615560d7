import sanitizeHtml from 'sanitize-html';
import { ALLOWED_CLASS, ALLOWED_HTML, WITHOUT_CONTENT } from './allowed-html.ts';
import type { Anchors } from './anchors.ts';
import { safeAddress } from './links.ts';
import { OURS } from './ours.ts';

export interface Surroundings {
  /** Ours, the page's own first. */
  readonly origins: readonly string[];
  readonly anchors: Anchors;
}

type Attributes = Record<string, string>;

// Far deeper than anything that can be read, and less than what browsers take.
const DEEPEST = 200;
const WITH_RULES_OF_THEIR_OWN = {
  a: ['href', 'rel'],
  img: ['src', 'loading', 'decoding'],
  input: ['type', 'checked', 'disabled'],
};
// An empty name is never allowed, so the element is taken out.
const GONE = { tagName: '', attribs: {} };

/**
 * Takes out everything that is not on the list. The attributes are chosen here; the library then checks elements,
 * attributes and schemes once more and writes the HTML anew.
 */
export const sanitise = (html: string, surroundings: Surroundings): string =>
  sanitizeHtml(html, {
    allowedTags: Object.keys(ALLOWED_HTML),
    allowedAttributes: LISTED_ATTRIBUTES,
    nonTextTags: [...WITHOUT_CONTENT],
    allowedSchemes: ['http', 'https', 'mailto'],
    allowProtocolRelative: false,
    nestingLimit: DEEPEST,
    transformTags: {
      '*': (tagName, attribs) => {
        const allowed = ALLOWED_HTML[tagName];
        if (!allowed) return { tagName, attribs: {} };
        const own = ownRules(tagName, attribs, surroundings);
        if (!own) return GONE;
        return { tagName, attribs: { ...plainAttributes(tagName, attribs, surroundings.anchors), ...own } };
      },
    },
  });

const LISTED_ATTRIBUTES = Object.fromEntries(
  Object.entries(ALLOWED_HTML).map(([element, attributes]) => [
    element,
    [
      'id',
      'class',
      ...Object.keys(attributes),
      ...((WITH_RULES_OF_THEIR_OWN as Record<string, string[]>)[element] ?? []),
    ],
  ]),
);

const plainAttributes = (element: string, written: Attributes, anchors: Anchors): Attributes => {
  const kept: Attributes = {};
  for (const [name, isAllowed] of Object.entries(ALLOWED_HTML[element] ?? {})) {
    const value = written[name];
    if (value !== undefined && isAllowed(value)) kept[name] = value;
  }
  const id = written.id === undefined ? null : anchors.id(written.id);
  if (id !== null) kept.id = id;
  const classes = written.class?.split(/\s+/).filter(name => ALLOWED_CLASS.test(name)) ?? [];
  if (classes.length > 0) kept.class = classes.join(' ');
  return kept;
};

/** Null where the element makes no sense without what was refused. */
const ownRules = (element: string, written: Attributes, surroundings: Surroundings): Attributes | null => {
  if (element === 'a') return linkAttributes(written.href, surroundings);
  if (element === 'img') return imageAttributes(written.src, surroundings.origins);
  if (element === 'input') return checkboxAttributes(written);
  return {};
};

const linkAttributes = (written: string | undefined, { origins, anchors }: Surroundings): Attributes => {
  if (written === undefined) return {};
  if (written.startsWith('#')) return { href: `#${anchors.fragment(written.slice(1))}` };
  const address = safeAddress(written, origins);
  if (!address) return {};
  return address.isOutside ? { href: address.href, rel: 'noopener noreferrer' } : { href: address.href };
};

const imageAttributes = (written: string | undefined, origins: readonly string[]): Attributes | null => {
  const address = written === undefined ? null : safeAddress(written, origins);
  if (!address || /^mailto:/i.test(address.href)) return null;
  return { src: address.href, loading: 'lazy', decoding: 'async' };
};

const checkboxAttributes = ({ type, checked }: Attributes): Attributes | null => {
  if (type !== `${OURS}checkbox`) return null;
  return { type: 'checkbox', ...(checked === undefined ? {} : { checked: '' }), disabled: '' };
};
