import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';

/** A way to run a program that refuses to be root. */
export interface RunAs {
  /** The real owner its files need, or null when they are ours already. */
  readonly owner: { readonly uid: number; readonly gid: number } | null;
  /** Words before the command. */
  readonly prefix: readonly string[];
}

/** The command that runs a program in that way. */
export const invocation = (runAs: RunAs, program: string, words: readonly string[]) => {
  const [first, ...rest] = [...runAs.prefix, program, ...words];
  return { program: first ?? program, words: rest };
};

export const asOurselves: RunAs = { owner: null, prefix: [] };

/** An account without rights that this machine has: its own Postgres user, or nobody. */
const serviceUser = (): { uid: number; gid: number } => {
  const users = readFileSync('/etc/passwd', 'utf8')
    .split('\n')
    .map(line => line.split(':'));
  for (const name of ['postgres', 'nobody']) {
    const user = users.find(([login]) => login === name);
    if (user) return { uid: Number(user[2]), gid: Number(user[3]) };
  }
  throw new Error('Postgres does not run as root, and this machine has no user `postgres` or `nobody`.');
};

export const asServiceUser = (): RunAs => ({ owner: serviceUser(), prefix: [] });

/** Whether that user may enter the folder, for instance because it does not lie below a private home. */
export const canEnter = (runAs: RunAs, folder: string): boolean =>
  runAs.owner === null || spawnSync('test', ['-x', folder], { ...runAs.owner, cwd: '/' }).status === 0;

/** A user namespace, in which root is shown as somebody else and keeps its access to files; null where forbidden. */
export const inUserNamespace = (): RunAs | null => {
  const { uid, gid } = serviceUser();
  const runAs = {
    owner: null,
    prefix: ['unshare', '--user', `--map-user=${uid}`, `--map-group=${gid}`, '--'],
  };
  const { program, words } = invocation(runAs, 'true', []);
  return spawnSync(program, words, { cwd: '/' }).status === 0 ? runAs : null;
};
