import fc from 'fast-check';

const SCHEMES = [
  'javascript',
  'javascript',
  'javascript',
  'vbscript',
  'data',
  'JaVaScRiPt',
  'livescript',
  'file',
  'blob',
  'view-source',
  'feed',
];

/** An address that runs something, hidden in the ways that browsers undo. */
const hostileAddress = fc
  .tuple(
    fc.constantFrom(...SCHEMES),
    fc.constantFrom(':', '&colon;', '&#58;', '&#x3a;', '&#0000058', '%3A', ':&#10;', '\\:', '\t:', '//:'),
    fc.constantFrom(
      'alert(1)',
      '//%0aalert(1)',
      'text/html,<script>alert(1)</script>',
      'text/html;base64,PHN2Zz4=',
      'image/svg+xml,<svg onload=alert(1)>',
    ),
    fc.constantFrom(
      '',
      ' ',
      '\t',
      '\n',
      '&Tab;',
      '&NewLine;',
      '&#x01;',
      '\u0001',
      '\u00a0',
      '&#14;',
      '\ufeff',
      '&nbsp;',
      '\0',
    ),
    fc.nat({ max: 9 }),
    fc.constantFrom('plain', 'decimal', 'hex', 'loose', 'percent'),
  )
  .map(([scheme, colon, rest, noise, at, encoding]) => {
    const place = Math.min(at, scheme.length);
    const noisy = scheme.slice(0, place) + noise + scheme.slice(place);
    const encode = {
      plain: (letter: string) => letter,
      decimal: (letter: string) => `&#${letter.charCodeAt(0)};`,
      hex: (letter: string) => `&#X${letter.charCodeAt(0).toString(16)};`,
      loose: (letter: string) => `&#00000${letter.charCodeAt(0)}`,
      percent: (letter: string) => `%${letter.charCodeAt(0).toString(16)}`,
    }[encoding];
    const hidden = encoding === 'plain' ? noisy : Array.from(scheme, encode).join('');
    return noise + hidden + colon + rest;
  });

const address = fc.oneof(
  hostileAddress,
  fc.constantFrom(
    'https://evil.example',
    '//evil.example',
    '/\\evil.example',
    '\\\\evil.example',
    'http:evil',
    'https:///evil.example',
    '#location',
    '#',
    '/local',
    'a b',
    'http://[',
    'relative:x',
    'http://a\tb',
  ),
);

const attribute = fc.oneof(
  fc.tuple(
    fc.constantFrom(
      'href',
      'src',
      'xlink:href',
      'action',
      'formaction',
      'data',
      'srcset',
      'background',
      'poster',
      'cite',
      'ping',
      'HREF',
      'srcdoc',
      'longdesc',
    ),
    address,
  ),
  fc.tuple(
    fc.constantFrom(
      'onerror',
      'onload',
      'onclick',
      'ONMOUSEOVER',
      'onfocus',
      'ontoggle',
      'onbegin',
      'on\nerror',
      'onanimationstart',
      'on',
      'onx',
    ),
    fc.constantFrom('alert(1)', 'alert&#40;1&#41;', '`alert(1)`'),
  ),
  fc.tuple(
    fc.constantFrom(
      'style',
      'STYLE',
      'class',
      'id',
      'name',
      'is',
      'slot',
      'form',
      'for',
      'target',
      'rel',
      'http-equiv',
      'content',
      'contenteditable',
      'tabindex',
      'autofocus',
      'accesskey',
      '__proto__',
      'constructor',
      'title',
      'alt',
      'type',
      'align',
      'dir',
      'lang',
      'xmlns',
      'attributeName',
      'values',
    ),
    fc.constantFrom(
      'background:url(javascript:alert(1))',
      'cookie',
      'location',
      'h-title',
      'fn-1',
      '\0x',
      '&#0;checkbox',
      'checkbox',
      '"><script>alert(1)</script>',
      "'><img src=x onerror=alert(1)>",
      '--><svg onload=alert(1)>',
      '</textarea><img src=x onerror=alert(1)>',
      'hljs',
      'submit',
      'text/html',
      'refresh',
      '',
    ),
  ),
);

const quoted = fc
  .tuple(attribute, fc.constantFrom('"', "'", '`', '', '""'))
  .map(([[name, value], quote]) => `${name}=${quote}${value}${quote}`);

const attributes = fc
  .array(quoted, { maxLength: 3 })
  .chain(list =>
    fc.constantFrom(' ', '/', '\t', '\n', '\f', ' / ', '').map(gap => list.map(text => gap + text).join('')),
  );

const name = fc.constantFrom(
  ...[
    'a',
    'img',
    'p',
    'div',
    'b',
    'i',
    'table',
    'tr',
    'td',
    'ul',
    'li',
    'h1',
    'pre',
    'code',
    'details',
    'input',
    'br',
  ],
  ...[
    'script',
    'SCRIPT',
    'scr\0ipt',
    'style',
    'iframe',
    'object',
    'embed',
    'form',
    'button',
    'textarea',
    'select',
    'option',
  ],
  ...[
    'svg',
    'math',
    'mtext',
    'mglyph',
    'malignmark',
    'annotation-xml',
    'foreignObject',
    'desc',
    'title',
    'use',
    'animate',
    'set',
  ],
  ...[
    'base',
    'meta',
    'link',
    'template',
    'noscript',
    'noembed',
    'noframes',
    'plaintext',
    'xmp',
    'frameset',
    'body',
    'html',
    'head',
  ],
  ...[
    'image',
    'video',
    'audio',
    'source',
    'marquee',
    'isindex',
    'keygen',
    'dialog',
    'portal',
    'x-y',
    'svg:script',
    'slot',
    'label',
  ],
);

