import { InMemoryCountStore } from '../../../../src/guestbook/data/in-memory-count-store.ts';
import { KeptGreetingCounts } from '../../../../src/guestbook/data/kept-greeting-counts.ts';
import type { CountStore } from '../../../../src/guestbook/data/count-store.ts';
import type { PageId } from '../../../../src/guestbook/domain/ids.ts';
import { Unavailable } from '../../../../src/shared/domain/domain-error.ts';
import { newId } from '../../../../src/shared/services/new-id.ts';
import { MovableClock } from '../../../support/fakes/movable-clock.ts';

let page: PageId;
let truth: number;
let stamp: number;
let counted: number;
let failure: Error | null;
let failures: unknown[];
let counts: KeptGreetingCounts;

beforeEach(() => {
  page = newId();
  truth = 3;
  stamp = 100;
  counted = 0;
  failure = null;
  failures = [];
  const store = new InMemoryCountStore(new MovableClock());
  const unlessDown = <Method extends (...args: never[]) => Promise<unknown>>(method: Method): Method =>
    ((...args: never[]) => (failure ? Promise.reject(failure) : method(...args))) as Method;
  const shaky: CountStore = {
    read: unlessDown(each => store.read(each)),
    beginFill: unlessDown(each => store.beginFill(each)),
    endFill: unlessDown((each, ticket, count) => store.endFill(each, ticket, count)),
    change: unlessDown((each, by, unit) => store.change(each, by, unit)),
    forget: unlessDown(each => store.forget(each)),
    forgetAll: unlessDown(() => store.forgetAll()),
  };
  counts = new KeptGreetingCounts(
    shaky,
    () => {
      counted++;
      return Promise.resolve({ count: truth, snapshot: `${stamp}:${stamp}:` });
    },
    error => failures.push(error),
  );
});

const leave = async (): Promise<void> => {
  truth++;
  await counts.changed(page, 1, String(stamp++));
};

test('a page is counted once, and then kept up', async () => {
  await leave();
  expect([await counts.of(page), counted]).toEqual([4, 1]);

  await leave();

  expect([await counts.of(page), counted]).toEqual([5, 1]);
});

test('while the store is down every answer is counted, and nothing fails', async () => {
  await counts.of(page);
  failure = new Unavailable('The store');

  await leave();
  await counts.forget([page]);

  expect([await counts.of(page), await counts.of(page), counted]).toEqual([4, 4, 3]);
  expect(failures).toEqual([]);
});

test('what the store did not hear of is not missing when it is back', async () => {
  await counts.of(page);
  failure = new Unavailable('The store');
  await leave();
  failure = null;

  expect(await counts.of(page)).toBe(4);
  await leave();
  expect([await counts.of(page), counted]).toEqual([5, 2]);
});

test('a mistake of ours is reported, and the answer is right all the same', async () => {
  failure = new TypeError('not a function');

  await leave();

  expect(await counts.of(page)).toBe(4);
  expect(failures).toContain(failure);
});

test('a hundred who ask at once after a miss cost one count', async () => {
  const answers = await Promise.all(Array.from({ length: 100 }, () => counts.of(page)));

  expect([new Set(answers), counted]).toEqual([new Set([3]), 1]);
});

test('a count that fails fails for those who asked, and is tried anew by the next', async () => {
  let isDown = true;
  counts = new KeptGreetingCounts(
    new InMemoryCountStore(new MovableClock()),
    () =>
      isDown
        ? Promise.reject(new Unavailable('The database'))
        : Promise.resolve({ count: 1, snapshot: '1:1:' }),
    error => failures.push(error),
  );

  const answers = await Promise.allSettled([counts.of(page), counts.of(page)]);
  isDown = false;

  expect(answers.map(({ status }) => status)).toEqual(['rejected', 'rejected']);
  expect(await counts.of(page)).toBe(1);
});
