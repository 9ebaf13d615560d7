import { access, link, open, rm } from 'node:fs/promises';
import { dirname, resolve } from 'node:path';
import { chooseBackup } from '../reading/catalogue.ts';
import { CHOICE_OPTIONS, choiceOf } from '../reading/choice.ts';
import type { Command, OptionValues, Outcome, Surroundings } from '../command.ts';
import { BackupFailure } from '../failure.ts';
import { fetchArchive } from '../reading/fetch-archive.ts';
import { requireSpace } from '../free-space.ts';
import { openStore } from '../store/open-store.ts';
import { findTools, runTool } from '../postgres/postgres-tools.ts';
import { sizeInWords } from '../words.ts';

const TRAILER = 'PostgreSQL database dump complete';
const END_BYTES = 4_096;

const present = async (path: string): Promise<boolean> =>
  await access(path).then(
    () => true,
    () => false,
  );

const alreadyThere = (path: string): BackupFailure =>
  new BackupFailure(
    'refused',
    'file_exists',
    `${path} is there already, and is left alone. Choose another --out.`,
  );

/** A file that ends early looks like a whole one to psql, which would leave tables empty without a word. */
const requireTrailer = async (path: string): Promise<number> => {
  await using file = await open(path, 'r+');
  const { size } = await file.stat();
  const length = Math.min(END_BYTES, size);
  const { buffer } = await file.read(Buffer.alloc(length), 0, length, size - length);
  if (!buffer.includes(TRAILER))
    throw new BackupFailure(
      'unusable',
      'export_cut',
      `${path} has no end: pg_restore did not write everything.`,
    );
  await file.sync();
  return size;
};

/** Never replaces a file, not even one that came while this ran. */
const giveName = async (partial: string, path: string): Promise<void> => {
  try {
    await link(partial, path);
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    throw code === 'EEXIST'
      ? alreadyThere(path)
      : new BackupFailure('unavailable', 'file_failed', `${path} cannot be made: ${message}`);
  }
};

const writePlain = async (
  { settings, report, signal }: Surroundings,
  options: OptionValues,
): Promise<Outcome> => {
  const store = openStore(settings);
  try {
    const manifest = await chooseBackup(store, settings.prefix, choiceOf(options), signal);
    const path = resolve(typeof options.out === 'string' ? options.out : `daymark-${manifest.id}.sql`);
    if (await present(path)) throw alreadyThere(path);
    const { archive } = manifest;
    await requireSpace(dirname(path), archive.dump_bytes);
    // What wrote the archive must not be newer than what reads it.
    const tools = findTools(Number(/\d+/.exec(archive.made_by)?.[0]) * 10_000);
    await using fetched = await fetchArchive(store, settings, manifest, signal, report);
    report.step('exporting', `Writing ${path}`);
    const partial = `${path}.${process.pid}.partial`;
    try {
      // pg_restore would make it readable for everybody.
      await (await open(partial, 'wx', 0o600)).close();
      await runTool(tools.pgRestore, ['--no-owner', '--no-privileges', `--file=${partial}`, fetched.path], {
        signal,
      });
      const bytes = await requireTrailer(partial);
      await giveName(partial, path);
      return {
        text: `Wrote backup ${manifest.id} as SQL to ${path} (${sizeInWords(bytes)}).
Load it into an empty database, with a psql of at least the same version:
  psql -X -v ON_ERROR_STOP=1 --single-transaction -d DATABASE_URL -f ${path}`,
        data: { id: manifest.id, path, bytes },
      };
    } finally {
      await rm(partial, { force: true });
    }
  } finally {
    await store.close();
  }
};

export const exportPlain: Command = {
  help: 'Writes a backup as a plain SQL file for psql.',
  options: {
    ...CHOICE_OPTIONS,
    out: { type: 'string', value: 'FILE', help: 'where to; never overwritten (daymark-ID.sql)' },
  },
  run: writePlain,
};
