/** Whether a value may stay in an attribute as it is. */
type Allowed = (value: string) => boolean;

const anything: Allowed = () => true;
const matching =
  (pattern: RegExp): Allowed =>
  value =>
    pattern.test(value);

const TEXT = { title: anything, lang: matching(/^[a-z\d-]{1,35}$/i), dir: matching(/^(ltr|rtl|auto)$/i) };
const ALIGNED = { ...TEXT, align: matching(/^(left|center|right)$/i) };
const span = matching(/^[1-9]\d?$/);
const CELL = { ...ALIGNED, colspan: span, rowspan: span };
const length = matching(/^\d{1,4}%?$/);

/**
 * Every element that an article may have, with its attributes; whatever is not here is taken out. Ids, classes,
 * addresses and checkboxes have rules of their own, in `sanitise.ts`.
 */
export const ALLOWED_HTML: Readonly<Record<string, Readonly<Record<string, Allowed>>>> = {
  ...each('h1 h2 h3 h4 h5 h6 p div', ALIGNED),
  ...each(
    'blockquote pre ul dl dt dd section figure figcaption summary table thead tbody tfoot tr caption',
    TEXT,
  ),
  ...each(
    'em strong b i u s del ins mark small sub sup code kbd samp var abbr dfn cite q span ruby rt rp bdi',
    TEXT,
  ),
  ...each('br hr wbr input', {}),
  a: TEXT,
  img: { ...TEXT, alt: anything, width: length, height: length },
  ol: { ...TEXT, start: matching(/^-?\d{1,9}$/), reversed: anything, type: matching(/^[1aAiI]$/) },
  li: TEXT,
  th: { ...CELL, scope: matching(/^(row|col)(group)?$/) },
  td: CELL,
  time: { ...TEXT, datetime: matching(/^[\w:.+ -]{1,40}$/) },
  details: { ...TEXT, open: anything },
};

/** Elements whose content is no text of the article: it goes with them. */
export const WITHOUT_CONTENT: readonly string[] = [
  ...['script', 'style', 'template', 'noscript', 'iframe', 'noembed', 'noframes', 'plaintext', 'xmp'],
  ...['title', 'textarea', 'select', 'option', 'object', 'applet', 'svg', 'math', 'audio', 'video'],
];

/** Ours alone; with others somebody could dress up an article as part of the page around it. */
export const ALLOWED_CLASS =
  /^(?:hljs(?:-[\w-]+)?|[a-z]+_{1,2}|language-[\w+#.-]{1,40}|footnotes|footnote-(?:ref|backref)|task-list(?:-item)?)$/;

function each(
  names: string,
  attributes: Readonly<Record<string, Allowed>>,
): Record<string, typeof attributes> {
  return Object.fromEntries(names.split(' ').map(name => [name, attributes]));
}
