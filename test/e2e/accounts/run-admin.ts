import { execFile } from 'node:child_process';
import { projectRoot } from '../../../scripts/services/project.ts';
import { COMPILE_CACHE } from '../../support/compile-cache.ts';

export interface CommandResult {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
  /** What `--json` printed. */
  readonly json: () => unknown;
}

/** `scripts/admin.ts` in a process of its own. Only the given variables count. */
export const runAdmin = (
  environment: Readonly<Record<string, string>>,
  ...parameters: string[]
): Promise<CommandResult> =>
  new Promise(resolve => {
    const options = { cwd: projectRoot, env: { PATH: process.env.PATH, ...COMPILE_CACHE, ...environment } };
    const child = execFile(
      process.execPath,
      ['scripts/admin.ts', ...parameters],
      options,
      (_error, stdout, stderr) =>
        resolve({
          code: child.exitCode ?? -1,
          stdout,
          stderr,
          json: () => JSON.parse(stdout) as unknown,
        }),
    );
  });
