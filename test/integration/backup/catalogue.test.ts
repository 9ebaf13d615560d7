import { rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { chooseBackup, manifestsIn } from '../../../scripts/backup/reading/catalogue.ts';
import type { BackupFailure } from '../../../scripts/backup/failure.ts';
import { FolderBackupStore } from '../../../scripts/backup/store/folder-backup-store.ts';
import {
  aBackup,
  archiveKey,
  type BackupChange,
  type MadeBackup,
  manifestKey,
  putBytes,
  storeBackup,
  UNTOLD,
  Workplace,
} from '../../support/backups.ts';
import { openS3Backups, PREFIX } from '../../support/s3-backups.ts';

const DUMP = Buffer.from('PGDMP and so on');

let workplace: Workplace;
let directory: string;
let store: FolderBackupStore;
beforeEach(async () => {
  workplace = await Workplace.make();
  directory = join(workplace.folder, 'backups');
  store = new FolderBackupStore(directory);
});
afterEach(() => workplace[Symbol.asyncDispose]());

const stored = async (change: BackupChange = {}): Promise<MadeBackup> => {
  const made = await aBackup(DUMP, change);
  await storeBackup(store, PREFIX, made);
  return made;
};
const on = (day: number): Date => new Date(Date.UTC(2026, 2, day, 4));
const look = () => manifestsIn(store, PREFIX, UNTOLD);
const choose = (choice: Parameters<typeof chooseBackup>[2] = {}) =>
  chooseBackup(store, PREFIX, choice, UNTOLD);
const spoil = (key: string, text: string) => writeFile(join(directory, key), text);

test('a store without backups has none, and there is none to choose', async () => {
  expect(await look()).toEqual({ manifests: [], broken: [] });
  await expect(choose()).rejects.toMatchObject({ exit: 'missing', code: 'backup_missing' });
});

test('daily and monthly backups are listed together, the newest first', async () => {
  const made = [];
  for (const [day, kind] of [
    [1, 'monthly'],
    [3, 'daily'],
    [2, 'daily'],
  ] as const)
    made.push(await stored({ snapshotAt: on(day), kind }));

  const { manifests, broken } = await look();

  expect(manifests.map(({ snapshot_at }) => new Date(snapshot_at))).toEqual([on(3), on(2), on(1)]);
  expect(broken).toEqual([]);
  expect(await choose()).toEqual(made[1]!.manifest);
});

test('what an earlier build has made is listed as well', async () => {
  const made = await stored({ format: 1 });

  expect(await look()).toEqual({ manifests: [made.manifest], broken: [] });
});

test('the backups of another prefix are others', async () => {
  await storeBackup(store, 'elsewhere/', await aBackup(DUMP));

  expect((await look()).manifests).toEqual([]);
});

test('an archive without a manifest is no backup: the run was killed in between', async () => {
  const whole = await stored({ snapshotAt: on(1) });
  const killed = await aBackup(DUMP, { snapshotAt: on(2) });
  await putBytes(store, archiveKey(PREFIX, killed), killed.archive);

  expect(await look()).toEqual({ manifests: [whole.manifest], broken: [] });
  expect(await choose()).toEqual(whole.manifest);
});

type Spoiling = readonly [what: string, spoil: (made: MadeBackup) => Promise<void>, problem: RegExp];
const changed = (change: (manifest: Record<string, unknown>) => object) => (made: MadeBackup) =>
  spoil(
    manifestKey(PREFIX, made),
    JSON.stringify({ ...made.manifest, ...change({ ...made.manifest.archive }) }),
  );
const SPOILINGS: readonly Spoiling[] = [
  ['empty', made => spoil(manifestKey(PREFIX, made), ''), /no manifest/],
  ['cut off', made => spoil(manifestKey(PREFIX, made), made.manifestText.slice(0, -20)), /no manifest/],
  ['something else', made => spoil(manifestKey(PREFIX, made), '<html></html>'), /no manifest/],
  ['of another application', changed(() => ({ application: 'tagebuch' })), /a backup of tagebuch/],
  ['of a later format', changed(() => ({ format: 3 })), /format is 3.*newer build/],
  ['without its inventory', changed(() => ({ inventory: null })), /damaged at inventory/],
  ['of another backup', changed(() => ({ id: '20200101T000000Z-aaaaaaaa' })), /the manifest of 2020/],
  [
    'one whose name of the archive leads elsewhere',
    changed(archive => ({ archive: { ...archive, name: '../../x' } })),
    /damaged at archive\.name/,
  ],
  [
    'one whose checksum is not that of the name',
    changed(archive => ({ archive: { ...archive, sha256: '0'.repeat(64) } })),
    /does not fit together/,
  ],
  [
    'one that says to be encrypted and has a name that does not',
    changed(archive => ({ archive: { ...archive, encrypted: true } })),
    /does not fit together/,
  ],
  [
    'one that points to nothing',
    made => rm(join(directory, archiveKey(PREFIX, made))),
    /archive is not there/,
  ],
  [
    'one whose archive is cut off',
    made => spoil(archiveKey(PREFIX, made), 'short'),
    /has 5 bytes instead of/,
  ],
  [
    'larger than a manifest can be',
    made => spoil(manifestKey(PREFIX, made), ' '.repeat(16_000_001)),
    /too large/,
  ],
];

describe.each(SPOILINGS)('a manifest that is %s', (_what, spoiling, problem) => {
  test('is told with its reason, and does not hide the others', async () => {
    const [good, bad] = [await stored({ snapshotAt: on(1) }), await stored({ snapshotAt: on(2) })];
    await spoiling(bad);

    const { manifests, broken } = await look();

    expect(manifests).toEqual([good.manifest]);
    expect(broken).toEqual([
      { key: manifestKey(PREFIX, bad), problem: expect.stringMatching(problem) as string },
    ]);
  });

  test('is never passed over for an older one in silence, and is chosen by nobody', async () => {
    const [good, bad] = [await stored({ snapshotAt: on(1) }), await stored({ snapshotAt: on(2) })];
    await spoiling(bad);

    const newest = (await choose().catch((error: unknown) => error)) as BackupFailure;
    expect(newest).toMatchObject({ exit: 'unusable', code: 'newest_unusable' });
    expect(newest.message).toMatch(problem);
    expect(newest.message).toContain(good.manifest.id);
    await expect(choose({ id: bad.manifest.id })).rejects.toMatchObject({
      exit: 'unusable',
      message: expect.stringMatching(problem) as string,
    });
    expect(await choose({ id: good.manifest.id })).toEqual(good.manifest);
    expect(await choose({ before: on(2) })).toEqual(good.manifest);
  });
});

test('an older backup that cannot be used is in nobody\u2019s way', async () => {
  const [bad, good] = [await stored({ snapshotAt: on(1) }), await stored({ snapshotAt: on(2) })];
  await spoil(manifestKey(PREFIX, bad), '');

  expect(await choose()).toEqual(good.manifest);
});

test.each([
  [new Date(on(3).getTime() + 1), 3],
  [on(3), 2],
  [on(2), 1],
])('before %p is the newest that shows an earlier moment', async (before, day) => {
  for (const each of [1, 2, 3]) await stored({ snapshotAt: on(each) });

  expect((await choose({ before })).snapshot_at).toBe(on(day).toISOString());
});

test('before all of them there is none', async () => {
  await stored({ snapshotAt: on(2) });

  await expect(choose({ before: on(1) })).rejects.toMatchObject({
    exit: 'missing',
    message: expect.stringContaining('2026-03-01T04:00:00.000Z') as string,
  });
  await expect(choose({ id: '20260301T040000Z-00000000' })).rejects.toMatchObject({ exit: 'missing' });
});

describe('in a bucket', () => {
  test('a manifest of which a byte changes on the way is read again', async () => {
    const under = await openS3Backups();
    const { double, store: bucket } = under;
    const made = await aBackup(DUMP);
    await storeBackup(bucket, PREFIX, made);
    double.fail({ kind: 'corruptAnswer' }, { operation: 'GetObject' });

    expect((await manifestsIn(bucket, PREFIX, UNTOLD)).manifests).toEqual([made.manifest]);
    await under.close();
  });

  test('a store that fails is a failure, never an empty list', async () => {
    const under = await openS3Backups();
    const { double, store: bucket } = under;
    await storeBackup(bucket, PREFIX, await aBackup(DUMP));

    for (const operation of ['ListObjectsV2', 'GetObject']) {
      double.fail({ kind: 'status', status: 500 }, { operation, times: Infinity });
      await expect(manifestsIn(bucket, PREFIX, UNTOLD)).rejects.toMatchObject({ exit: 'unavailable' });
      double.heal();
    }
    await under.close();
  });
});
