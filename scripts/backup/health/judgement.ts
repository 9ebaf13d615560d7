import type { Findings } from './findings.ts';
import { ageInWords, durationInWords } from '../words.ts';

const PROVEN_WITHIN_MS = 8 * 24 * 60 * 60_000;
/** Of the median of the backups before it. */
const LEAST_SHARE = 0.5;
const COMPARED = 7;

export interface Remark {
  readonly code: string;
  readonly text: string;
}

export interface Judgement {
  /** What makes the backups unwell: one bad day now, and data is lost. */
  readonly problems: readonly Remark[];
  /** What somebody should look at. */
  readonly warnings: readonly Remark[];
}

export const judge = (findings: Findings, maxAgeSeconds: number, now: Date): Judgement => ({
  problems: [...problemsOfAge(findings, maxAgeSeconds, now), ...problemsOfStore(findings)],
  warnings: [...warningsOfBackups(findings), ...warningsOfProof(findings, now)],
});

const problemsOfAge = ({ catalogue }: Findings, maxAgeSeconds: number, now: Date): readonly Remark[] => {
  if (catalogue.failure) return [];
  const [newest] = catalogue.value.manifests;
  if (!newest) return [{ code: 'no_backup', text: 'There is no backup.' }];
  const taken = new Date(newest.snapshot_at);
  if (now.getTime() - taken.getTime() <= maxAgeSeconds * 1_000) return [];
  const limit = durationInWords(maxAgeSeconds * 1_000);
  return [
    {
      code: 'too_old',
      text: `The newest backup was made ${ageInWords(taken, now)}; it should be no older than ${limit} (BACKUP_MAX_AGE).`,
    },
  ];
};

const problemsOfStore = ({ catalogue, probed }: Findings): readonly Remark[] => [
  ...(catalogue.failure ? [{ code: catalogue.failure.code, text: catalogue.failure.message }] : []),
  ...(probed?.failure && probed.failure.message !== catalogue.failure?.message
    ? [{ code: 'store_takes_nothing', text: `A backup could not be stored now. ${probed.failure.message}` }]
    : []),
];

const warningsOfBackups = ({ catalogue }: Findings): readonly Remark[] => {
  if (catalogue.failure) return [];
  const { manifests, broken } = catalogue.value;
  const [newest, ...before] = manifests.map(({ archive }) => archive.bytes);
  const sizes = before.slice(0, COMPARED).sort((one, other) => one - other);
  const median = sizes[Math.floor(sizes.length / 2)];
  const hasShrunk = newest !== undefined && median !== undefined && newest < LEAST_SHARE * median;
  return [
    ...broken.map(({ problem }) => ({ code: 'unusable_backup', text: problem })),
    ...(hasShrunk
      ? [{ code: 'shrunk', text: 'The newest backup is less than half as large as those before it.' }]
      : []),
  ];
};

const warningsOfProof = ({ recorded }: Findings, now: Date): readonly Remark[] => {
  if (recorded.failure)
    return [
      {
        code: recorded.failure.code,
        text: `What is known of runs cannot be read. ${recorded.failure.message}`,
      },
    ];
  const { proven, failed, done, copies } = recorded.value;
  const isProven = proven !== null && now.getTime() - proven.finishedAt.getTime() <= PROVEN_WITHIN_MS;
  const laterDone = failed && done.get(failed.kind);
  const stillFails = failed && (!laterDone || laterDone.finishedAt < failed.finishedAt);
  return [
    ...(isProven
      ? []
      : [
          {
            code: 'not_proven',
            text: `${
              proven
                ? `That a backup can be restored was last proven ${ageInWords(proven.finishedAt, now)}.`
                : 'It was never proven that a backup can be restored.'
            } Run a drill (make restore-drill).`,
          },
        ]),
    ...(stillFails
      ? [
          {
            code: 'last_run_failed',
            text: `The last ${failed.kind} failed ${ageInWords(failed.finishedAt, now)} (${failed.failure ?? 'unknown'}).`,
          },
        ]
      : []),
    ...copies.leftovers.map(({ name }) => ({
      code: 'leftover_database',
      text: `The database ${name} was left behind by a restore or drill that was killed, or is used by one now.`,
    })),
  ];
};
