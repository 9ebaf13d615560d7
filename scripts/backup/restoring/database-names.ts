import { createHash } from 'node:crypto';

/** Postgres cuts longer names without a word, and two databases would then be meant by one. */
const MOST_BYTES = 63;

const beside = (name: string, ending: string): string => {
  const room = MOST_BYTES - ending.length;
  if (Buffer.byteLength(name) <= room) return `${name}${ending}`;
  const mark = createHash('sha256').update(name).digest('hex').slice(0, 8);
  const cut = Buffer.from(name)
    .subarray(0, room - mark.length - 1)
    .toString()
    // Half a character at the cut.
    .replace(/\uFFFD+$/, '');
  return `${cut}_${mark}${ending}`;
};

// To the millisecond: a small database is restored twice within one second.
const stamp = (at: Date): string => at.toISOString().replaceAll(/\D/g, '');

/** Where a backup is unpacked and checked. One that is there already was left by a run that was killed. */
export const restoringName = (live: string): string => beside(live, '_restoring');

export const drillName = (live: string): string => beside(live, '_drill');

/** Of the database that was replaced, and is kept. */
export const beforeName = (live: string, at: Date): string => beside(live, `_before_${stamp(at)}`);

/** Of a restored database that was replaced again by the one before. */
export const undoneName = (live: string, at: Date): string => beside(live, `_undone_${stamp(at)}`);

/** When the database of this name was replaced; null when it is none that `beforeName` has named. */
export const replacedAt = (live: string, name: string): Date | null => {
  const digits = /_before_(\d{17})$/.exec(name)?.[1];
  if (digits === undefined) return null;
  const parts = /^(\d{4})(\d\d)(\d\d)(\d\d)(\d\d)(\d\d)(\d{3})$/;
  const at = new Date(digits.replace(parts, '$1-$2-$3T$4:$5:$6.$7Z'));
  return !Number.isNaN(at.getTime()) && beforeName(live, at) === name ? at : null;
};
