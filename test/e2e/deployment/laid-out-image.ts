import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import {
  chmodSync,
  cpSync,
  existsSync,
  globSync,
  mkdirSync,
  mkdtempSync,
  realpathSync,
  rmSync,
  statSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, dirname, join } from 'node:path';
import { imageFiles } from '../../../scripts/checks/image/files.ts';
import { projectText } from '../../../scripts/checks/project-text.ts';
import { guard } from '../../../scripts/services/lifeline.ts';
import { projectRoot } from '../../../scripts/services/project.ts';
import { until } from '../faults/support/until.ts';

/** What the image runs as. Without the right to become that, the test runs as whoever it is. */
const SERVER_USER = process.getuid?.() === 0 ? { uid: 1000, gid: 1000 } : {};

export interface Running {
  output(): string;
  says(text: string): Promise<void>;
  /** Null while it runs. */
  exitCode(): number | null;
  stop(): Promise<number>;
}

/** The files that the image has, and no other, in a folder outside of the checkout. */
export interface LaidOutImage {
  /** Of its packages, as they are. */
  readonly moduleBytes: number;
  /** Every file in /app. */
  files(): readonly string[];
  /** Stands for the volumes and the tmpfs: the one place that the programs may write to. */
  readonly writable: string;
  /** Nothing but `environment` is inherited, and nothing that the image does not set. */
  start(words: readonly string[], environment: Readonly<Record<string, string>>): Running;
  remove(): void;
}

const installedForProduction = (): readonly string[] => {
  const { packages } = JSON.parse(projectText('package-lock.json')) as {
    packages: Readonly<Record<string, { dev?: boolean; devOptional?: boolean }>>;
  };
  return Object.entries(packages)
    .filter(
      ([path, { dev, devOptional }]) => /^node_modules\/(@[^/]+\/)?[^/]+$/.test(path) && !dev && !devOptional,
    )
    .map(([path]) => path);
};

/** By links where the system can, for that is fast: a file is only ever removed here, or replaced. */
const placeAll = (paths: readonly string[], from: string, to: string): void => {
  mkdirSync(to, { recursive: true });
  const linked = spawnSync('cp', ['-alL', '--parents', ...paths, to], { cwd: from, stdio: 'ignore' });
  if (linked.status === 0) return;
  rmSync(to, { recursive: true, force: true });
  for (const path of paths) cpSync(join(from, path), join(to, path), { recursive: true, dereference: true });
};

/** Makes what the Dockerfile makes, by .dockerignore, the lock file and the very script that prunes the packages. */
export const layOutImage = (): LaidOutImage => {
  const root = mkdtempSync(join(realpathSync(tmpdir()), 'daymark-image-'));
  chmodSync(root, 0o755);
  const app = join(root, 'app');
  // What is for other systems is in the lock file and not installed.
  const packages = installedForProduction().filter(path => existsSync(join(projectRoot, path)));
  placeAll([...imageFiles(projectText), ...packages], projectRoot, app);
  const pruned = spawnSync(join(app, 'scripts/image/prune-modules.sh'), ['node_modules'], {
    cwd: app,
    encoding: 'utf8',
  });
  if (pruned.status !== 0) throw new Error(pruned.stderr);
  const program = realpathSync(process.execPath);
  placeAll([basename(program)], dirname(program), join(root, 'bin'));
  const node = join(root, 'bin', basename(program));

  const writable = join(root, 'writable');
  mkdirSync(writable);
  chmodSync(writable, 0o777);

  const files = (): readonly string[] =>
    globSync('**/*', { cwd: app, withFileTypes: true })
      .filter(entry => !entry.isDirectory())
      .map(entry => join(entry.parentPath, entry.name).slice(app.length + 1))
      .sort();
  const moduleBytes = files()
    .filter(file => file.startsWith('node_modules/'))
    .reduce((sum, file) => sum + statSync(join(app, file)).size, 0);

  return {
    moduleBytes,
    files,
    writable,
    start: (words, environment) => start(node, words, app, { TMPDIR: writable, ...environment }),
    remove: () => rmSync(root, { recursive: true, force: true }),
  };
};

const start = (
  node: string,
  words: readonly string[],
  cwd: string,
  environment: Readonly<Record<string, string>>,
): Running => {
  const child = spawn(node, [...words], {
    cwd,
    stdio: ['ignore', 'pipe', 'pipe'],
    env: { PATH: '/usr/local/bin:/usr/bin:/bin', ...environment },
    ...SERVER_USER,
  });
  let output = '';
  for (const stream of [child.stdout, child.stderr])
    stream.setEncoding('utf8').on('data', (text: string) => (output += text));
  const callOff = guard(child.pid ?? 0, 'TERM');
  let exitCode: number | null = null;
  const ended = once(child, 'close').then(([code]: (number | null)[]) => {
    callOff();
    exitCode = code ?? -1;
    return exitCode;
  });
  return {
    output: () => output,
    says: async text => {
      await until(`the program says ${text}`, () => {
        if (output.includes(text)) return true;
        if (exitCode !== null) throw new Error(`It ended (${exitCode}) without saying ${text}:\n${output}`);
        return false;
      });
    },
    exitCode: () => exitCode,
    stop: async () => {
      if (exitCode === null) child.kill('SIGTERM');
      return await ended;
    },
  };
};
