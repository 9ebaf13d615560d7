import { megabytes } from './report.ts';

const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;
const DAY_MS = 24 * HOUR_MS;

export const counted = (count: number, unit: string): string => `${count} ${unit}${count === 1 ? '' : 's'}`;

/** `3 hours`: as a person would say how long something took or is ago, rounded down. */
export const durationInWords = (milliseconds: number): string => {
  if (milliseconds < MINUTE_MS) return 'less than a minute';
  if (milliseconds < 2 * HOUR_MS) return counted(Math.floor(milliseconds / MINUTE_MS), 'minute');
  if (milliseconds < 2 * DAY_MS) return counted(Math.floor(milliseconds / HOUR_MS), 'hour');
  return counted(Math.floor(milliseconds / DAY_MS), 'day');
};

/** `3 hours ago`, or that the time has not come yet, which is a clock that goes wrong. */
export const ageInWords = (time: Date, now: Date): string => {
  const milliseconds = now.getTime() - time.getTime();
  return milliseconds < -MINUTE_MS
    ? `${durationInWords(-milliseconds)} in the future`
    : `${durationInWords(milliseconds)} ago`;
};

export const sizeInWords = (bytes: number): string =>
  bytes < 1_000_000
    ? `${(bytes / 1_000).toFixed(1)} kB`
    : bytes < 1_000_000_000
      ? megabytes(bytes)
      : `${(bytes / 1_000_000_000).toFixed(1)} GB`;

/** Columns as wide as their widest cell. */
export const columns = (rows: readonly (readonly string[])[]): string => {
  const widths = (rows[0] ?? []).map((_cell, at) => Math.max(...rows.map(row => (row[at] ?? '').length)));
  return rows
    .map(row =>
      row
        .map((cell, at) => cell.padEnd(widths[at] ?? 0))
        .join('  ')
        .trimEnd(),
    )
    .join('\n');
};
