import { QuotaExceeded } from './errors.ts';

/** How many images, and how many bytes they take up with their smaller versions. */
export interface Room {
  readonly images: number;
  readonly bytes: number;
}

/** What there is for one account. */
export const MOST_ROOM: Room = { images: 2_000, bytes: 1_000_000_000 };

/** @throws {QuotaExceeded} when what comes does not fit beside what is there. */
export const requireRoom = (taken: Room, coming: Room): void => {
  const fits =
    taken.images + coming.images <= MOST_ROOM.images && taken.bytes + coming.bytes <= MOST_ROOM.bytes;
  if (!fits) throw new QuotaExceeded();
};
