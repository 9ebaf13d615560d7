import { randomBytes } from 'node:crypto';
import {
  existsSync,
  linkSync,
  mkdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { dirname, join } from 'node:path';
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
  // Of several processes that start together one makes it, and all read what it made.
  if (!existsSync(file)) putUnlessThere(file, temporary => writeFileSync(temporary, make(), { mode: 0o600 }));
  return readFileSync(file, 'utf8');
};

const keptSigningKeys = (folder: string): string => {
  if (!existsSync(folder)) putUnlessThere(folder, temporary => addSigningKey(temporary, new Date()));
  return folder;
};

/** Made aside and put into place whole, so that nobody ever reads half of it. */
const putUnlessThere = (place: string, make: (temporary: string) => void): void => {
  const temporary = `${place}.${randomBytes(6).toString('hex')}`;
  mkdirSync(dirname(place), { recursive: true, mode: 0o700 });
  make(temporary);
  try {
    // Neither takes the place of what is there: a link needs a free name, and a folder an empty one.
    if (statSync(temporary).isDirectory()) renameSync(temporary, place);
    else linkSync(temporary, place);
  } catch (error) {
    if (!TAKEN.has((error as NodeJS.ErrnoException).code ?? '')) throw error;
  } finally {
    rmSync(temporary, { recursive: true, force: true });
  }
};

const TAKEN: ReadonlySet<string> = new Set(['EEXIST', 'ENOTEMPTY']);
