import { randomBytes } from 'node:crypto';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

/** How to reach a private server: its password, and the port it had last, so that addresses stay the same. */
export interface Access {
  readonly password: string;
  readonly port?: number;
}

const fileIn = (folder: string) => join(folder, 'access.json');

export const readAccess = async (folder: string): Promise<Access | null> => {
  try {
    return JSON.parse(await readFile(fileIn(folder), 'utf8')) as Access;
  } catch {
    return null;
  }
};

export const writeAccess = (folder: string, access: Access): Promise<void> =>
  writeFile(fileIn(folder), JSON.stringify(access), { mode: 0o600 });

export const newPassword = (): string => randomBytes(18).toString('base64url');
