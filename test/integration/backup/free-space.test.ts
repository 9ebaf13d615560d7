import { mkdtemp, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { requireSpace } from '../../../scripts/backup/free-space.ts';

let folder: string;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'daymark-space-'));
});
afterEach(async () => {
  await rm(folder, { recursive: true, force: true });
});

test('a folder that is not there is made for its owner alone', async () => {
  await requireSpace(join(folder, 'a/b'), 1);

  expect((await stat(join(folder, 'a/b'))).mode & 0o777).toBe(0o700);
});

test('what does not fit is refused, with the folder and both sizes', async () => {
  await expect(requireSpace(folder, 1e18)).rejects.toMatchObject({
    exit: 'full',
    code: 'disk_full',
    message: expect.stringMatching(/free at .*, and 1000000000\.0 GB are needed/),
  });
});

test('a folder that cannot be made is told', async () => {
  await writeFile(join(folder, 'file'), '');

  await expect(requireSpace(join(folder, 'file/below'), 1)).rejects.toMatchObject({ code: 'work_directory' });
});
