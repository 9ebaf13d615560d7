import {
  defaultTreeAdapter as tree,
  html as spec,
  parseFragment,
  serialize,
  type DefaultTreeAdapterTypes,
} from 'parse5';

// Written down apart from the product's own list, so that a mistake there is not repeated here.
const ELEMENTS = new Set(
  (
    'a abbr b bdi blockquote br caption cite code dd del details dfn div dl dt em figcaption figure h1 h2 h3 h4 h5 h6 hr ' +
    'i img input ins kbd li mark ol p pre q rp rt ruby s samp section small span strong sub summary sup table tbody td ' +
    'tfoot th thead time tr u ul var wbr'
  ).split(' '),
);
const ATTRIBUTES =
  /^(align|alt|checked|class|colspan|datetime|decoding|dir|disabled|height|href|id|lang|loading|open|rel|reversed|rowspan|scope|src|start|title|type|width)$/;
const ID = /^(h|fn|fnref|user)-\S+$/;
// Where the HTML is put, and whether scripts run there: a browser parses it differently.
const PLACES = [
  ['div', true],
  ['div', false],
  ['td', true],
  ['p', true],
] as const;
const BASE = 'https://day.example/articles/some-slug';

type Node = DefaultTreeAdapterTypes.Node;
type Element = DefaultTreeAdapterTypes.Element;

/** Everything about `html` that could hurt whoever opens it in a browser, and nothing where it is safe. */
export const dangersIn = (html: string): readonly string[] => {
  if (html.includes('\0')) return ['a null character'];
  return PLACES.flatMap(([place, scriptingEnabled]) => {
    const parse = (text: string) =>
      parseFragment(tree.createElement(place, spec.NS.HTML, []), text, { scriptingEnabled });
    // What a script writes back into a page is parsed again, and may become something else (mutation XSS).
    const first = parse(html);
    const second = parse(serialize(first));
    const third = parse(serialize(second));
    return [first, second, third].flatMap((root, times) =>
      dangersBelow(root).map(danger => `${danger} (in ${place}, parsed ${times + 1} times)`),
    );
  });
};

/** All elements of a piece of HTML as a browser builds them, in order. */
export const elementsOf = (html: string): readonly Element[] => elementsBelow(parseFragment(html));

export const attributeOf = (element: Element, name: string): string | null =>
  element.attrs.find(attribute => attribute.name === name)?.value ?? null;

/** What can be read of it. */
export const textOf = (html: string): string => {
  const texts = (node: Node): string =>
    tree.isTextNode(node) ? node.value : 'childNodes' in node ? node.childNodes.map(texts).join('') : '';
  return texts(parseFragment(html));
};

const elementsBelow = (node: Node): Element[] =>
  'childNodes' in node
    ? node.childNodes.flatMap(child => (tree.isElementNode(child) ? [child, ...elementsBelow(child)] : []))
    : [];

const dangersBelow = (root: Node): string[] => {
  const found: string[] = [];
  const visit = (node: Node): void => {
    if (tree.isCommentNode(node)) found.push('a comment');
    if (tree.isElementNode(node)) found.push(...dangersOf(node));
    if ('childNodes' in node) node.childNodes.forEach(visit);
  };
  visit(root);
  return found;
};

const dangersOf = (element: Element): string[] => {
  const { tagName, namespaceURI, attrs } = element;
  if (namespaceURI !== spec.NS.HTML) return [`<${tagName}> of ${namespaceURI}`];
  if (!ELEMENTS.has(tagName)) return [`<${tagName}>`];
  const found = attrs.flatMap(({ name, value }) => {
    if (!ATTRIBUTES.test(name)) return [`${name}="${value}"`];
    if (name === 'id' && !ID.test(value)) return [`id="${value}"`];
    return (name === 'href' || name === 'src') && !isSafeAddress(value) ? [`${name}="${value}"`] : [];
  });
  const isCheckbox = attributeOf(element, 'type') === 'checkbox' && attributeOf(element, 'disabled') !== null;
  if (tagName === 'input' && !isCheckbox) found.push('a form control');
  if (tagName === 'a' && leadsOutside(element) && attributeOf(element, 'rel') !== 'noopener noreferrer')
    found.push('an outside link without rel');
  return found;
};

const isSafeAddress = (value: string): boolean => {
  const url = URL.parse(value, BASE);
  return url !== null && ['http:', 'https:', 'mailto:'].includes(url.protocol);
};

const leadsOutside = (element: Element): boolean => {
  const url = URL.parse(attributeOf(element, 'href') ?? '', BASE);
  return url !== null && url.protocol !== 'mailto:' && url.origin !== new URL(BASE).origin;
};
