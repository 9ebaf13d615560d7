import { z } from 'zod';
import { DomainError, InvalidFields } from '../../../../src/shared/domain/domain-error.ts';
import { parsePart, parseWith } from '../../../../src/shared/presentation/parse.ts';
import { valueObjectField } from '../../../../src/shared/presentation/value-object-field.ts';

const colour = (text: string): string => {
  if (text === 'bug') throw new TypeError('a mistake of ours');
  if (text !== 'red') throw new DomainError('invalid', 'colour_unknown', 'There is only red.');
  return 'RED';
};

const shape = z.strictObject({
  text: z.string().max(3),
  many: z.array(z.string()).min(1).max(2),
  count: z.number().int().multipleOf(2).min(2),
  kind: z.enum(['a', 'b']),
  either: z.union([z.string(), z.number()]),
  mail: z.email(),
  tagged: z.discriminatedUnion('type', [z.strictObject({ type: z.literal('x') })]),
  colour: valueObjectField(colour, { description: 'A colour.' }),
  names: z.record(z.string().max(2), z.number()).optional(),
});

const good = {
  text: 'abc',
  many: ['a'],
  count: 4,
  kind: 'a',
  either: 1,
  mail: 'a@b.org',
  tagged: { type: 'x' },
  colour: 'red',
};

const refusals = (run: () => unknown): (readonly [pointer: string, code: string])[] => {
  try {
    run();
  } catch (error) {
    if (error instanceof InvalidFields)
      return error.errors.map(({ pointer, code }) => [pointer, code] as const);
    throw error;
  }
  return [];
};
const codesFor = (changes: object) => refusals(() => parseWith(shape, { ...good, ...changes }));

test('a good value is parsed into what its fields mean', () => {
  expect(parseWith(shape, good)).toEqual({ ...good, colour: 'RED' });
});

test.each<[object, string, string]>([
  [{ text: undefined }, '/text', 'missing'],
  [{ kind: undefined }, '/kind', 'missing'],
  [{ either: undefined }, '/either', 'missing'],
  [{ text: null }, '/text', 'wrong_type'],
  [{ text: 1 }, '/text', 'wrong_type'],
  [{ count: 2.5 }, '/count', 'wrong_type'],
  [{ either: true }, '/either', 'wrong_type'],
  [{ text: 'abcd' }, '/text', 'too_long'],
  [{ many: ['a', 'b', 'c'] }, '/many', 'too_long'],
  [{ many: [] }, '/many', 'too_short'],
  [{ many: ['a', 2] }, '/many/1', 'wrong_type'],
  [{ count: 0 }, '/count', 'out_of_range'],
  [{ count: 5 }, '/count', 'out_of_range'],
  [{ kind: 'c' }, '/kind', 'invalid_format'],
  [{ mail: 'nobody' }, '/mail', 'invalid_format'],
  [{ tagged: { type: 'y' } }, '/tagged/type', 'invalid_format'],
  [{ tagged: { type: 'x', 'a/b~c': 1 } }, '/tagged/a~1b~0c', 'unknown_field'],
  [{ colour: 'blue' }, '/colour', 'colour_unknown'],
  [{ names: { abc: 1 } }, '/names/abc', 'invalid_format'],
  [JSON.parse('{"__proto__":{"admin":true}}') as object, '/__proto__', 'unknown_field'],
  [{ constructor: 1 }, '/constructor', 'unknown_field'],
  [{ many: ['a\0'] }, '/many/0', 'null_byte'],
  [{ names: { 'a\0': 1 } }, '/names', 'null_byte'],
  [{ text: '\udc00' }, '/text', 'invalid_unicode'],
])('%j is refused at %s as %s', (changes, pointer, code) => {
  const value: object = Object.hasOwn(changes, '__proto__')
    ? (JSON.parse(`{"__proto__":1,${JSON.stringify(good).slice(1)}`) as object)
    : { ...good, ...changes };

  expect(refusals(() => parseWith(shape, value))).toEqual([[pointer, code]]);
});

test('all refused fields are told together', () => {
  expect(codesFor({ text: 1, colour: 'blue', extra: 1 })).toEqual([
    ['/text', 'wrong_type'],
    ['/colour', 'colour_unknown'],
    ['/extra', 'unknown_field'],
  ]);
});

test.each([[null], [[]], ['text'], [7]])('%j is no object', value => {
  expect(refusals(() => parseWith(shape, value))).toEqual([['', 'wrong_type']]);
  expect(refusals(() => parsePart(undefined, value))).toEqual([['', 'wrong_type']]);
});

test('nothing and an empty object are accepted where nothing belongs, and their content is dropped', () => {
  expect(parsePart(undefined, undefined)).toBeUndefined();
  expect(parsePart(undefined, {})).toBeUndefined();
  expect(refusals(() => parsePart(undefined, { a: 1 }))).toEqual([['/a', 'unknown_field']]);
});

test('a nesting bomb is refused even where anything may stand', () => {
  const bomb: unknown = JSON.parse(`${'['.repeat(40_000)}${']'.repeat(40_000)}`);

  expect(refusals(() => parseWith(z.object({ any: z.json() }), { any: bomb }))).toEqual([
    ['/any', 'too_deep'],
  ]);
});

test('no detail quotes what was sent', () => {
  const secret = 'hunter2-hunter2';
  const messages: string[] = [];
  for (const field of Object.keys(good))
    try {
      parseWith(shape, { ...good, [field]: secret });
    } catch (error) {
      messages.push(JSON.stringify(error instanceof InvalidFields ? error.errors : error));
    }

  expect(messages.length).toBeGreaterThan(5);
  expect(messages.join('')).not.toContain(secret);
});

test('a mistake of ours in a value object is not blamed on the client', () => {
  expect(() => parseWith(shape, { ...good, colour: 'bug' })).toThrow(TypeError);
});
