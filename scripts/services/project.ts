import { existsSync } from 'node:fs';
import { resolve } from 'node:path';

export const projectRoot = resolve(import.meta.dirname, '../..');

/** `DATA_DIR` as an absolute path. */
export const dataDirectory = (): string => resolve(projectRoot, process.env.DATA_DIR || '.local');

export const inProduction = (): boolean => process.env.NODE_ENV === 'production';

/** Reads `.env`, which never overrides what the shell has set, and is no source of truth in production. */
export const loadEnvironmentFile = (): void => {
  const file = resolve(projectRoot, '.env');
  if (!inProduction() && existsSync(file)) process.loadEnvFile(file);
};
