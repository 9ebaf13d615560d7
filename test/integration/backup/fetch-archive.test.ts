import { spawnSync } from 'node:child_process';
import { mkdir, readdir, readFile, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { generateX25519Identity, identityToRecipient } from 'age-encryption';
import { constants, zstdCompressSync } from 'node:zlib';
import { BackupFailure } from '../../../scripts/backup/failure.ts';
import { fetchArchive } from '../../../scripts/backup/reading/fetch-archive.ts';
import { FORMAT, type Manifest } from '../../../scripts/backup/manifest.ts';
import type { BackupStore } from '../../../scripts/backup/store/store.ts';
import {
  aBackup,
  archiveKey,
  dumpOf,
  HeardReport,
  type MadeBackup,
  putBytes,
  sha256Of,
  storeBackup,
  UNTOLD,
  Workplace,
} from '../../support/backups.ts';
import { until } from '../../e2e/faults/support/until.ts';
import { createDatabase } from '../../support/database.ts';
import { openS3Backups, PREFIX, type S3Backups } from '../../support/s3-backups.ts';

let dump: Buffer;
let [identity, recipient, stranger] = ['', '', ''];
beforeAll(async () => {
  const database = await createDatabase();
  dump = dumpOf(database.url);
  await database.drop();
  identity = await generateX25519Identity();
  recipient = await identityToRecipient(identity);
  stranger = await generateX25519Identity();
});

let workplace: Workplace;
let under: S3Backups;
let work: string;
let report: HeardReport;
beforeEach(async () => {
  workplace = await Workplace.make();
  work = join(workplace.folder, 'work');
  under = await openS3Backups();
  report = new HeardReport();
});
afterEach(async () => {
  await under.close();
  await workplace[Symbol.asyncDispose]();
});

interface Terms {
  readonly ageIdentity?: string | undefined;
  readonly signal?: AbortSignal;
  readonly store?: BackupStore;
}
const fetch = (manifest: Manifest, { ageIdentity, signal = UNTOLD, store = under.store }: Terms = {}) =>
  fetchArchive(store, { workDirectory: work, prefix: PREFIX, ageIdentity }, manifest, signal, report);
const stored = async (made: MadeBackup): Promise<MadeBackup> => {
  await storeBackup(under.store, PREFIX, made);
  return made;
};
const leftovers = () => readdir(work).catch(() => []);

/** Puts another archive than the manifest means under its key. */
const storedInstead = async (made: MadeBackup, archive: Buffer): Promise<Manifest> => {
  await putBytes(under.store, archiveKey(PREFIX, made), archive);
  return made.manifest;
};

const expectUnusable = async (
  manifest: Manifest,
  code: string,
  message: RegExp,
  terms: Terms = {},
): Promise<void> => {
  const failure = (await fetch(manifest, terms).catch((error: unknown) => error)) as BackupFailure;
  expect(failure).toBeInstanceOf(BackupFailure);
  expect({ exit: failure.exit, code: failure.code }).toEqual({ exit: 'unusable', code });
  expect(failure.message).toMatch(message);
  expect(failure.message).not.toMatch(/AGE-SECRET-KEY-1[A-Z0-9]/);
  expect(await leftovers()).toEqual([]);
};

test.each([
  ['in the clear', false, FORMAT],
  ['encrypted', true, FORMAT],
  ['in the clear, of an earlier build,', false, 1],
  ['encrypted, of an earlier build,', true, 1],
] as const)(
  'an archive %s is fetched as the dump that it was, for its owner alone, and disposed of',
  async (_how, isEncrypted, format) => {
    const recipients = isEncrypted ? [recipient] : [];
    const { manifest } = await stored(await aBackup(dump, { format, recipients }));

    {
      await using archive = await fetch(manifest, { ageIdentity: identity });

      expect((await readFile(archive.path)).equals(dump)).toBe(true);
      expect((await stat(archive.path)).mode & 0o777).toBe(0o600);
      expect((await stat(work)).mode & 0o777).toBe(0o700);
      expect(await leftovers()).toHaveLength(1);
    }
    expect(await leftovers()).toEqual([]);
  },
);

test('an empty dump comes back empty', async () => {
  const { manifest } = await stored(await aBackup(Buffer.alloc(0), { recipients: [recipient] }));

  await using archive = await fetch(manifest, { ageIdentity: identity });

  expect(await readFile(archive.path)).toEqual(Buffer.alloc(0));
});

describe('the identity', () => {
  test('may be a file with comments and several keys, of which one fits', async () => {
    const { manifest } = await stored(await aBackup(dump, { recipients: [recipient] }));
    const path = join(workplace.folder, 'keys.txt');
    await writeFile(
      path,
      `# created: 2026\r\n# public key: ${recipient}\n${stranger}\n\n  ${identity}  # mine\n`,
    );

    await using archive = await fetch(manifest, { ageIdentity: path });

    expect((await readFile(archive.path)).equals(dump)).toBe(true);
  });

  test('of any of the recipients will do', async () => {
    const recipients = [await identityToRecipient(stranger), recipient];
    const { manifest } = await stored(await aBackup(dump, { recipients }));

    for (const ageIdentity of [identity, stranger]) {
      await using archive = await fetch(manifest, { ageIdentity });
      expect((await readFile(archive.path)).equals(dump)).toBe(true);
    }
  });

  test.each<readonly [string, () => string | undefined, string, RegExp]>([
    ['missing', () => undefined, 'identity_missing', /BACKUP_AGE_IDENTITY/],
    ['one that does not fit', () => stranger, 'identity_wrong', /other recipients/],
    ['a key with a typing error', () => `${identity.slice(0, -1)}B`, 'identity_unreadable', /key 1/],
    ['a recipient in place of a key', () => recipient, 'identity_unreadable', /neither a key nor a file/],
    ['a file that is not there', () => '/nowhere/keys.txt', 'identity_unreadable', /ENOENT/],
    ['a folder', () => workplace.folder, 'identity_unreadable', /EISDIR/],
  ])('that is %s is told as that', async (_what, ageIdentity, code, message) => {
    const { manifest } = await stored(await aBackup(dump, { recipients: [recipient] }));

    await expectUnusable(manifest, code, message, { ageIdentity: ageIdentity() });
  });

  test('that is a file without a key', async () => {
    const { manifest } = await stored(await aBackup(dump, { recipients: [recipient] }));
    const path = join(workplace.folder, 'empty.txt');
    await writeFile(path, '# nothing yet\n');

    await expectUnusable(manifest, 'identity_unreadable', /holds no key/, { ageIdentity: path });
  });
});

describe('an archive that is not what it should be', () => {
  const flipped = (bytes: Buffer, at: number): Buffer => {
    const copy = Buffer.from(bytes);
    copy[at] = (copy[at] ?? 0) ^ 1;
    return copy;
  };

  test.each<readonly [string, number]>([
    ['first', 0],
    ['tenth', 0.1],
    ['middle', 0.5],
    ['last', 0.999_999],
  ])('because its %s byte is flipped', async (_which, share) => {
    const made = await aBackup(dump);
    const archive = flipped(made.archive, Math.floor(share * made.archive.length));

    await expectUnusable(await storedInstead(made, archive), 'archive_damaged', /damaged/);
    expect(report.warnings.map(({ code }) => code)).toEqual(['fetch_repeated']);
  });

  test.each([0.5, 0.999_999])('because a byte is flipped under the encryption (at %d)', async share => {
    const made = await aBackup(dump, { recipients: [recipient] });
    const archive = flipped(made.archive, Math.floor(share * made.archive.length));

    await expectUnusable(await storedInstead(made, archive), 'archive_damaged', /damaged/, {
      ageIdentity: identity,
    });
  });

  test.each([
    ['is cut off', (archive: Buffer) => archive.subarray(0, -7)],
    ['is empty', () => Buffer.alloc(0)],
    ['has something after its end', (archive: Buffer) => Buffer.concat([archive, Buffer.from('x')])],
  ])('because it %s', async (_how, spoil) => {
    const made = await aBackup(dump);

    await expectUnusable(
      await storedInstead(made, spoil(made.archive)),
      'archive_damaged',
      /bytes instead of/,
    );
  });

  /** Archive and manifest fit each other, and the content is not the dump that the manifest tells of. */
  const forged = async (
    archive: Buffer,
    change: Partial<Manifest['archive']> = {},
    format: Manifest['format'] = FORMAT,
  ): Promise<Manifest> => {
    const { manifest } = await aBackup(dump, { format });
    const sha256 = sha256Of(archive);
    const name = `archive-${sha256}.dump${format === 1 ? '.zst' : ''}${change.encrypted ? '.age' : ''}`;
    const forgery = {
      ...manifest,
      archive: { ...manifest.archive, bytes: archive.length, sha256, name, ...change },
    };
    await putBytes(under.store, archiveKey(PREFIX, { manifest: forgery }), archive);
    return forgery;
  };

  test.each<readonly [string, () => Buffer, RegExp]>([
    ['has other content', () => Buffer.alloc(dump.length, 1), /not what was dumped/],
    ['holds less', () => dump.subarray(1), /not what was dumped/],
    ['holds more', () => Buffer.concat([dump, dump]), /holds more/],
  ])('because it %s', async (_how, archive, message) => {
    await expectUnusable(await forged(archive()), 'archive_damaged', message);
  });

  test.each<readonly [string, () => Buffer, RegExp]>([
    [
      'is valid zstd with other content',
      () => zstdCompressSync(Buffer.alloc(dump.length, 1)),
      /not what was dumped/,
    ],
    ['unpacks to less', () => zstdCompressSync(dump.subarray(1)), /not what was dumped/],
    ['unpacks to more', () => zstdCompressSync(Buffer.concat([dump, dump])), /holds more/],
    ['is no zstd', () => dump, /cannot be unpacked/],
    ['is cut zstd', () => zstdCompressSync(dump).subarray(0, -10), /cannot be unpacked/],
  ])('because it is of an earlier build and %s', async (_how, archive, message) => {
    await expectUnusable(await forged(archive(), {}, 1), 'archive_damaged', message);
  });

  test('because it is not the archive that was made, although it holds the same', async () => {
    const made = await aBackup(dump, { format: 1 });
    const archive = zstdCompressSync(dump, { params: { [constants.ZSTD_c_compressionLevel]: 1 } });
    const manifest = {
      ...made.manifest,
      archive: { ...made.manifest.archive, bytes: archive.length },
    };
    await storedInstead(made, archive);

    await expectUnusable(manifest, 'archive_damaged', /SHA-256/);
  });

  test('because it is in the clear and should not be', async () => {
    const manifest = await forged(dump, { encrypted: true });

    await expectUnusable(manifest, 'not_encrypted', /not encrypted/, { ageIdentity: identity });
  });

  test('because it is encrypted and should not be', async () => {
    const { archive } = await aBackup(dump, { recipients: [recipient] });

    await expectUnusable(await forged(archive), 'encrypted', /is encrypted/, { ageIdentity: identity });
  });

  test('because it is encrypted and ends before it begins', async () => {
    const manifest = await forged(Buffer.from('age'), { encrypted: true });

    await expectUnusable(manifest, 'not_encrypted', /not encrypted/, { ageIdentity: identity });
  });

  test('because it is not there', async () => {
    await expectUnusable((await aBackup(dump)).manifest, 'archive_missing', /not there/);
  });
});

describe('on the way', () => {
  test.each([
    ['ends in the middle', { kind: 'truncate' }],
    ['stands still', { kind: 'stall' }],
    ['has a byte changed', { kind: 'corruptAnswer' }],
  ] as const)('an answer that %s is fetched again', async (_what, fault) => {
    const { manifest } = await stored(await aBackup(dump, { recipients: [recipient] }));
    under.double.fail(fault, { operation: 'GetObject' });

    await using archive = await fetch(manifest, { ageIdentity: identity });

    expect((await readFile(archive.path)).equals(dump)).toBe(true);
    expect(report.warnings.map(({ code }) => code)).toEqual(['fetch_repeated']);
    expect(await leftovers()).toHaveLength(1);
  });

  test('an answer that always ends in the middle is no damage: another time may be better', async () => {
    const { manifest } = await stored(await aBackup(dump));
    under.double.fail({ kind: 'truncate' }, { operation: 'GetObject', times: Infinity });

    await expect(fetch(manifest)).rejects.toMatchObject({ exit: 'unavailable', code: 'store_cut' });

    expect(await leftovers()).toEqual([]);
  });

  test('a signal ends it with its reason, and nothing is left', async () => {
    const { manifest } = await stored(await aBackup(dump));
    under.double.fail({ kind: 'stall' }, { operation: 'GetObject', times: Infinity });
    const stop = new AbortController();
    const reason = new BackupFailure('terminated', 'terminated', 'Stopped by SIGTERM.');
    const fetching = fetch(manifest, { signal: stop.signal });
    fetching.catch(() => undefined);
    await until('the fetch has begun', () => under.double.log.some(entry => entry.operation === 'GetObject'));
    stop.abort(reason);

    await expect(fetching).rejects.toBe(reason);

    expect(await leftovers()).toEqual([]);
  });
});

test('what a killed run has left in the work directory is taken away', async () => {
  const { manifest } = await stored(await aBackup(dump));
  const dead = spawnSync('true').pid;
  await mkdir(work, { recursive: true });
  for (const name of [`fetched-${manifest.id}-${dead}.dump.partial`, `fetched-${manifest.id}-${dead}.dump`])
    await writeFile(join(work, name), 'half a dump');
  await writeFile(join(work, 'notes.txt'), 'of somebody else');

  await (await fetch(manifest))[Symbol.asyncDispose]();

  expect(await leftovers()).toEqual(['notes.txt']);
});

test('a disk without the room for the dump is told before anything is fetched', async () => {
  const { manifest } = await stored(await aBackup(dump));
  const huge = { ...manifest, archive: { ...manifest.archive, dump_bytes: 2 ** 60 } };

  await expect(fetch(huge)).rejects.toMatchObject({ exit: 'full', code: 'disk_full' });

  expect(under.double.log.filter(({ operation }) => operation === 'GetObject')).toEqual([]);
});
