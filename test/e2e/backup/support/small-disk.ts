import { execFileSync } from 'node:child_process';

const asRoot = (words: readonly string[]): void => {
  const [program = '', ...rest] = process.getuid?.() === 0 ? words : ['sudo', '-n', ...words];
  execFileSync(program, rest, { stdio: 'pipe' });
};

/** Makes a folder a disk of its own, of this size. */
export const onSmallDisk = async (folder: string, size: string): Promise<AsyncDisposable> => {
  asRoot([
    'mount',
    '-t',
    'tmpfs',
    '-o',
    `size=${size},mode=0700,uid=${process.getuid?.() ?? 0}`,
    'tmpfs',
    folder,
  ]);
  return await Promise.resolve({
    [Symbol.asyncDispose]: async () => {
      asRoot(['umount', '--lazy', folder]);
      await Promise.resolve();
    },
  });
};
