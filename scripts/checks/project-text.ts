import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { projectRoot } from '../services/project.ts';

/** Reads a file of the project by its path from the root. Tests read a copy that has a mistake. */
export type ReadText = (path: string) => string;

export const projectText: ReadText = path => readFileSync(join(projectRoot, path), 'utf8');
