import { BackupFailure } from '../failure.ts';
import { folderOf, type Manifest, MANIFEST_NAME, parseManifest } from '../manifest.ts';
import type { BackupStore } from '../store/store.ts';

/** Far more than a manifest of thousands of tables; what is larger is none. */
const MOST_MANIFEST_BYTES = 16_000_000;
const READ_AT_ONCE = 4;

export interface BrokenManifest {
  readonly key: string;
  readonly problem: string;
}

export interface Catalogue {
  /** The newest first. */
  readonly manifests: readonly Manifest[];
  /** What stands where a manifest should, and is no backup that can be used. */
  readonly broken: readonly BrokenManifest[];
}

/**
 * All backups of a store. An archive without a manifest is none, so it is not mentioned.
 * @throws {BackupFailure} only when the store fails.
 */
export const manifestsIn = async (
  store: BackupStore,
  prefix: string,
  signal: AbortSignal,
): Promise<Catalogue> => {
  const sizes = new Map<string, number>();
  for (const kind of ['daily', 'monthly'])
    for await (const { key, bytes } of store.list(`${prefix}${kind}/`, signal)) sizes.set(key, bytes);
  const keys = [...sizes.keys()].filter(key => key.endsWith(`/${MANIFEST_NAME}`));
  const manifests: Manifest[] = [];
  const broken: BrokenManifest[] = [];
  const readNext = async (): Promise<void> => {
    for (let key = keys.shift(); key !== undefined; key = keys.shift())
      try {
        const manifest = await readManifest(store, key, signal);
        checkPlace(manifest, prefix, key, sizes);
        manifests.push(manifest);
      } catch (error) {
        if (!(error instanceof BackupFailure) || error.exit !== 'unusable') throw error;
        broken.push({ key, problem: error.message });
      }
  };
  await Promise.all(Array.from({ length: READ_AT_ONCE }, readNext));
  const newestFirst = (one: string, other: string): number => (one < other ? 1 : -1);
  return {
    manifests: manifests.sort((one, other) => newestFirst(one.id, other.id)),
    broken: broken.sort((one, other) => newestFirst(idIn(one.key), idIn(other.key))),
  };
};

export interface Choice {
  readonly id?: string | undefined;
  /** The newest that shows a moment before this one. */
  readonly before?: Date | undefined;
}

/**
 * One backup: the one with the id, or the newest. A newer one that cannot be used is not passed over in silence.
 * @throws {BackupFailure} `backup_missing`, or `unusable` for a broken one.
 */
export const chooseBackup = async (
  store: BackupStore,
  prefix: string,
  choice: Choice,
  signal: AbortSignal,
): Promise<Manifest> => {
  const { manifests, broken } = await manifestsIn(store, prefix, signal);
  const { id, before } = choice;
  if (id !== undefined) return withId(id, { manifests, broken }, store);
  const isMeant = before
    ? ({ snapshot_at }: Manifest): boolean => Date.parse(snapshot_at) < before.getTime()
    : (): boolean => true;
  const newest = manifests.find(isMeant);
  const limit = before ? idTime(before) : '~';
  const spoiled = broken.find(({ key }) => idIn(key) < limit && idIn(key) > (newest?.id ?? ''));
  if (spoiled)
    throw new BackupFailure(
      'unusable',
      'newest_unusable',
      `The newest backup cannot be used. ${spoiled.problem}\n${
        newest ? `The newest that can: ask for it with its id ${newest.id}.` : 'There is no other.'
      }`,
    );
  if (newest) return newest;
  throw missing(
    before ? `There is no backup from before ${before.toISOString()}` : 'There is no backup',
    store,
  );
};

const withId = (id: string, { manifests, broken }: Catalogue, store: BackupStore): Manifest => {
  const found = manifests.find(manifest => manifest.id === id);
  if (found) return found;
  const problem = broken.find(({ key }) => idIn(key) === id)?.problem;
  if (problem !== undefined) throw new BackupFailure('unusable', 'backup_unusable', problem);
  throw missing(`There is no backup ${id.slice(0, 40)}`, store);
};

const missing = (what: string, { place }: BackupStore): BackupFailure =>
  new BackupFailure('missing', 'backup_missing', `${what} in ${place}.`);

/** `.../ID/manifest.json` */
const idIn = (key: string): string => key.split('/').at(-2) ?? '';

/** As an id begins. */
const idTime = (time: Date): string => time.toISOString().replaceAll(/[-:]|\.\d+/g, '');

const readManifest = async (store: BackupStore, key: string, signal: AbortSignal): Promise<Manifest> => {
  const text = await textAt(store, key, signal).catch((error: unknown) => {
    // The damage may be of the way, and a connection may break.
    const isOfTheWay = error instanceof BackupFailure && ['object_damaged', 'store_cut'].includes(error.code);
    if (!isOfTheWay) throw error;
    return textAt(store, key, signal);
  });
  return parseManifest(text, key);
};

const textAt = async (store: BackupStore, key: string, signal: AbortSignal): Promise<string> => {
  const found = await store.open(key, signal);
  const refuse = (problem: string): BackupFailure =>
    new BackupFailure('unusable', 'manifest_unreadable', `${key}: ${problem}`);
  if (found === null) throw refuse('it is gone.');
  const pieces: Uint8Array[] = [];
  let bytes = 0;
  for await (const piece of found.body) {
    pieces.push(piece);
    bytes += piece.length;
    if (bytes > MOST_MANIFEST_BYTES) throw refuse('it is too large to be a manifest.');
  }
  return Buffer.concat(pieces).toString();
};

/** @throws {BackupFailure} for a manifest that was put elsewhere, or whose archive is not there. */
const checkPlace = (
  manifest: Manifest,
  prefix: string,
  key: string,
  sizes: ReadonlyMap<string, number>,
): void => {
  const folder = folderOf(prefix, manifest);
  const { name, bytes, sha256, encrypted } = manifest.archive;
  const refuse = (code: string, problem: string): never => {
    throw new BackupFailure('unusable', code, `${key}: ${problem}`);
  };
  if (`${folder}${MANIFEST_NAME}` !== key)
    refuse('manifest_misplaced', `it is the manifest of ${manifest.id}.`);
  if (!name.startsWith(`archive-${sha256}.`) || name.endsWith('.age') !== encrypted)
    refuse('manifest_unreadable', 'what it says of its archive does not fit together.');
  const found = sizes.get(`${folder}${name}`);
  if (found === undefined) refuse('archive_missing', 'its archive is not there.');
  if (found !== bytes) refuse('archive_damaged', `its archive has ${found} bytes instead of ${bytes}.`);
};
