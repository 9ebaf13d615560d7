import type { UnitStamp } from '../services/guestbook-work.ts';

/**
 * What the database says of the moment of a count, as `pg_current_snapshot()` writes it: `xmin:xmax:x,y`. Everything
 * below xmin is over, nothing from xmax on has begun, and of what lies between the listed ones were still under way.
 */
export type Snapshot = string;

/** Whether a unit, which is committed by now, was committed at the moment of the snapshot. */
export const holds = (snapshot: Snapshot, stamp: UnitStamp): boolean => {
  const [xmin = '', xmax = '', underWay = ''] = snapshot.split(':');
  if (BigInt(stamp) < BigInt(xmin)) return true;
  if (BigInt(stamp) >= BigInt(xmax)) return false;
  return !underWay.split(',').includes(stamp);
};
