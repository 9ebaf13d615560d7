import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { projectRoot } from '../services/project.ts';
import type { Check } from './check.ts';
import { projectText, type ReadText } from './project-text.ts';

const ADVICE = 'shellcheck is missing: install it (apt-get install shellcheck, brew install shellcheck).';

const isOnPath = (program: string): boolean =>
  (process.env.PATH ?? '')
    .split(delimiter)
    .some(folder => folder !== '' && existsSync(join(folder, program)));

const quietly = (command: string, ...words: readonly string[]): boolean => {
  const env = { ...process.env, DEBIAN_FRONTEND: 'noninteractive' };
  const { status, stderr } = spawnSync(command, words, { encoding: 'utf8', env });
  if (status !== 0) console.error(stderr.trimEnd());
  return status === 0;
};

/** As with Redis: where a root on Debian asks for the tests, what they need is installed. */
const provideShellcheck = (): boolean => {
  if (isOnPath('shellcheck')) return true;
  if (process.getuid?.() !== 0 || !existsSync('/etc/debian_version') || !isOnPath('apt-get')) return false;
  console.error('shellcheck is missing: installing it with apt-get ...');
  const apt = (...words: string[]) => quietly('apt-get', '-o', 'DPkg::Lock::Timeout=120', ...words);
  return (
    apt('update') && apt('install', '-y', '--no-install-recommends', 'shellcheck') && isOnPath('shellcheck')
  );
};

/** Every program of the shell in this project: by name, or by its first line where it has no ending. */
export const shellScripts = (read: ReadText = projectText): readonly string[] => {
  // Files that are not tracked yet are checked too, those that are ignored are not.
  const words = ['ls-files', '-z', '--cached', '--others', '--exclude-standard'];
  const { stdout, status } = spawnSync('git', words, { cwd: projectRoot, encoding: 'utf8' });
  if (status !== 0) throw new Error('git does not list the files of this project.');
  return stdout
    .split('\0')
    .filter(path => path.endsWith('.sh') || /^(\.githooks|\.ci)\//.test(path))
    .filter(path => existsSync(join(projectRoot, path)))
    .filter(path => /^#!.*\b(ba|da)?sh\b/.test(read(path)) || path.endsWith('.sh'))
    .sort();
};

const findingsIn = (path: string, text: string): string[] => {
  // Standard input, so that a test can hand in a script with a mistake.
  const { stdout, status, error } = spawnSync('shellcheck', ['--severity=warning', '--format=gcc', '-'], {
    input: text,
    encoding: 'utf8',
  });
  if (error) throw error;
  return status === 0
    ? []
    : stdout
        .trim()
        .split('\n')
        .map(line => line.replace(/^-:/, `${path}:`));
};

/** @throws when there is no shellcheck and no way to get one: what was not checked has not passed. */
export const shellFindings = (read: ReadText): readonly string[] => {
  if (!provideShellcheck()) throw new Error(ADVICE);
  return shellScripts(read).flatMap(path => findingsIn(path, read(path)));
};

export const shell: Check = { name: 'shell', run: () => Promise.resolve(shellFindings(projectText)) };
