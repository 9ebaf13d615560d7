import type { Inventory } from '../manifest.ts';
import type { RunRecord } from '../records.ts';
import type { Report } from '../report.ts';
import { sizeInWords } from '../words.ts';

/** A table this small may empty itself in an ordinary night. */
const SMALL_TABLE_ROWS = 100;

export const rowsByTable = ({ tables }: Inventory): Readonly<Record<string, number>> =>
  Object.fromEntries(tables.map(({ name, rows }) => [name, rows]));

const median = (values: readonly number[]): number => {
  const sorted = values.toSorted((one, other) => one - other);
  return sorted[Math.floor(sorted.length / 2)] ?? 0;
};

/**
 * Warns when half of the data is gone since the last backups: it is the last moment at which the good ones are there.
 * @param earlier newest first
 */
export const warnOfShrinkage = (
  bytes: number,
  inventory: Inventory,
  earlier: readonly Pick<RunRecord, 'bytes' | 'rows'>[],
  report: Report,
): void => {
  const usual = median(earlier.flatMap(run => run.bytes ?? []));
  if (bytes < usual / 2)
    report.warn(
      'size_shrunk',
      `This backup has ${sizeInWords(bytes)}, and the last ones had ${sizeInWords(usual)}. Has something been lost?`,
    );
  const now = rowsByTable(inventory);
  for (const [table, before] of Object.entries(earlier[0]?.rows ?? {})) {
    const rows = now[table] ?? 0;
    if (before > SMALL_TABLE_ROWS && rows < before / 2)
      report.warn(
        'rows_shrunk',
        `The table ${table} has ${rows} rows, and had ${before} in the last backup. Has something been lost?`,
      );
  }
};
