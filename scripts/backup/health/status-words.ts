import type { Finding, Findings, Recorded } from './findings.ts';
import type { Judgement } from './judgement.ts';
import { describe, rowsIn } from '../commands/list.ts';
import type { RunRecord } from '../records.ts';
import type { ServerCopy } from './server-copies.ts';
import { ageInWords, counted, sizeInWords } from '../words.ts';

const SHOWN_SIZES = 7;

/** For a person: what matters most comes first. */
export const statusText = (
  { catalogue, probed, recorded }: Findings,
  { problems }: Judgement,
  place: string,
  now: Date,
): string => {
  const manifests = catalogue.value?.manifests ?? [];
  const [newest] = manifests;
  const sizes = manifests.slice(0, SHOWN_SIZES).map(({ archive }) => sizeInWords(archive.bytes));
  return [
    problems.length === 0 ? 'The backups are well.' : 'The backups are NOT well:',
    ...problems.map(({ text }) => `  ${text}`),
    '',
    `Restore last proven  ${runInWords(recorded, ({ proven }) => proven, now)}`,
    `Newest backup        ${
      newest
        ? `${ageInWords(new Date(newest.snapshot_at), now)}, ${sizeInWords(newest.archive.bytes)}, ${rowsIn(newest)} rows (${newest.id})`
        : catalogue.failure
          ? 'unknown'
          : 'none'
    }`,
    `Last failure         ${runInWords(recorded, ({ failed }) => failed, now)}`,
    `Store                ${place}, ${counted(manifests.length, 'backup')}${probed?.value ? ', takes new ones' : ''}`,
    ...(sizes.length > 1 ? [`Sizes, newest first  ${sizes.join(', ')}`] : []),
    ...copiesInWords(recorded.value?.copies.safety ?? [], 'Safety copies'),
    ...copiesInWords(recorded.value?.copies.leftovers ?? [], 'Leftovers'),
  ].join('\n');
};

const runInWords = (
  recorded: Finding<Recorded>,
  choose: (recorded: Recorded) => RunRecord | null,
  now: Date,
): string => {
  if (recorded.failure) return 'unknown: the database is down';
  const run = choose(recorded.value);
  if (!run) return 'never';
  const code = run.failure === null ? '' : ` (${run.failure})`;
  return `${ageInWords(run.finishedAt, now)} by a ${run.kind}${run.backupId === null ? '' : ` of ${run.backupId}`}${code}`;
};

const copiesInWords = (copies: readonly ServerCopy[], heading: string): readonly string[] =>
  copies.length === 0
    ? []
    : [
        `${heading} on the server; when one is not needed any more, run its statement with psql:`,
        ...copies.map(({ bytes, drop }) => `  ${drop};${bytes === null ? '' : `  -- ${sizeInWords(bytes)}`}`),
      ];

/** For a machine. */
export const statusData = (
  { catalogue, probed, recorded }: Findings,
  { problems, warnings }: Judgement,
  place: string,
  now: Date,
): Readonly<Record<string, unknown>> => {
  const manifests = catalogue.value?.manifests ?? [];
  const run = (found: RunRecord | null | undefined) =>
    found
      ? {
          ...{ kind: found.kind, backup_id: found.backupId, at: found.finishedAt.toISOString() },
          age_seconds: Math.floor((now.getTime() - found.finishedAt.getTime()) / 1_000),
          ...(found.failure === null ? {} : { failure: found.failure }),
        }
      : null;
  return {
    ...{ problems, warnings },
    newest: manifests[0] ? describe(manifests[0], now) : null,
    restore_last_proven: run(recorded.value?.proven),
    last_failure: run(recorded.value?.failed),
    store: {
      place,
      readable: catalogue.failure === null,
      /** Null when it was not tried. */
      writable: probed && probed.failure === null,
      backups: manifests.length,
      broken: catalogue.value?.broken ?? [],
      sizes: manifests.slice(0, SHOWN_SIZES).map(({ id, archive: { bytes } }) => ({ id, bytes })),
    },
    database: {
      reachable: recorded.failure === null,
      safety_copies: recorded.value?.copies.safety ?? [],
      leftovers: recorded.value?.copies.leftovers ?? [],
    },
  };
};
