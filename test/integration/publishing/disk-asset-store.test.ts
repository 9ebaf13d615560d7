import { execFile, execFileSync, spawn } from 'node:child_process';
import { chmod, mkdir, mkdtemp, readdir, rm, stat, truncate, utimes, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { projectRoot } from '../../../scripts/services/project.ts';
import { DiskAssetStore } from '../../../src/publishing/data/disk-asset-store.ts';
import { until } from '../../e2e/faults/support/until.ts';
import { allOf, LocalFiles, someBytes } from '../../support/local-files.ts';

const UNAVAILABLE = { kind: 'unavailable', code: 'temporarily_unavailable' };
const KEY = 'images/one.png';

let root: string;
let directory: string;
let files: LocalFiles;
let store: DiskAssetStore;
let messages: string[];

const storeIn = (folder: string): DiskAssetStore =>
  new DiskAssetStore(folder, {
    error: (_details, message) => messages.push(message),
    info: message => messages.push(message),
  });

beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), 'daymark-assets-'));
  directory = join(root, 'data', 'assets');
  files = await LocalFiles.make();
  messages = [];
  store = storeIn(directory);
});
afterEach(async () => {
  await rm(root, { recursive: true });
  await files.remove();
});

const everyFile = async (): Promise<readonly string[]> =>
  (await readdir(directory, { recursive: true, withFileTypes: true }))
    .filter(entry => entry.isFile())
    .map(entry => join(entry.parentPath, entry.name));

test('only this user can read what is stored', async () => {
  await store.put(KEY, await files.of(someBytes(10)));

  const [path = ''] = await everyFile();

  expect((await stat(path)).mode & 0o777).toBe(0o600);
  for (const folder of ['', 'images', 'images/6f6e'])
    expect((await stat(join(directory, folder))).mode & 0o777).toBe(0o700);
});

test('nothing is left beside what was stored', async () => {
  await store.put(KEY, await files.of(someBytes(10)));
  await store.put(KEY, await files.of(someBytes(10))).catch(() => undefined);

  expect(await everyFile()).toEqual([join(directory, 'images/6f6e/one.png')]);
});

test('a file that changed after it was measured is not stored', async () => {
  const file = await files.of(someBytes(10));

  await expect(store.put(KEY, { ...file, bytes: 11 })).rejects.toMatchObject(UNAVAILABLE);

  expect(await everyFile()).toEqual([]);
});

test('a stored file that was cut off is an error, never a shorter answer', async () => {
  await store.put(KEY, await files.of(someBytes(300_000)));
  const opened = await store.open(KEY);
  await truncate(join(directory, 'images/6f6e/one.png'), 100_000);

  await expect(allOf(opened)).rejects.toMatchObject(UNAVAILABLE);
});

test('what others have put into the folder is not listed', async () => {
  await store.put(KEY, await files.of(someBytes(10)));
  for (const name of [
    'images/6f6e/.DS_Store',
    'images/6f6e/a file',
    'images/6f6e/elsewhere.png',
    'images/README',
  ])
    await writeFile(join(directory, name), 'x');
  await mkdir(join(directory, 'lost+found'));

  expect((await Array.fromAsync(store.list('images/'))).map(({ key }) => key)).toEqual([KEY]);
});

test('what a killed process has left is swept after an hour, and never listed', async () => {
  const incoming = join(directory, '.incoming');
  await mkdir(incoming, { recursive: true });
  const [old, fresh] = [join(incoming, 'old.partial'), join(incoming, 'fresh.partial')];
  await writeFile(old, 'x');
  await writeFile(fresh, 'x');
  const now = new Date();
  const before = new Date(now.getTime() - 61 * 60_000);
  await utimes(old, before, before);

  expect(await Array.fromAsync(store.list(''))).toEqual([]);
  expect(await store.tidy(now)).toBe(1);

  expect(await readdir(incoming)).toEqual(['fresh.partial']);
});

test('where nothing was ever stored there is nothing to list, to sweep or to remove', async () => {
  expect(await Array.fromAsync(store.list('images/'))).toEqual([]);
  expect(await store.tidy(new Date())).toBe(0);
  await store.remove([KEY]);
});

test('a process that is killed in the middle leaves nothing that is listed', async () => {
  const file = await files.of(someBytes(20_000_000));
  const program = `
    import { DiskAssetStore } from ${JSON.stringify(join(projectRoot, 'src/publishing/data/disk-asset-store.ts'))};
    const store = new DiskAssetStore(${JSON.stringify(directory)}, console);
    for (let n = 0; ; n++) {
      await store.put('images/k' + n + '.png', ${JSON.stringify(file)});
      console.log('images/k' + n + '.png');
    }`;
  const child = spawn(process.execPath, ['--input-type=module', '-e', program]);
  let acknowledged = '';
  child.stdout.on('data', (chunk: Buffer) => (acknowledged += chunk.toString()));
  await until('some were stored', () => acknowledged.split('\n').length > 3);
  child.kill('SIGKILL');
  await until('it is gone', () => child.exitCode !== null || child.signalCode !== null);

  const listed = await Array.fromAsync(store.list('images/'));

  expect(listed.every(({ bytes }) => bytes === file.bytes)).toBe(true);
  const keys = listed.map(({ key }) => key);
  expect(keys).toEqual(
    expect.arrayContaining(acknowledged.split('\n').filter(line => line.endsWith('.png'))),
  );
});

