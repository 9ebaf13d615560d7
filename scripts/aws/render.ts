import { type AwsConfiguration, InvalidDeployment, type Release } from './configuration.ts';
import { type Sources, templateOf } from './templates.ts';

export type Json = null | boolean | number | string | readonly Json[] | JsonObject;
export interface JsonObject {
  readonly [key: string]: Json;
}

/** What one command of the aws-cli will be given. Documents inside it, policies say, are objects still. */
export interface Rendered {
  readonly path: string;
  readonly service: string;
  readonly operation: string;
  readonly subject: string;
  readonly input: JsonObject;
}

type Value = string | number;

const PLACEHOLDER = /\$\{([A-Za-z][\w:./-]*)\}/g;

/** Knows every name, and keeps account of which ones were used. */
class Values {
  readonly problems: string[] = [];
  readonly #values: ReadonlyMap<string, Value>;
  readonly #parts: ReadonlyMap<string, string>;
  readonly #used = new Set<string>();

  constructor(values: ReadonlyMap<string, Value>, parts: ReadonlyMap<string, string>) {
    this.#values = values;
    this.#parts = parts;
  }

  value(name: string, place: string): Value {
    this.#used.add(name);
    const found = this.#values.get(name);
    if (found === undefined) this.problems.push(`${place}: \${${name}} is not in the configuration`);
    return found ?? '';
  }

  part(path: string, place: string): string {
    this.#used.add(path);
    const found = this.#parts.get(path);
    if (found === undefined) this.problems.push(`${place}: there is no ${path}`);
    return found ?? 'null';
  }

  unused(): string[] {
    return [...this.#values.keys(), ...this.#parts.keys()]
      .filter(name => !this.#used.has(name))
      .map(name => `${name} is used by no template`);
  }

  fill(text: string, place: string): string {
    return text.replaceAll(PLACEHOLDER, (_, name: string) => String(this.value(name, place)));
  }
}

const INCLUDED = /^\$\{file:([^}]+)\}$/;
const WHOLE = /^\$\{([A-Z][A-Z0-9_]*)\}$/;

const fillTree = (tree: Json, values: Values, place: string): Json => {
  if (typeof tree === 'string') return fillText(tree, values, place);
  if (Array.isArray(tree))
    return (tree as readonly Json[])
      .filter(item => isWanted(item, values, place))
      .map(item => fillTree(item, values, place));
  if (tree === null || typeof tree !== 'object') return tree;
  return Object.fromEntries(
    Object.entries(tree)
      .filter(([key]) => key !== 'when')
      .map(([key, value]) => [values.fill(key, place), fillTree(value, values, place)]),
  );
};

/** An item with `"when": "NAME"` is there only with that value, and not when it is `off`. */
const isWanted = (item: Json, values: Values, place: string): boolean => {
  const when = item !== null && typeof item === 'object' && 'when' in item ? item.when : undefined;
  return typeof when !== 'string' || !['', 'off'].includes(String(values.value(when, place)));
};

const fillText = (text: string, values: Values, place: string): Json => {
  const included = INCLUDED.exec(text)?.[1];
  if (included !== undefined) {
    const part = values.part(included, place);
    return included.endsWith('.json')
      ? fillTree(JSON.parse(part) as Json, values, included)
      : values.fill(part, included);
  }
  // A number stays one.
  const whole = WHOLE.exec(text)?.[1];
  return whole === undefined ? values.fill(text, place) : values.value(whole, place);
};

const namesOf = (fields: Readonly<Record<string, Value>>): [string, Value][] =>
  Object.entries(fields).map(([name, value]) => [name.toUpperCase(), value]);

/**
 * Every template with the values of one installation and one release.
 * @throws {InvalidDeployment} for names that are unknown, and for names that nothing uses.
 */
export const render = (
  sources: Sources,
  configuration: AwsConfiguration,
  release: Release,
): readonly Rendered[] => {
  const values = new Values(new Map([...namesOf(configuration), ...namesOf({ ...release })]), sources.parts);
  const rendered = [...sources.templates].map(([path, text]) => {
    const { service, operation, subject } = templateOf(path, text);
    let tree: Json = {};
    try {
      tree = JSON.parse(text) as Json;
    } catch (error) {
      values.problems.push(`${path}: ${(error as Error).message}`);
    }
    return { path, service, operation, subject, input: fillTree(tree, values, path) as JsonObject };
  });
  const problems = [...values.problems, ...values.unused()];
  if (problems.length > 0) throw new InvalidDeployment(problems);
  return rendered;
};

// What AWS takes as text, though it is JSON, and what it takes in base 64.
const AS_TEXT = ['AssumeRolePolicyDocument', 'PolicyDocument', 'Policy', 'lifecyclePolicyText'];
const AS_BASE64 = ['UserData'];

/** What goes to `--cli-input-json`. */
export const cliInput = (tree: Json): Json => {
  if (Array.isArray(tree)) return (tree as readonly Json[]).map(cliInput);
  if (tree === null || typeof tree !== 'object') return tree;
  return Object.fromEntries(
    Object.entries(tree as JsonObject).flatMap(([key, value]): [string, Json][] => {
      // The oldest region has no name there.
      if (key === 'CreateBucketConfiguration' && JSON.stringify(value).includes('us-east-1')) return [];
      if (AS_TEXT.includes(key) && typeof value === 'object') return [[key, JSON.stringify(value)]];
      if (AS_BASE64.includes(key) && typeof value === 'string')
        return [[key, Buffer.from(value).toString('base64')]];
      return [[key, cliInput(value)]];
    }),
  );
};
