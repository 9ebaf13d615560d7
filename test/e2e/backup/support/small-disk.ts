import { execFileSync } from 'node:child_process';

const asRoot = (words: readonly string[]): void => {
  const [program = '', ...rest] = process.getuid?.() === 0 ? words : ['sudo', '-n', ...words];
  execFileSync(program, rest, { stdio: 'pipe' });
};

/** A folder that is a disk of its own. */
export interface SmallDisk extends AsyncDisposable {
  readonly folder: string;
  resize(bytes: number): void;
  /** Everything on it belongs to this user from now on. */
  giveTo(uid: number): void;
}

/** @param size as mount(8) takes it: `16k` */
export const onSmallDisk = async (folder: string, size: string): Promise<SmallDisk> => {
  const options = `size=${size},mode=0700,uid=${process.getuid?.() ?? 0}`;
  asRoot(['mount', '-t', 'tmpfs', '-o', options, 'tmpfs', folder]);
  return await Promise.resolve({
    folder,
    resize: bytes => asRoot(['mount', '-o', `remount,size=${bytes}`, folder]),
    giveTo: uid => asRoot(['chown', '-R', String(uid), folder]),
    [Symbol.asyncDispose]: async () => {
      asRoot(['umount', '--lazy', folder]);
      await Promise.resolve();
    },
  });
};
