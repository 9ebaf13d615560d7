import { execFile, execFileSync, spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { chmod, mkdir, open, readdir, stat, utimes, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { FolderBackupStore } from '../../../scripts/backup/store/folder-backup-store.ts';
import { projectRoot } from '../../../scripts/services/project.ts';
import { until } from '../../e2e/faults/support/until.ts';
import { UNTOLD, Workplace } from '../../support/backups.ts';

const KEY = 'daymark/daily/20260102T030405Z-0a1b2c3d/manifest.json';

let workplace: Workplace;
let directory: string;
let store: FolderBackupStore;
beforeEach(async () => {
  workplace = await Workplace.make();
  directory = join(workplace.folder, 'backups');
  store = new FolderBackupStore(directory);
});
afterEach(() => workplace[Symbol.asyncDispose]());

const put = async (key = KEY, size = 1_000): Promise<void> =>
  store.put(key, await workplace.fileOf(randomBytes(size)), UNTOLD);
const everything = async (): Promise<readonly string[]> =>
  (await readdir(directory, { recursive: true })).sort();
const listed = () => Array.fromAsync(store.list('', UNTOLD));

test('only the owner can look into it', async () => {
  await put();

  for (const path of await everything()) {
    const found = await stat(join(directory, path));
    expect([path, found.mode & 0o777]).toEqual([path, found.isDirectory() ? 0o700 : 0o600]);
  }
  expect((await stat(directory)).mode & 0o777).toBe(0o700);
});

test('what a killed process has left is not listed, and goes after a day', async () => {
  await put();
  const incoming = join(directory, '.incoming');
  for (const name of ['old.partial', 'fresh.partial']) await writeFile(join(incoming, name), 'half');
  const yesterday = new Date(Date.now() - 25 * 3_600_000);
  await utimes(join(incoming, 'old.partial'), yesterday, yesterday);

  await put('daymark/other');

  expect((await listed()).map(({ key }) => key)).toEqual([KEY, 'daymark/other']);
  expect(await readdir(incoming)).toEqual(['fresh.partial']);
});

const program = (wanted: unknown): string => `
  import { FolderBackupStore } from ${JSON.stringify(join(projectRoot, 'scripts/backup/store/folder-backup-store.ts'))};
  const store = new FolderBackupStore(${JSON.stringify(directory)});
  const signal = new AbortController().signal;
  const put = (key, file) => store.put(key, file, signal, bytes => console.log('progress', bytes));
  const file = ${JSON.stringify(wanted)};`;

test('a process that is killed while it stores leaves nothing that counts, and the key free', async () => {
  const file = await workplace.fileOf(randomBytes(50_000_000));
  const code = `${program(file)} await put(${JSON.stringify(KEY)}, file);`;
  const child = spawn(process.execPath, ['--input-type=module', '-e', code]);
  let said = '';
  child.stdout.on('data', (chunk: Buffer) => {
    said += chunk.toString();
    child.kill('SIGKILL');
  });
  await until('it is gone', () => child.exitCode !== null || child.signalCode !== null);

  expect(said).toContain('progress');
  expect(await listed()).toEqual([]);
  await put();
  expect(await listed()).toHaveLength(1);
});

describe('a disk that refuses', () => {
  const isRoot = process.getuid?.() === 0;

  /** What a process of its own, started by `command`, answers when it stores a file. */
  const storingWith = async (command: readonly string[], size: number, uid?: number): Promise<string> => {
    const file = await workplace.fileOf(randomBytes(size));
    await chmod(workplace.folder, 0o711);
    await chmod(file.path, 0o644);
    const code = `${program(file)}
      await put(${JSON.stringify(KEY)}, file).then(() => console.log('stored'), error => console.log(error.exit, error.code, error.message));`;
    const [executable, ...words] = [...command, process.execPath, '--input-type=module', '-e', code];
    const { stdout } = await promisify(execFile)(executable, words, uid === undefined ? {} : { uid });
    return stdout.trim().split('\n').at(-1) ?? '';
  };

  test('because it is full, is told as full, and nothing is left', async () => {
    // In blocks of 512 or 1,024 bytes: two megabytes at most.
    const told = await storingWith(['sh', '-c', 'ulimit -f 2000; exec "$0" "$@"'], 3_000_000);

    expect(told).toBe(`full store_full the folder ${directory} is full (EFBIG).`);
    expect(await everything()).toEqual(['.incoming']);
  });

  test('because this user may not write there', async () => {
    await mkdir(directory, { mode: 0o500 });

    // Root may write everywhere, so it becomes somebody else.
    const told = await storingWith([], 10, isRoot ? 65_534 : undefined);

    expect(told).toMatch(/^unavailable store_failed .* this user may not write or read there\.$/);
  });

  test('because a file is where a folder should be, is not told as a key that is taken', async () => {
    await mkdir(directory);
    await writeFile(join(directory, 'daymark'), '');

    await expect(put()).rejects.toMatchObject({
      code: 'store_failed',
      message: expect.stringContaining('a file is where a folder should be') as string,
    });
  });

  test('because it does not answer any more', async () => {
    const impatient = new FolderBackupStore(directory, 200);
    const path = join(workplace.folder, 'silent');
    // To open it waits for somebody at the other end, as a network drive waits for its server.
    execFileSync('mkfifo', [path]);

    const putting = impatient.put(KEY, { path, bytes: 1, sha256: '' }, UNTOLD);

    await expect(putting).rejects.toMatchObject({ exit: 'unavailable', code: 'store_silent' });
    await (await open(path, 'r+')).close();
  });
});

test('a file that is gone between looking and reading is a failure', async () => {
  await put();
  const found = await store.open(KEY, UNTOLD);
  execFileSync('rm', [join(directory, KEY)]);

  await expect(Array.fromAsync(found!.body)).rejects.toMatchObject({ exit: 'unavailable' });
});

test('a file that has become shorter between looking and reading is a failure', async () => {
  await put();
  const found = await store.open(KEY, UNTOLD);
  await writeFile(join(directory, KEY), 'short');

  await expect(Array.fromAsync(found!.body)).rejects.toMatchObject({ code: 'store_cut' });
});
