import { parseDocument } from 'yaml';
import type { z } from 'zod';
import type { ReadText } from './project-text.ts';

/** A file that is what its shape says, or why it is not. */
export type Parsed<Value> =
  { readonly value: Value; readonly findings: readonly [] } | { readonly findings: readonly string[] };

/**
 * Reads a YAML file of which every key is known: a misspelt key is an unknown one. Keys that stand twice and merges
 * (`<<`) are treated as Compose treats them.
 */
export const readYaml = <Shape extends z.ZodType>(
  path: string,
  shape: Shape,
  read: ReadText,
): Parsed<z.infer<Shape>> => {
  const document = parseDocument(read(path), { merge: true, strict: true, uniqueKeys: true });
  const problems = [...document.errors, ...document.warnings];
  if (problems.length > 0) return { findings: problems.map(({ message }) => `${path}: ${message}`) };
  const result = shape.safeParse(document.toJS());
  if (result.success) return { value: result.data, findings: [] };
  return { findings: issuesOf(path, result.error) };
};

export const issuesOf = (path: string, error: z.ZodError): string[] =>
  error.issues.map(issue => `${path}: ${issue.path.join('.') || 'root'}: ${issue.message}`);
