import { randomBytes } from 'node:crypto';

const DAY_MS = 86_400_000;

const stampOf = (moment: Date): string => moment.toISOString().replaceAll(/[-:]|\.\d+/g, '');

const momentOf = (id: string): Date =>
  new Date(id.replace(/^(\d{4})(\d\d)(\d\d)T(\d\d)(\d\d)(\d\d)Z.*$/, '$1-$2-$3T$4:$5:$6Z'));

export interface NamedBackup {
  readonly id: string;
  readonly kind: 'daily' | 'monthly';
  /** The clock has gone back so far that this backup sorts before older ones. */
  readonly isOutOfOrder: boolean;
}

/**
 * The name of a backup that shows this moment. The newest must sort last, or a restore would take an older one: a clock
 * that was put back a little is outrun. The first of a month is the one that is kept for long.
 * @param earlier ids of backups that were made before
 */
export const nameBackup = (moment: Date, earlier: readonly string[]): NamedBackup => {
  const last = [...earlier].sort().at(-1);
  const lastMoment = last === undefined ? -Infinity : momentOf(last).getTime();
  const behind = lastMoment - moment.getTime();
  const isOutOfOrder = behind >= DAY_MS;
  const chosen = behind > -1_000 && !isOutOfOrder ? new Date(lastMoment + 1_000) : moment;
  const stamp = stampOf(chosen);
  const isFirstOfMonth = !earlier.some(id => id.startsWith(stamp.slice(0, 6)));
  return {
    id: `${stamp}-${randomBytes(4).toString('hex')}`,
    kind: isFirstOfMonth ? 'monthly' : 'daily',
    isOutOfOrder,
  };
};
