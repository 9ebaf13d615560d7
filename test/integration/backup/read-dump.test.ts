import { randomBytes } from 'node:crypto';
import { join } from 'node:path';
import { writeFile } from 'node:fs/promises';
import { findTools } from '../../../scripts/backup/postgres/postgres-tools.ts';
import { readDump } from '../../../scripts/backup/reading/read-dump.ts';
import { dumpOf, UNTOLD, Workplace } from '../../support/backups.ts';
import { createDatabase } from '../../support/database.ts';

const { pgRestore } = findTools(150_000);

let workplace: Workplace;
let dump: Buffer;
beforeAll(async () => {
  workplace = await Workplace.make();
  const database = await createDatabase();
  dump = dumpOf(database.url);
  await database.drop();
});
afterAll(() => workplace[Symbol.asyncDispose]());

const read = async (bytes: Uint8Array, program = pgRestore): Promise<void> => {
  const path = join(workplace.folder, 'read.dump');
  await writeFile(path, bytes);
  await readDump(program, path, UNTOLD);
};

test('a dump as pg_dump wrote it can be read', async () => {
  await expect(read(dump)).resolves.toBeUndefined();
});

const inCompressedRows = (): number => dump.lastIndexOf(Buffer.from([0x78, 0x01])) + 8;

test.each<[string, () => Uint8Array]>([
  [
    'a byte of what was compressed is another one',
    () => dump.map((byte, at) => (at === inCompressedRows() ? byte ^ 1 : byte)),
  ],
  ['the end is missing', () => dump.subarray(0, -3)],
  ['half is missing', () => dump.subarray(0, dump.length / 2)],
  ['it is empty', () => Buffer.alloc(0)],
  ['it is something else', () => randomBytes(100_000)],
])('it is unreadable when %s', async (_what, spoilt) => {
  await expect(read(spoilt())).rejects.toMatchObject({ exit: 'unusable', code: 'dump_unreadable' });
});
