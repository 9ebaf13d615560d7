import { join } from 'node:path';
import { projectRoot } from '../../scripts/services/project.ts';

/** For the environment of a program of ours: most of its start goes into compiling, which is the same every time. */
export const COMPILE_CACHE = { NODE_COMPILE_CACHE: join(projectRoot, '.local', 'compile-cache') } as const;
