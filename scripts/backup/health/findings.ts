import { type Catalogue, manifestsIn } from '../reading/catalogue.ts';
import { BackupFailure } from '../failure.ts';
import { probe } from './probe.ts';
import { history, type RunKind, type RunRecord } from '../records.ts';
import type { BackupSettings } from '../settings.ts';
import { serverCopies, type ServerCopies } from './server-copies.ts';
import type { BackupStore } from '../store/store.ts';

/** What the database knows of backups. */
export interface Recorded {
  /** The newest run that proved a backup by restoring it. */
  readonly proven: RunRecord | null;
  /** The newest run that went wrong, of any kind. */
  readonly failed: RunRecord | null;
  /** The newest run that went well, by kind. */
  readonly done: ReadonlyMap<RunKind, RunRecord>;
  readonly copies: ServerCopies;
}

/** Something that was asked for, or why it could not be had. */
export type Finding<Value> =
  | { readonly value: Value; readonly failure: null }
  | { readonly value: null; readonly failure: BackupFailure };

export interface Findings {
  readonly catalogue: Finding<Catalogue>;
  /** Null when nobody wanted to know. */
  readonly probed: Finding<true> | null;
  readonly recorded: Finding<Recorded>;
}

/** Looks everywhere at once; that one place is down does not hide the others. */
export const look = async (
  store: BackupStore,
  settings: BackupSettings,
  isProbed: boolean,
  signal: AbortSignal,
): Promise<Findings> => {
  const [catalogue, probed, recorded] = await Promise.all([
    attempt(manifestsIn(store, settings.prefix, signal)),
    isProbed ? attempt(probe(store, settings, signal).then(() => true as const)) : null,
    attempt(recordedIn(settings.databaseUrl, signal)),
  ]);
  signal.throwIfAborted();
  return { catalogue, probed, recorded };
};

const attempt = async <Value>(looking: Promise<Value>): Promise<Finding<Value>> => {
  try {
    return { value: await looking, failure: null };
  } catch (failure) {
    if (failure instanceof BackupFailure) return { value: null, failure };
    throw failure;
  }
};

const KINDS: readonly RunKind[] = ['backup', 'verify', 'drill', 'restore'];

const recordedIn = async (databaseUrl: string, signal: AbortSignal): Promise<Recorded> => {
  const [done, failed, copies] = await Promise.all([
    Promise.all(KINDS.map(kind => history(databaseUrl, kind, 1, 'done'))),
    Promise.all(KINDS.map(kind => history(databaseUrl, kind, 1, 'failed'))),
    serverCopies(databaseUrl, signal),
  ]);
  const well = done.flat();
  return {
    proven: newest(well.filter(({ kind }) => kind === 'drill' || kind === 'restore')),
    failed: newest(failed.flat()),
    done: new Map(well.map(run => [run.kind, run])),
    copies,
  };
};

const newest = (runs: readonly RunRecord[]): RunRecord | null =>
  runs.toSorted((one, other) => other.finishedAt.getTime() - one.finishedAt.getTime())[0] ?? null;
