import { randomBytes } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { addSigningKey } from './accounts/data/signing-keys.ts';
import type { Configuration } from './configuration.ts';

/** A configuration in which nothing secret is missing. */
export type CompleteConfiguration = Omit<Configuration, 'signingKeys'> & { readonly signingKeys: string };

/**
 * Fills in the secrets that development may leave out: made once, kept under `DATA_DIR`, so that a restart logs
 * nobody out. In production they are all configured, or the process did not start.
 */
export const withDevelopmentSecrets = (configuration: Configuration): CompleteConfiguration => {
  const folder = join(configuration.dataDirectory, 'secrets');
  const secretIn = (name: string) => keptText(folder, name, () => randomBytes(32).toString('base64url'));
  const { sessionSecrets, passwordPeppers, signingKeys } = configuration;
  return {
    ...configuration,
    sessionSecrets: sessionSecrets.length > 0 ? sessionSecrets : [secretIn('session-secret')],
    passwordPeppers: passwordPeppers.length > 0 ? passwordPeppers : [`1:${secretIn('password-pepper')}`],
    signingKeys: signingKeys ?? keptSigningKeys(join(folder, 'signing-keys')),
  };
};

const keptText = (folder: string, name: string, make: () => string): string => {
  const file = join(folder, name);
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  // Of two processes that start together one writes, and both read what it wrote.
  if (!existsSync(file)) writeUnlessThere(file, make());
  return readFileSync(file, 'utf8');
};

const writeUnlessThere = (file: string, text: string): void => {
  try {
    writeFileSync(file, text, { flag: 'wx', mode: 0o600 });
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
  }
};

const keptSigningKeys = (folder: string): string => {
  if (!existsSync(folder)) addSigningKey(folder, new Date());
  return folder;
};