const text = fc.oneof(
  fc.constantFrom(
    'text',
    'ünïcode 漢字',
    '&lt;script&gt;alert(1)&lt;/script&gt;',
    '&amp;lt;',
    '&',
    '<',
    '>',
    '"',
    '\u0000',
    '\ud800',
    '\u202e',
    '&#0;',
    '&#x0',
    '',
    ' ',
  ),
  fc.string({ unit: fc.constantFrom(...'<>"\'/=&;#x:!-[]()*_`~|\\ \n\t?%^'.split('')), maxLength: 12 }),
  fc.constantFrom(
    '<!--',
    '-->',
    '<!-->',
    '<!--->',
    '--!>',
    '<![CDATA[',
    ']]>',
    '<?xml',
    '?>',
    '<!DOCTYPE html>',
    '</',
    '<a',
    '</script',
    '<%',
    '<script/',
    '</p>',
    '</br>',
  ),
  fc.constantFrom(
    '<math><mtext><table><mglyph><style><!--</style><img title="--&gt;&lt;img src=1 onerror=alert(1)&gt;">',
    '<svg></p><style><a id="</style><img src=1 onerror=alert(1)>">',
    '<form><math><mtext></form><form><mglyph><style></math><img src onerror=alert(1)>',
    '<noscript><p title="</noscript><img src=x onerror=alert(1)>">',
    '<svg><desc><noembed><style></noembed></style><img src=x onerror=alert(1)>',
    '<select><template><style><!--</style><a rel="--></style></template></select><img id=x src onerror=alert(1)>">',
  ),
);

// What most often slips through: elements that are allowed, with what is not.
const almostAllowed = fc.oneof(
  fc
    .tuple(address, attributes, fc.constantFrom('"', "'", ''), text)
    .map(([target, written, quote, inner]) => `<a href=${quote}${target}${quote}${written}>${inner}</a>`),
  fc.tuple(address, attributes).map(([target, written]) => `<img src="${target}"${written}>`),
  attributes.map(written => `<input type=checkbox disabled${written}>`),
  fc
    .tuple(fc.constantFrom('p', 'h2', 'td', 'li', 'code', 'details'), attributes, text)
    .map(([element, written, inner]) => `<${element}${written}>${inner}</${element}>`),
);

/** Raw HTML that is broken in every way at once. */
const hostileHtml = fc.letrec<{ node: string; element: string }>(tie => ({
  node: fc.oneof({ maxDepth: 5 }, text, almostAllowed, { weight: 2, arbitrary: tie('element') }),
  element: fc
    .tuple(
      name,
      attributes,
      fc.array(tie('node'), { maxLength: 3 }),
      name,
      fc.constantFrom('right', 'right', 'none', 'wrong', 'loose', 'self', 'double'),
    )
    .map(([opened, written, inner, other, closing]) => {
      const start = `<${opened}${written}${closing === 'self' ? '/' : ''}>${inner.join('')}`;
      const end = {
        right: `</${opened}>`,
        none: '',
        self: '',
        wrong: `</${other}>`,
        loose: `</${opened} x="`,
        double: `</${opened}></${opened}>`,
      };
      return start + end[closing];
    }),
})).node;

const inline = fc.oneof(
  hostileHtml,
  fc.tuple(text, address, text).map(([label, target, title]) => `[${label}](${target} "${title}")`),
  fc.tuple(text, address).map(([label, target]) => `[${label}](<${target}>)`),
  fc.tuple(text, address).map(([label, target]) => `![${label}](${target})`),
  address.map(target => `<${target}>`),
  address.map(target => `[x][r]\n\n[r]: ${target}\n`),
  hostileHtml.map(html => `\`${html}\``),
  hostileHtml.map(html => `**${html}** ~~${html}~~`),
  fc.constantFrom('[x](#location)', 'www.evil.example', 'mail@evil.example', '[^1]', '^[note]', '\\<script>'),
);

/** Markdown whose every part is an attack, one within another. */
export const hostileMarkdown: fc.Arbitrary<string> = fc
  .array(
    fc.oneof(
      inline,
      inline.map(part => `# ${part}\n`),
      inline.map(part => `${part}\n===\n`),
      inline.map(part => `> ${part.replaceAll('\n', '\n> ')}\n`),
      inline.map(part => `- [x] ${part}\n- [ ] ${part}\n`),
      inline.map(part => `| ${part} | b |\n|:-:|---|\n| ${part} | c |\n`),
      inline.map(part => `\n[^1]: ${part}\n\n    ${part}\n`),
      fc.tuple(inline, inline).map(([info, code]) => `\`\`\`${info}\n${code}\n\`\`\`\n`),
      hostileHtml.map(html => `\`\`\`html\n${html}\n\`\`\`\n`),
      hostileHtml.map(html => `\n${html}\n\n`),
      inline.map(part => `    ${part}\n`),
    ),
    { minLength: 1, maxLength: 6 },
  )
  .map(parts => parts.join('\n'));
