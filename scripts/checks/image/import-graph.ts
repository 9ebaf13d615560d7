import { posix } from 'node:path';
import type { ReadText } from '../project-text.ts';

export interface ImportGraph {
  /** Every file that is reached, the entries among them. */
  readonly files: ReadonlySet<string>;
  /** Packages by name, with one of the files that import each. */
  readonly packages: ReadonlyMap<string, string>;
  /** Files that are imported and not there, with who imports them. */
  readonly missing: ReadonlyMap<string, string>;
}

const IMPORT = /^(?:import|export)\s(?:[^'";]*?\sfrom\s)?'([^']+)'|\bimport\('([^']+)'\)/gm;

const packageOf = (name: string): string =>
  name
    .split('/')
    .slice(0, name.startsWith('@') ? 2 : 1)
    .join('/');

/** What is loaded from the entries on, at once or later. */
export const importGraph = (entries: readonly string[], read: ReadText): ImportGraph => {
  const files = new Set<string>();
  const packages = new Map<string, string>();
  const missing = new Map<string, string>();
  const visit = (file: string, importer: string): void => {
    if (files.has(file) || missing.has(file)) return;
    let text: string;
    try {
      text = read(file);
    } catch {
      missing.set(file, importer);
      return;
    }
    files.add(file);
    for (const [, atOnce, later] of text.matchAll(IMPORT)) {
      const name = atOnce ?? later ?? '';
      if (name.startsWith('.')) visit(posix.join(posix.dirname(file), name), file);
      else if (!name.startsWith('node:')) packages.set(packageOf(name), file);
    }
  };
  for (const entry of entries) visit(entry, 'an image');
  return { files, packages, missing };
};
