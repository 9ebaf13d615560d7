import type { ZodType, z } from 'zod';
import { InvalidFields, type FieldError } from '../domain/domain-error.ts';

/** More would only help somebody who wants a large answer to a small request. */
const MOST_ERRORS = 50;

/** @throws {InvalidFields} with every refused field, each by its RFC 6901 pointer and a stable code. */
export const parseWith = <Out>(shape: ZodType<Out>, value: unknown): Out => {
  refuseBrokenText(value);
  const result = shape.safeParse(value);
  if (result.success) return result.data;
  throw new InvalidFields(
    result.error.issues.flatMap(issue => fieldErrorsOf(issue, value)).slice(0, MOST_ERRORS),
  );
};

/** As `parseWith`; without a shape nothing is accepted, or an object without fields. */
export const parsePart = (shape: ZodType | undefined, value: unknown): unknown => {
  if (shape) return parseWith(shape, value);
  if (value !== undefined) refuseContent(value);
  return undefined;
};

const refuseContent = (value: unknown): void => {
  if (typeof value !== 'object' || value === null || Array.isArray(value))
    throw new InvalidFields([{ pointer: '', code: 'wrong_type', detail: 'Must be a JSON object.' }]);
  const names = Object.keys(value).slice(0, MOST_ERRORS);
  if (names.length > 0) throw new InvalidFields(names.map(name => unknownField([name])));
};

const DEEPEST = 32;

/**
 * Text that no column and no log can hold, and nesting that would overflow a recursive reader.
 * Walks without recursion, because the value may be a bomb.
 */
const refuseBrokenText = (value: unknown): void => {
  if (typeof value !== 'object' || value === null) return;
  const pending: { node: object; path: readonly PropertyKey[] }[] = [{ node: value, path: [] }];
  for (let next = pending.pop(); next !== undefined; next = pending.pop()) {
    if (next.path.length > DEEPEST) throw refused(next.path.slice(0, 1), 'too_deep', 'Is nested too deeply.');
    for (const [key, child] of Object.entries(next.node) as [string, unknown][]) {
      refuseText(key, next.path);
      if (typeof child === 'string') refuseText(child, next.path, key);
      else if (typeof child === 'object' && child !== null)
        pending.push({ node: child, path: [...next.path, key] });
    }
  }
};

const refuseText = (text: string, path: readonly PropertyKey[], key?: string): void => {
  if (text.includes('\0'))
    throw refused(key === undefined ? path : [...path, key], 'null_byte', 'Must not contain a null byte.');
  if (!text.isWellFormed())
    throw refused(key === undefined ? path : [...path, key], 'invalid_unicode', 'Must be valid Unicode.');
};

const refused = (path: readonly PropertyKey[], code: string, detail: string): InvalidFields =>
  new InvalidFields([{ pointer: pointerTo(path), code, detail }]);

/** RFC 6901. */
const pointerTo = (path: readonly PropertyKey[]): string =>
  path.map(step => `/${String(step).replaceAll('~', '~0').replaceAll('/', '~1')}`).join('');

const unknownField = (path: readonly PropertyKey[]): FieldError => ({
  pointer: pointerTo(path),
  code: 'unknown_field',
  detail: 'This field is not known here.',
});

const fieldErrorsOf = (issue: z.core.$ZodIssue, whole: unknown): FieldError[] => {
  if (issue.code === 'unrecognized_keys') return issue.keys.map(key => unknownField([...issue.path, key]));
  const [code, detail] = meaningOf(issue, valueAt(whole, issue.path));
  return [{ pointer: pointerTo(issue.path), code, detail }];
};

const MISSING: readonly [string, string] = ['missing', 'This field is required.'];

const meaningOf = (issue: z.core.$ZodIssue, value: unknown): readonly [code: string, detail: string] => {
  switch (issue.code) {
    case 'invalid_type':
      return value === undefined ? MISSING : ['wrong_type', `Must be ${withArticle(issue.expected)}.`];
    case 'invalid_value':
      if (value === undefined) return MISSING;
      return ['invalid_format', `Must be one of: ${issue.values.map(String).join(', ')}.`];
    case 'invalid_union':
      if (value === undefined) return MISSING;
      return 'note' in issue
        ? ['invalid_format', 'Is not one of the known kinds.']
        : ['wrong_type', 'Has the wrong type.'];
    case 'too_big':
      return isCounted(issue.origin)
        ? ['too_long', `Must not be longer than ${issue.maximum}.`]
        : ['out_of_range', `Must not be more than ${issue.maximum}.`];
    case 'too_small':
      return isCounted(issue.origin)
        ? ['too_short', `Must not be shorter than ${issue.minimum}.`]
        : ['out_of_range', `Must not be less than ${issue.minimum}.`];
    case 'not_multiple_of':
      return ['out_of_range', `Must be a multiple of ${issue.divisor}.`];
    case 'invalid_format':
      return ['invalid_format', 'Does not have the right form.'];
    case 'invalid_key':
    case 'invalid_element':
      return ['invalid_format', 'Has a name or an element that is not valid.'];
    case 'custom':
      return [codeOf(issue), issue.message];
    case 'unrecognized_keys':
      return ['unknown_field', 'This field is not known here.'];
  }
};

/** The domain's own code, which `valueObjectField` put there. */
const codeOf = (issue: z.core.$ZodIssueCustom): string => {
  const code: unknown = issue.params?.code;
  return typeof code === 'string' ? code : 'invalid_format';
};

const isCounted = (origin: string): boolean =>
  origin === 'string' || origin === 'array' || origin === 'set' || origin === 'map' || origin === 'file';

const withArticle = (type: string): string => {
  if (type === 'int') return 'a whole number';
  if (type === 'object' || type === 'record') return 'a JSON object';
  return /^[aeiou]/.test(type) ? `an ${type}` : `a ${type}`;
};

const valueAt = (whole: unknown, path: readonly PropertyKey[]): unknown => {
  let value = whole;
  for (const step of path) {
    if (typeof value !== 'object' || value === null || !Object.hasOwn(value, step)) return undefined;
    value = (value as Record<PropertyKey, unknown>)[step];
  }
  return value;
};
