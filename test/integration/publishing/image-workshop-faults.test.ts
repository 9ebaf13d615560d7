import { execFileSync, spawn } from 'node:child_process';
import { readdirSync, statSync } from 'node:fs';
import { chmod, mkdir, mkdtemp, readdir, rm, stat, utimes, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { SharpImageWorkshop } from '../../../src/publishing/data/image-workshop/sharp-image-workshop.ts';
import { StagedUploads } from '../../../src/publishing/data/image-workshop/staged-uploads.ts';
import { until } from '../../e2e/faults/support/until.ts';
import { childrenRunning } from '../../support/children.ts';
import { aJpeg, aPng, aWebp, inChunks, pixels } from '../../support/pictures.ts';
import { WorkshopUnderTest } from '../../support/workshop.ts';

const decoders = () => childrenRunning('image-program.ts');

/** Takes a second or more. */
const aSlowPicture = async () =>
  pixels({ width: 5000, height: 4000, noise: 0 }).webp({ lossless: true, effort: 0 }).toBuffer();

/** Resolves when the picture has arrived, and its job has had some time to begin. */
const atWork = async (bench: WorkshopUnderTest, file: Buffer): Promise<void> => {
  let looks = 0;
  await until('the picture at work', async () => {
    const [folder = ''] = await bench.leftovers().catch(() => []);
    const upload = await stat(join(bench.directory, folder, 'upload')).catch(() => null);
    if (upload?.size === file.length) looks += 1;
    return looks > 3;
  });
};

describe('how an upload is taken in', () => {
  test('each part is on the disk before the next is asked for', async () => {
    await using bench = await WorkshopUnderTest.open();
    const file = await aJpeg({ width: 900, height: 700, noise: 40 });
    const seen: number[] = [];
    const bytes = (async function* () {
      for (let at = 0; at < file.length; at += 10_000) {
        // Without a pause, in which a write under way could end.
        const [folder = ''] = readdirSync(bench.directory);
        seen.push(statSync(join(bench.directory, folder, 'upload')).size - at);
        yield await Promise.resolve(file.subarray(at, at + 10_000));
      }
    })();

    await using prepared = await bench.workshop.prepare('a.jpg', bytes);

    expect(prepared.original.width).toBe(900);
    expect(seen.length).toBeGreaterThan(10);
    expect(new Set(seen)).toEqual(new Set([0]));
  });

  test('nobody else can look into its folder, which goes when the picture is disposed of', async () => {
    await using bench = await WorkshopUnderTest.open();
    const prepared = await bench.workshop.prepare('a.jpg', inChunks(await aJpeg({ width: 400 })));
    const folders = await bench.leftovers();
    const files = [prepared.original, ...prepared.variants].map(({ path }) => path);
    const folder = join(bench.directory, folders[0]!);
    const modes = await Promise.all(
      [bench.directory, folder, join(folder, 'upload'), ...files].map(
        async path => (await stat(path)).mode & 0o777,
      ),
    );

    await prepared[Symbol.asyncDispose]();

    expect(folders).toHaveLength(1);
    expect(modes).toEqual([0o700, 0o700, 0o600, 0o600, 0o600]);
    expect(await bench.leftovers()).toEqual([]);
  });

  test('a failure of the sender passes through and leaves nothing behind', async () => {
    await using bench = await WorkshopUnderTest.open();
    const gone = new Error('the client is gone');
    const bytes = (async function* () {
      yield* inChunks(await aJpeg());
      throw gone;
    })();

    await expect(bench.workshop.prepare('a.jpg', bytes)).rejects.toBe(gone);
    expect(await bench.leftovers()).toEqual([]);
  });

  test('what cannot be kept is read to its end all the same', async () => {
    const parent = await mkdtemp(join(tmpdir(), 'workshop-'));
    const directory = join(parent, 'file');
    await writeFile(directory, '');
    const workshop = new SharpImageWorkshop({ directory });
    let read = 0;
    const bytes = (async function* () {
      for await (const chunk of inChunks(Buffer.alloc(500_000))) {
        read += chunk.length;
        yield chunk;
      }
    })();

    await expect(workshop.prepare('a.jpg', bytes)).rejects.toThrow(/ENOTDIR|EEXIST/);

    expect(read).toBe(500_000);
    await workshop.close();
    await rm(parent, { recursive: true });
  });
});

describe('the folders of a process that was killed', () => {
  const anHourAgo = new Date(Date.now() - 61 * 60 * 1000);

  test('are swept once they are an hour old, with what else lies there', async () => {
    await using bench = await WorkshopUnderTest.open();
    const uploads = new StagedUploads(bench.directory);
    const [old, young] = [await uploads.open(), await uploads.open()];
    await writeFile(join(old, 'upload'), 'x');
    await writeFile(join(bench.directory, 'vips-1.v'), 'x');
    await utimes(old, anHourAgo, anHourAgo);
    await utimes(join(bench.directory, 'vips-1.v'), anHourAgo, anHourAgo);

    const gone = await uploads.tidy(new Date());

    expect(gone).toBe(2);
    expect(await readdir(bench.directory)).toEqual([young.split('/').at(-1)]);
    expect(await uploads.tidy(new Date(Date.now() + 2 * 60 * 60 * 1000))).toBe(1);
  });

  test('are swept before the first upload, too', async () => {
    await using bench = await WorkshopUnderTest.open();
    const old = await new StagedUploads(bench.directory).open();
    await utimes(old, anHourAgo, anHourAgo);

    await bench.process(await aJpeg());

    expect(await bench.leftovers()).toEqual([]);
  });

  test('need not be there', async () => {
    expect(await new StagedUploads(join(tmpdir(), 'never-made')).tidy(new Date())).toBe(0);
  });
});

describe('the decoding process', () => {
  test('that is killed at its work refuses that file alone', async () => {
    await using bench = await WorkshopUnderTest.open();
    // A process that is still loading says nothing about the file.
    await bench.process(await aJpeg());
    const [pid = 0] = decoders();
    const file = await aSlowPicture();
    const slow = bench.refusal(file, 'slow.webp');
    await atWork(bench, file);
    process.kill(pid, 'SIGKILL');

    expect(await slow).toBe('not_an_image slow.webp: the file could not be decoded.');
    expect(bench.deaths).toHaveLength(1);
    expect(await bench.refusal(await aJpeg())).toBeNull();
    expect(await bench.leftovers()).toEqual([]);
  });

  test('that takes too long is stopped, and the next picture is decoded', async () => {
    await using bench = await WorkshopUnderTest.open({ deadlineMs: 300 });

    expect(await bench.refusal(await aSlowPicture(), 'slow.webp')).toBe(
      'not_an_image slow.webp: the file could not be decoded.',
    );
    expect(bench.deaths).toHaveLength(1);
    expect(await bench.refusal(await aPng())).toBeNull();
    expect(await bench.leftovers()).toEqual([]);
  });

  test('comes twice at most, and who finds the line full is told to come again', async () => {
    await using bench = await WorkshopUnderTest.open({ mostWaiting: 2 });
    const file = await aSlowPicture();
    let most = 0;
    const watch = setInterval(() => (most = Math.max(most, decoders().length)), 50);

    const answers = await Promise.all(Array.from({ length: 8 }, () => bench.refusal(file)));
    clearInterval(watch);

    const unavailable = 'temporarily_unavailable The image workshop is not available right now.';
    expect(answers.filter(answer => answer === unavailable)).toHaveLength(4);
    expect(answers.filter(answer => answer === null)).toHaveLength(4);
    expect(most).toBe(2);
    expect(await bench.leftovers()).toEqual([]);
  });

  test('ends with the workshop, once the picture at work is done', async () => {
    const bench = await WorkshopUnderTest.open();
    const file = await aSlowPicture();
    const slow = bench.refusal(file);
    await atWork(bench, file);
    await bench.workshop.close();

    expect(await slow).toBeNull();
    expect(decoders()).toEqual([]);
    expect(await bench.refusal(await aJpeg())).toMatch(/^temporarily_unavailable/);
    await bench[Symbol.asyncDispose]();
  });
});

describe('a disk or a table of open files that is full', () => {
  const canMount = (() => {
    if (process.getuid?.() !== 0) return false;
    try {
      execFileSync('unshare', ['-m', 'mount', '-t', 'tmpfs', 'daymark-test', '/mnt'], { stdio: 'ignore' });
      return true;
    } catch {
      return false;
    }
  })();
  const full = 'temporarily_unavailable The storage is not available right now.';

  (canMount ? test : test.skip)('is no fault of the picture, and heals', async () => {
    await using bench = await WorkshopUnderTest.open();
    await mkdir(bench.directory);
    execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=2m', 'daymark-test', bench.directory]);
    try {
      const tooLarge = await aPng({ width: 1000, height: 900, noise: 60 });
      const fitsOnce = await pixels({ width: 700, height: 700, noise: 60 }).png().toBuffer();
      const largeInside = await aWebp({ width: 4000, height: 3000, noise: 0 });
      expect([tooLarge.length > 2_000_000, fitsOnce.length > 1_100_000]).toEqual([true, true]);
      expect(fitsOnce.length).toBeLessThan(1_900_000);

      expect(await bench.refusal(tooLarge)).toBe(full);
      expect(await bench.refusal(fitsOnce)).toBe(full);
      expect(await bench.refusal(largeInside)).toBe(full);
      expect(await bench.leftovers()).toEqual([]);

      execFileSync('mount', ['-o', 'remount,size=60m', bench.directory]);
      for (const file of [tooLarge, fitsOnce, largeInside]) expect(await bench.refusal(file)).toBeNull();
      expect(bench.deaths).toEqual([]);
    } finally {
      execFileSync('umount', ['-l', bench.directory]);
    }
  });

  test('of open files is no fault of the picture, and heals', async () => {
    const directory = await mkdtemp(join(tmpdir(), 'workshop-'));
    await chmod(directory, 0o700);
    const program = join(import.meta.dirname, 'support', 'out-of-files.ts');
    const child = spawn(
      'sh',
      ['-c', 'ulimit -n 80; exec "$0" "$1" "$2"', process.execPath, program, directory],
      {
        stdio: ['ignore', 'pipe', 'inherit'],
      },
    );
    let said = '';
    for await (const chunk of child.stdout.setEncoding('utf8')) said += String(chunk);

    expect(said).toBe('temporarily_unavailable\ntaken\n');
    await rm(directory, { recursive: true });
  });
});
