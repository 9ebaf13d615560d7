const ENTITIES: readonly (readonly [character: string, entity: string])[] = [
  ['&', '&amp;'],
  ['<', '&lt;'],
  ['>', '&gt;'],
  ['"', '&quot;'],
];

const escaped = (text: string): string =>
  ENTITIES.reduce((all, [character, entity]) => all.replaceAll(character, entity), text);

const unescaped = (text: string): string =>
  ENTITIES.toReversed().reduce((all, [character, entity]) => all.replaceAll(entity, character), text);

/** What an element holds: text, further elements, or the same element several times. */
export type Content =
  string | number | boolean | undefined | readonly Content[] | { readonly [name: string]: Content };

export const element = (name: string, content: Content): string => {
  if (content === undefined) return '';
  if (Array.isArray(content)) return content.map((item: Content) => element(name, item)).join('');
  const inside =
    typeof content === 'object'
      ? Object.entries(content)
          .map(([inner, value]) => element(inner, value))
          .join('')
      : escaped(String(content));
  return `<${name}>${inside}</${name}>`;
};

export const documentOf = (name: string, content: Content): string =>
  `<?xml version="1.0" encoding="UTF-8"?>\n${element(name, content).replace(
    `<${name}>`,
    `<${name} xmlns="http://s3.amazonaws.com/doc/2006-03-01/">`,
  )}`;

/** The insides of all elements of a name, as they stand. */
export const elementsOf = (name: string, xml: string): readonly string[] =>
  [...xml.matchAll(new RegExp(`<${name}(?:\\s[^>]*)?>([\\s\\S]*?)</${name}>`, 'g'))].map(
    ([, inside = '']) => inside,
  );

export const textOf = (name: string, xml: string): string | undefined => {
  const [inside] = elementsOf(name, xml);
  return inside === undefined ? undefined : unescaped(inside.trim());
};
