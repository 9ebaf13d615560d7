import { spawnSync } from 'node:child_process';
import { chown, rename, rm, writeFile } from 'node:fs/promises';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { newPassword, readAccess, writeAccess, type Access } from './access.ts';
import type { PostgresPlace } from './postgres-place.ts';
import { invocation } from './unprivileged.ts';

export const SUPERUSER = 'daymark';

/** What the programs of Postgres need of our environment, and nothing of it that could change their minds. */
export const postgresEnvironment = (): NodeJS.ProcessEnv => ({
  PATH: process.env.PATH,
  TMPDIR: process.env.TMPDIR,
  TZ: 'UTC',
});

// Present on every machine of its kind, and folds the case of letters outside ASCII, which plain C does not.
const LOCALE = process.platform === 'darwin' ? 'en_US.UTF-8' : 'C.UTF-8';

const initialise = async ({ folder, binaries, runAs }: PostgresPlace, password: string): Promise<void> => {
  // Only a folder with the final name counts, so an interrupted start leaves nothing half made behind.
  const unfinished = join(folder, 'data.new');
  const passwordFile = join(folder, 'password');
  await rm(unfinished, { recursive: true, force: true });
  await writeFile(passwordFile, password, { mode: 0o600 });
  if (runAs.owner) await chown(passwordFile, runAs.owner.uid, runAs.owner.gid);

  const { program, words } = invocation(runAs, join(binaries.directory, 'initdb'), [
    `--pgdata=${unfinished}`,
    `--username=${SUPERUSER}`,
    `--pwfile=${passwordFile}`,
    '--auth=scram-sha-256',
    '--encoding=UTF8',
    `--locale=${LOCALE}`,
    '--no-sync',
  ]);
  const result = spawnSync(program, words, {
    ...runAs.owner,
    cwd: '/',
    env: postgresEnvironment(),
    encoding: 'utf8',
  });
  await rm(passwordFile, { force: true });
  if (result.status !== 0)
    throw new Error(`initdb failed:\n${result.error?.message ?? result.stderr + result.stdout}`);
  await rename(unfinished, join(folder, 'data'));
};

/** Makes an empty cluster if there is none yet, and says how to log in to it. */
export const ensureCluster = async (place: PostgresPlace): Promise<Access> => {
  const known = await readAccess(place.folder);
  if (existsSync(place.data)) {
    if (known) return known;
    throw new Error(`The password of the private database is lost. Move ${place.folder} away to begin anew.`);
  }
  const access = { ...known, password: known?.password ?? newPassword() };
  await writeAccess(place.folder, access);
  await initialise(place, access.password);
  return access;
};
