import { randomBytes } from 'node:crypto';
import { chmod, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { findTools, startTool } from '../../../scripts/backup/postgres/postgres-tools.ts';
import { proveReadable } from '../../../scripts/backup/making/proof.ts';
import { dumpOf, piecesOf, UNTOLD } from '../../support/backups.ts';
import { createDatabase } from '../../support/database.ts';

let folder: string;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'daymark-proof-'));
});
afterEach(async () => {
  await rm(folder, { recursive: true, force: true });
});

const DUMP = randomBytes(1_500_000);

/** What passes, with this script in the place of pg_restore. */
const passed = async (script: string, dump: Uint8Array = DUMP): Promise<Buffer> => {
  const path = join(folder, 'pg_restore');
  await writeFile(path, `#!/bin/sh\n${script}\n`);
  await chmod(path, 0o755);
  const stop = new AbortController();
  const check = startTool(path, [], { signal: stop.signal });
  try {
    return Buffer.concat(await Array.fromAsync(proveReadable(check)(piecesOf(dump))));
  } finally {
    stop.abort(new Error('The test is over.'));
  }
};

const UNREADABLE = { exit: 'unusable', code: 'dump_unreadable' };

test('what passes is unchanged, and pg_restore is given the dump as it was', async () => {
  const out = await passed(`cat > ${folder}/seen`);

  expect(out.equals(DUMP)).toBe(true);
  expect((await readFile(join(folder, 'seen'))).equals(DUMP)).toBe(true);
});

test.each([
  ['reads only the beginning', 'head -c 100 > /dev/null'],
  ['ends before anything was written', 'exit 0'],
  ['ends well after it has read a part slowly', 'head -c 500000 > /dev/null; sleep 0.2'],
])('a pg_restore that %s and is content has seen what it wants', async (_what, script) => {
  expect((await passed(script)).equals(DUMP)).toBe(true);
});

test.each([
  ['at once', 'echo "pg_restore: error: odd" >&2; exit 1'],
  ['at the end', 'cat > /dev/null; exit 1'],
  ['by a signal', 'kill -9 $$'],
])('a pg_restore that fails %s finds the dump unreadable', async (_when, script) => {
  await expect(passed(script)).rejects.toMatchObject(UNREADABLE);
});

describe('a dump of our own database, and the real pg_restore,', () => {
  const real = `exec ${findTools(150_000).pgRestore} --file=/dev/null`;
  let dump: Buffer;
  beforeAll(async () => {
    const database = await createDatabase();
    dump = dumpOf(database.url);
    await database.drop();
  });

  test('which passes as it is', async () => {
    expect((await passed(real, dump)).equals(dump)).toBe(true);
  });

  const compressedRows = (): number => dump.lastIndexOf(Buffer.from([0x78, 0x01])) + 8;
  test.each<[string, () => Uint8Array]>([
    [
      'a byte of what was compressed is another one',
      () => dump.map((byte, at) => (at === compressedRows() ? byte ^ 1 : byte)),
    ],
    ['the end is missing', () => dump.subarray(0, -3)],
    ['it is empty', () => Buffer.alloc(0)],
    ['it is something else', () => DUMP],
  ])('is unreadable when %s', async (_what, spoilt) => {
    await expect(passed(real, spoilt())).rejects.toMatchObject(UNREADABLE);
  });
});

test('a failure of what comes before passes as it is', async () => {
  const check = startTool('/bin/cat', [], { signal: UNTOLD });
  const failing = async function* (): AsyncGenerator<Uint8Array> {
    yield* piecesOf(DUMP.subarray(0, 1_000));
    throw new Error('pg_dump has died');
  };

  await expect(Array.fromAsync(proveReadable(check)(failing()))).rejects.toThrow('pg_dump has died');
  check.stdin.end();
  await check.ended;
});
