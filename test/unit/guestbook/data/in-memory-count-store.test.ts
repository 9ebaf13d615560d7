import { InMemoryCountStore } from '../../../../src/guestbook/data/in-memory-count-store.ts';
import type { PageId } from '../../../../src/guestbook/domain/ids.ts';
import { newId } from '../../../../src/shared/services/new-id.ts';
import { countStoreContract } from '../../../support/count-store-contract.ts';
import { MovableClock } from '../../../support/fakes/movable-clock.ts';

const clock = new MovableClock();
// So small that two other pages drive one out.
const store = new InMemoryCountStore(clock, 2);

/** The store tells nothing of its clock: it is turned forward by seconds until the number is gone, and back. */
const secondsLeft = async (page: PageId): Promise<number | null> => {
  let seconds = 0;
  for (; (await store.read(page)) !== null; seconds++) clock.advance(1_000);
  clock.advance(-seconds * 1_000);
  return seconds === 0 ? null : seconds;
};

countStoreContract(
  'memory',
  () => ({
    store,
    evictCount: async () => {
      for (const other of [newId<'PageId'>(), newId<'PageId'>()])
        await store.endFill(other, await store.beginFill(other), { count: 1, snapshot: '1:1:' });
    },
    evictFill: async () => {
      for (const other of [newId<'PageId'>(), newId<'PageId'>()]) await store.beginFill(other);
    },
    secondsLeft,
  }),
  1_000,
);
