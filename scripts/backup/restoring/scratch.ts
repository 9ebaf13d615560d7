import pg from 'pg';
import { BackupFailure } from '../failure.ts';
import type { Manifest } from '../manifest.ts';
import type { Report } from '../report.ts';
import {
  connectTo,
  databaseCalled,
  databaseFailure,
  disconnect,
  maintenanceUrl,
  redacted,
  rowsOf,
} from '../postgres/server.ts';

/** Copying the template and dropping what has grown large take their time on a slow disk. */
const DEADLINE_MS = 600_000;

/** "invalid locale name", and "encoding ... does not match locale". */
const UNKNOWN_HERE: readonly string[] = ['42809', '22023', '42704', '42P17', '0A000'];

/** A database that nobody knows of yet. */
export interface Scratch extends AsyncDisposable {
  readonly name: string;
  /** What connects to it acts as the owner of the database that it is for. */
  readonly url: string;
  /** Lets it stay: it is somebody's now. */
  keep(): void;
}

export interface ScratchOrder {
  readonly databaseUrl: string;
  readonly name: string;
  /** Null for the user of `databaseUrl`. */
  readonly owner: string | null;
  readonly like: Manifest['database'];
}

/**
 * Whatever is in it can be restored again, so nothing waits for the disk; many rows are sorted at once. There are as many
 * jobs as processors to use, so none of them has helpers of its own; and no statement is long enough for a compiler.
 */
const HASTE = [
  'synchronous_commit=off',
  'maintenance_work_mem=128MB',
  'max_parallel_maintenance_workers=0',
  'jit=off',
  'statement_timeout=0',
  'lock_timeout=0',
];

const hastyUrl = (databaseUrl: string, name: string, owner: string | null): string => {
  const url = new URL(databaseCalled(databaseUrl, name));
  const settings = owner === null ? HASTE : [...HASTE, `role=${owner}`];
  // In a word of this list a backslash takes the next character as it is.
  const words = settings.map(setting => `-c ${setting.replaceAll(/[\\\s]/g, '\\$&')}`);
  url.searchParams.set('options', [url.searchParams.get('options') ?? '', ...words].join(' ').trim());
  return url.href;
};

/** The locale as it was; of ICU and of Postgres itself only the kind is known, so theirs is the server's own. */
const localeOf = ({ collate, ctype, locale_provider }: Manifest['database']): string =>
  locale_provider === 'libc'
    ? ` lc_collate ${pg.escapeLiteral(collate)} lc_ctype ${pg.escapeLiteral(ctype)}`
    : '';

const create = async (client: pg.Client, order: ScratchOrder, report: Report): Promise<void> => {
  const { name, owner, like } = order;
  const whose = owner === null ? '' : ` owner ${pg.escapeIdentifier(owner)}`;
  const make = (how: string) =>
    rowsOf(
      client,
      `create database ${pg.escapeIdentifier(name)} template template0${whose} encoding ${pg.escapeLiteral(like.encoding)}${how}`,
      [],
      DEADLINE_MS,
    );
  try {
    await make(localeOf(like));
  } catch (error) {
    if (!UNKNOWN_HERE.includes((error as { code?: string }).code ?? '')) throw error;
    await make('');
    report.warn(
      'locale_unknown',
      `This server does not know the locale ${like.collate} of the backup, so its own is used. Text may sort in another order.`,
    );
    return;
  }
  if (like.locale_provider !== 'libc')
    report.warn(
      'locale_provider',
      `The database sorted with ${like.locale_provider}; the restored one sorts as is usual on this server.`,
    );
};

const drop = (client: pg.Client, name: string) =>
  rowsOf(client, `drop database if exists ${pg.escapeIdentifier(name)} with (force)`, [], DEADLINE_MS);

/** Also ends whoever is connected, such as programs that a killed run has left. */
const dropScratch = async (databaseUrl: string, name: string): Promise<void> => {
  const client = await connectTo(maintenanceUrl(databaseUrl));
  try {
    await drop(client, name);
  } catch (error) {
    throw databaseFailure(error, databaseUrl, `dropping the database ${name}`);
  } finally {
    await disconnect(client);
  }
};

/**
 * Makes an empty database, in the place of one that was left by a run that was killed. It is dropped when it is disposed
 * of, unless it was kept. Listens to no signal: it takes a moment, and half of it would be left behind.
 * @throws {BackupFailure}
 */
export const createScratch = async (order: ScratchOrder, report: Report): Promise<Scratch> => {
  const { databaseUrl, name, owner } = order;
  const client = await connectTo(maintenanceUrl(databaseUrl));
  try {
    await drop(client, name);
    await create(client, order, report);
  } catch (error) {
    throw scratchFailure(error, order);
  } finally {
    await disconnect(client);
  }
  let isKept = false;
  return {
    name,
    url: hastyUrl(databaseUrl, name, owner),
    keep: () => (isKept = true),
    [Symbol.asyncDispose]: async () => {
      if (isKept) return;
      try {
        await dropScratch(databaseUrl, name);
      } catch (error) {
        report.warn(
          'scratch_left',
          `The database ${name} could not be dropped: ${(error as Error).message} The next run drops it.`,
        );
      }
    },
  };
};

const scratchFailure = (error: unknown, { databaseUrl, name }: ScratchOrder): BackupFailure => {
  const { code, message } = error as { code?: string; message: string };
  // The user may make databases, so it is about one that is there.
  if (code === '42501')
    return new BackupFailure(
      'refused',
      'scratch_not_ours',
      `The database ${name} belongs to somebody else: ${redacted(message, databaseUrl)}. Drop it, then try again.`,
      { cause: error },
    );
  return databaseFailure(error, databaseUrl, `making the database ${name}`);
};
