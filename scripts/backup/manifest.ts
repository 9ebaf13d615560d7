import { z } from 'zod';
import { BackupFailure } from './failure.ts';

/** Of this program. A backup of another one must never be restored as ours. */
export const APPLICATION = 'daymark';
/** Since 2 the dump is as pg_dump compressed it; in 1 it was uncompressed, and packed with zstd. */
export const FORMAT = 2;
const READABLE = [1, FORMAT] as const;

const count = z.number().int().nonnegative();
const sha256 = z.string().regex(/^[0-9a-f]{64}$/);

/** Read in one snapshot with the dump, so that both tell of the same moment. */
const inventoryShape = z.strictObject({
  /** By `schema.name`, in that order. `hash` does not depend on the order of rows. */
  tables: z.array(z.strictObject({ name: z.string(), rows: count, hash: z.string() })),
  sequences: z.array(z.strictObject({ name: z.string(), last_value: z.string(), is_called: z.boolean() })),
  large_objects: z.strictObject({ count, hash: z.string() }),
});

const manifestShape = z.strictObject({
  application: z.literal(APPLICATION),
  format: z.literal(READABLE),
  id: z.string().regex(/^\d{8}T\d{6}Z-[a-z0-9]{8}$/),
  /** Monthly ones are kept longer. */
  kind: z.enum(['daily', 'monthly']),
  /** The moment that the backup shows, by the clock of the database. */
  snapshot_at: z.iso.datetime({ precision: 3 }),
  finished_at: z.iso.datetime({ precision: 3 }),
  source_revision: z.string(),
  database: z.strictObject({
    name: z.string(),
    /** As `server_version_num`: 180004. */
    server_version: count,
    encoding: z.string(),
    collate: z.string(),
    ctype: z.string(),
    locale_provider: z.enum(['libc', 'icu', 'builtin']),
    size_bytes: count,
    extensions: z.array(z.strictObject({ name: z.string(), version: z.string() })),
  }),
  /** All that had been applied, oldest first. */
  migrations: z.array(z.string()),
  inventory: inventoryShape,
  archive: z.strictObject({
    /** Beside the manifest; holds the SHA-256, so that a name stands for one content. */
    name: z.string().regex(/^archive-[0-9a-f]{64}\.dump(\.zst)?(\.age)?$/),
    bytes: count,
    sha256,
    /** Of the dump before it was packed and encrypted. */
    dump_bytes: count,
    dump_sha256: sha256,
    encrypted: z.boolean(),
    /** `pg_dump 18.4`. */
    made_by: z.string(),
  }),
});

export type Inventory = z.infer<typeof inventoryShape>;
/** The commit record of a backup: without one there is no backup, whatever lies beside it. */
export type Manifest = z.infer<typeof manifestShape>;

/** @throws {BackupFailure} that says what the text is instead. */
export const parseManifest = (text: string, key: string): Manifest => {
  const refuse = (code: string, problem: string): never => {
    throw new BackupFailure('unusable', code, `${key}: ${problem}`);
  };
  const json = tryJson(text);
  const header = z.looseObject({ application: z.string(), format: z.number() }).safeParse(json);
  if (!header.success) return refuse('manifest_unreadable', 'this is no manifest of a backup.');
  const { application, format } = header.data;
  if (application !== APPLICATION)
    return refuse('foreign_backup', `this is a backup of ${application.slice(0, 40)}.`);
  if (!READABLE.some(each => each === format))
    return refuse(
      'unknown_format',
      `its format is ${format}; this build reads ${READABLE.join(' and ')}. Use a newer build.`,
    );
  const manifest = manifestShape.safeParse(json);
  if (!manifest.success) {
    const [issue] = manifest.error.issues;
    return refuse(
      'manifest_unreadable',
      `the manifest is damaged at ${issue?.path.join('.') ?? 'its root'}.`,
    );
  }
  return manifest.data;
};

const tryJson = (text: string): unknown => {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
};

/** `PREFIX/daily/ID/`: what belongs to one backup lies below it. */
export const folderOf = (prefix: string, { kind, id }: Pick<Manifest, 'kind' | 'id'>): string =>
  `${prefix}${kind}/${id}/`;

export const MANIFEST_NAME = 'manifest.json';