describe('a disk that refuses', () => {
  const isRoot = process.getuid?.() === 0;

  /** What a process of its own, started by `command`, is told and answers while it stores files. */
  const storingWith = async (command: readonly string[], sizes: readonly number[], uid?: number) => {
    const wanted = await Promise.all(sizes.map(size => files.of(someBytes(size))));
    const program = `
      import { DiskAssetStore } from ${JSON.stringify(join(projectRoot, 'src/publishing/data/disk-asset-store.ts'))};
      const log = { error: (_details, message) => console.log(message), info: message => console.log(message) };
      const store = new DiskAssetStore(${JSON.stringify(directory)}, log);
      for (const file of ${JSON.stringify(wanted)})
        await store.put('images/k' + file.bytes, file).then(() => console.log('stored'), error => console.log(error.kind));`;
    const [executable, ...parameters] = [...command, process.execPath, '--input-type=module', '-e', program];
    const { stdout } = await promisify(execFile)(executable, parameters, uid === undefined ? {} : { uid });
    return stdout.trim().split('\n');
  };

  test('a file larger than this user may write is unavailable, and nothing is left', async () => {
    // In blocks of 512 or 1,024 bytes: two megabytes at most.
    const told = await storingWith(['sh', '-c', 'ulimit -f 2000; exec "$0" "$@"'], [3_000_000, 1_000]);

    expect(told).toEqual([
      'the image store fails: a file would become larger than this user may write',
      'unavailable',
      'the image store works again',
      'stored',
    ]);
    expect((await everyFile()).map(path => path.split('/').at(-1))).toEqual(['k1000']);
  });

  test('a folder that may not be written to is unavailable', async () => {
    await mkdir(directory, { recursive: true });
    await chmod(directory, 0o500);

    // Root may write everywhere, so it becomes somebody else.
    const told = await storingWith([], [10], isRoot ? 65_534 : undefined);

    expect(told).toEqual(['the image store fails: this user may not write below DATA_DIR', 'unavailable']);
    await chmod(directory, 0o700);
    await store.put(KEY, await files.of(someBytes(10)));
  });

  const mounted = isRoot && canMount();
  (mounted ? test : test.skip)('a full one is unavailable, told once, and heals', async () => {
    await mkdir(directory, { recursive: true });
    execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=1m', 'daymark-test', directory]);
    try {
      await expect(store.put(KEY, await files.of(someBytes(2_000_000)))).rejects.toMatchObject(UNAVAILABLE);
      await expect(store.put(KEY, await files.of(someBytes(2_000_000)))).rejects.toMatchObject(UNAVAILABLE);
      expect(await everyFile()).toEqual([]);

      await store.put(KEY, await files.of(someBytes(500_000)));

      expect(messages).toEqual([
        'the image store fails: the disk under DATA_DIR is full',
        'the image store works again',
      ]);
    } finally {
      execFileSync('umount', [directory]);
    }
  });

  (mounted ? test : test.skip)('one that was mounted read-only still shows what is there', async () => {
    await mkdir(directory, { recursive: true });
    execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=4m', 'daymark-test', directory]);
    try {
      const bytes = someBytes(1_000);
      await store.put(KEY, await files.of(bytes));
      execFileSync('mount', ['-o', 'remount,ro', directory]);

      expect((await allOf(await store.open(KEY))).equals(bytes)).toBe(true);
      await expect(store.put('images/two.png', await files.of(bytes))).rejects.toMatchObject(UNAVAILABLE);
      await expect(store.remove([KEY])).rejects.toMatchObject(UNAVAILABLE);

      expect(messages[0]).toBe('the image store fails: DATA_DIR is mounted read-only');
    } finally {
      execFileSync('umount', [directory]);
    }
  });

  test('a file where a folder should be is unavailable', async () => {
    await mkdir(join(root, 'data'));
    await writeFile(directory, 'x');

    await expect(store.put(KEY, await files.of(someBytes(10)))).rejects.toMatchObject(UNAVAILABLE);
    await expect(store.open(KEY)).rejects.toMatchObject(UNAVAILABLE);
    await expect(Array.fromAsync(store.list('images/'))).rejects.toMatchObject(UNAVAILABLE);
  });
});

function canMount(): boolean {
  try {
    execFileSync('unshare', ['-m', 'mount', '-t', 'tmpfs', 'daymark-test', '/mnt'], { stdio: 'ignore' });
    return true;
  } catch {
    return false;
  }
}
