import { spawnSync } from 'node:child_process';
import { createHash, randomBytes } from 'node:crypto';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { constants, zstdCompressSync } from 'node:zlib';
import { encryptTo } from '../../scripts/backup/encryption.ts';
import { folderOf, FORMAT, type Manifest, MANIFEST_NAME } from '../../scripts/backup/manifest.ts';
import type { Report } from '../../scripts/backup/report.ts';
import type { BackupStore, FileToStore } from '../../scripts/backup/store/store.ts';

/** A folder of a test's own, gone with it. */
export class Workplace {
  readonly folder: string;
  #made = 0;

  private constructor(folder: string) {
    this.folder = folder;
  }

  static async make(): Promise<Workplace> {
    return new Workplace(await mkdtemp(join(tmpdir(), 'daymark-backup-')));
  }

  async fileOf(bytes: Uint8Array): Promise<FileToStore> {
    const path = join(this.folder, `file-${++this.#made}`);
    await writeFile(path, bytes);
    return { path, bytes: bytes.length, sha256: sha256Of(bytes) };
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await rm(this.folder, { recursive: true, force: true });
  }
}

export const sha256Of = (bytes: Uint8Array): string => createHash('sha256').update(bytes).digest('hex');

/** What pg_dump writes of a database for a backup. */
export const dumpOf = (databaseUrl: string): Buffer => {
  const words = ['--format=custom', '--compress=1', '--no-owner', '--no-privileges', databaseUrl];
  const { status, stdout, stderr } = spawnSync('pg_dump', words, { maxBuffer: 1e9 });
  if (status !== 0) throw new Error(String(stderr));
  return stdout;
};

export interface MadeBackup {
  readonly manifest: Manifest;
  /** What lies in the store, to be spoiled by a test. */
  readonly archive: Buffer;
  readonly manifestText: string;
}

export interface BackupChange {
  /** The newest unless said otherwise. */
  readonly format?: Manifest['format'];
  readonly id?: string;
  readonly kind?: Manifest['kind'];
  readonly snapshotAt?: Date;
  readonly recipients?: readonly string[];
  readonly tables?: Manifest['inventory']['tables'];
}

const aBackupId = (at: Date): string =>
  `${at.toISOString().replaceAll(/[-:]|\.\d+/g, '')}-${randomBytes(4).toString('hex')}`;

/** A backup of this dump as the command makes it, without a database being asked. */
export const aBackup = async (dump: Buffer, change: BackupChange = {}): Promise<MadeBackup> => {
  const { format = FORMAT, snapshotAt = new Date(), kind = 'daily', recipients = [], tables = [] } = change;
  const packed =
    format === 1 ? zstdCompressSync(dump, { params: { [constants.ZSTD_c_checksumFlag]: 1 } }) : dump;
  const archive =
    recipients.length === 0
      ? packed
      : Buffer.concat(await Array.fromAsync(encryptTo(recipients)(piecesOf(packed))));
  const sha256 = sha256Of(archive);
  const isEncrypted = recipients.length > 0;
  const manifest: Manifest = {
    ...{ application: 'daymark', format, id: change.id ?? aBackupId(snapshotAt), kind },
    snapshot_at: snapshotAt.toISOString(),
    finished_at: snapshotAt.toISOString(),
    source_revision: 'unknown',
    database: {
      ...{ name: 'daymark', server_version: 150_018, encoding: 'UTF8', collate: 'C.UTF-8', ctype: 'C.UTF-8' },
      ...{ locale_provider: 'libc', size_bytes: dump.length, extensions: [] },
    },
    migrations: [],
    inventory: { tables, sequences: [], large_objects: { count: 0, hash: '0' } },
    archive: {
      name: `archive-${sha256}.dump${format === 1 ? '.zst' : ''}${isEncrypted ? '.age' : ''}`,
      ...{ bytes: archive.length, sha256, dump_bytes: dump.length, dump_sha256: sha256Of(dump) },
      ...{ encrypted: isEncrypted, made_by: 'pg_dump 15.18' },
    },
  };
  return { manifest, archive, manifestText: JSON.stringify(manifest) };
};

export const piecesOf = async function* (bytes: Uint8Array, size = 10_000): AsyncGenerator<Uint8Array, void> {
  for (let at = 0; at < bytes.length; at += size) yield await Promise.resolve(bytes.subarray(at, at + size));
};

export const UNTOLD = new AbortController().signal;

/** Puts bytes under a key, whatever they are. */
export const putBytes = async (store: BackupStore, key: string, bytes: Uint8Array): Promise<void> => {
  await using workplace = await Workplace.make();
  await store.put(key, await workplace.fileOf(bytes), UNTOLD);
};

export const archiveKey = (prefix: string, { manifest }: Pick<MadeBackup, 'manifest'>): string =>
  `${folderOf(prefix, manifest)}${manifest.archive.name}`;

export const manifestKey = (prefix: string, { manifest }: Pick<MadeBackup, 'manifest'>): string =>
  `${folderOf(prefix, manifest)}${MANIFEST_NAME}`;

/** The archive first and the manifest last, as it has to be. */
export const storeBackup = async (store: BackupStore, prefix: string, made: MadeBackup): Promise<void> => {
  await putBytes(store, archiveKey(prefix, made), made.archive);
  await putBytes(store, manifestKey(prefix, made), Buffer.from(made.manifestText));
};

/** Remembers what was told. */
export class HeardReport implements Report {
  readonly steps: string[] = [];
  readonly warnings: { readonly code: string; readonly text: string }[] = [];

  step(code: string): void {
    this.steps.push(code);
  }

  progress(): void {
    // Too often to be remembered.
  }

  warn(code: string, text: string): void {
    this.warnings.push({ code, text });
  }
}
