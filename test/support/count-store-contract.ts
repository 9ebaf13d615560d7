import fc from 'fast-check';
import type { CountStore } from '../../src/guestbook/data/count-store.ts';
import type { PageId } from '../../src/guestbook/domain/ids.ts';
import { newId } from '../../src/shared/services/new-id.ts';

export interface CountStoreBench {
  readonly store: CountStore;
  /** What an eviction does: the number is gone. */
  evictCount(page: PageId): Promise<void>;
  /** Likewise the notes of a count under way. */
  evictFill(page: PageId): Promise<void>;
  /** In how many seconds the number is forgotten by itself; null where there is none. */
  secondsLeft(page: PageId): Promise<number | null>;
}

interface Unit {
  readonly stamp: string;
  readonly by: number;
  isCommitted: boolean;
  isTold: boolean;
}

/** A database in miniature: units that begin in one order and are committed in another, and counts of what is committed. */
class Model {
  readonly #page = newId<'PageId'>();
  readonly #store: CountStoreBench;
  readonly #units: Unit[] = [];
  readonly #fills: { ticket: string; counted: { count: number; snapshot: string } | null }[] = [];
  // Numbers of transactions do not begin at one.
  #next = 700;

  constructor(store: CountStoreBench) {
    this.#store = store;
  }

  get truth(): number {
    return this.#units.filter(unit => unit.isCommitted).reduce((sum, unit) => sum + unit.by, 0);
  }

  async step(kind: Step, pick: number): Promise<void> {
    const open = this.#units.filter(unit => !unit.isCommitted);
    const untold = this.#units.filter(unit => unit.isCommitted && !unit.isTold);
    switch (kind) {
      case 'begin': {
        // No page has fewer greetings than none, also while units are open.
        const least = this.#units.reduce(
          (sum, unit) => sum + (unit.isCommitted || unit.by < 0 ? unit.by : 0),
          0,
        );
        const by = pick % 3 === 0 && least > 0 ? -1 : 1;
        this.#units.push({ stamp: String(this.#next++), by, isCommitted: false, isTold: false });
        // Others use the database too.
        this.#next += pick % 2;
        return;
      }
      case 'commit':
        if (open.length > 0) open[pick % open.length]!.isCommitted = true;
        return;
      case 'tell':
        if (untold.length > 0) await this.#tell(untold[pick % untold.length]!);
        return;
      case 'begin fill':
        this.#fills.push({ ticket: await this.#store.store.beginFill(this.#page), counted: null });
        return;
      case 'count': {
        const fill = this.#fills.filter(each => each.counted === null).at(pick % 2 === 0 ? 0 : -1);
        if (fill) fill.counted = this.#count();
        return;
      }
      case 'end fill': {
        const ready = this.#fills.filter(each => each.counted !== null);
        const fill = ready[pick % Math.max(ready.length, 1)];
        if (!fill?.counted) return;
        this.#fills.splice(this.#fills.indexOf(fill), 1);
        await this.#store.store.endFill(this.#page, fill.ticket, fill.counted);
        return;
      }
      case 'evict':
        await this.#store.evictCount(this.#page);
        return;
      case 'evict notes':
        await this.#store.evictFill(this.#page);
        return;
      case 'forget':
        await this.#store.store.forget([this.#page]);
        return;
    }
  }

  /** Whatever is kept is the truth but for what it has not been told of. */
  async mismatch(): Promise<string | null> {
    const kept = await this.#store.store.read(this.#page);
    if (kept === null) return null;
    const untold = this.#units.filter(unit => unit.isCommitted && !unit.isTold);
    const possible = new Set([this.truth]);
    for (const { by } of untold) for (const each of [...possible]) possible.add(each - by);
    return possible.has(kept) && kept >= 0
      ? null
      : `kept ${kept}, truth ${this.truth}, untold ${untold.length}`;
  }

  async settle(): Promise<number | null> {
    for (const unit of this.#units) {
      unit.isCommitted = true;
      if (!unit.isTold) await this.#tell(unit);
    }
    for (const { ticket, counted } of this.#fills)
      await this.#store.store.endFill(this.#page, ticket, counted ?? this.#count());
    return await this.#store.store.read(this.#page);
  }

  async #tell(unit: Unit): Promise<void> {
    unit.isTold = true;
    await this.#store.store.change(this.#page, unit.by, unit.stamp);
  }

  #count(): { count: number; snapshot: string } {
    const underWay = this.#units.filter(unit => !unit.isCommitted).map(({ stamp }) => stamp);
    const xmin = underWay[0] ?? String(this.#next);
    return { count: this.truth, snapshot: `${xmin}:${this.#next}:${underWay.join(',')}` };
  }
}

const STEPS = [
  ...(['begin', 'commit', 'tell', 'begin fill', 'count', 'end fill'] as const),
  ...(['evict', 'evict notes', 'forget'] as const),
];
type Step = (typeof STEPS)[number];

// Most of the time things happen, and now and then something is lost.
const aStep = fc.tuple(
  fc.oneof(
    { weight: 12, arbitrary: fc.constantFrom(...STEPS.slice(0, 6)) },
    { weight: 1, arbitrary: fc.constantFrom(...STEPS.slice(6)) },
  ),
  fc.nat(11),
);

/** What every store of counts promises. */
export const countStoreContract = (where: string, bench: () => CountStoreBench, runs: number): void => {
  const aPage = () => newId<'PageId'>();
  const filled = async (page: PageId, count: number, snapshot = '100:100:'): Promise<number> => {
    const { store } = bench();
    return await store.endFill(page, await store.beginFill(page), { count, snapshot });
  };

  describe(`the counts kept in ${where}`, () => {
    test('are those that were counted, until they are forgotten', async () => {
      const [page, other] = [aPage(), aPage()];
      expect(await bench().store.read(page)).toBeNull();

      expect(await filled(page, 7)).toBe(7);
      await filled(other, 3);

      expect([await bench().store.read(page), await bench().store.read(other)]).toEqual([7, 3]);
      await bench().store.forget([page]);
      expect([await bench().store.read(page), await bench().store.read(other)]).toEqual([null, 3]);
    });

    test('begin with nothing: a change creates no number', async () => {
      const page = aPage();

      await bench().store.change(page, 1, '100');

      expect([await bench().store.read(page), await bench().secondsLeft(page)]).toEqual([null, null]);
    });

    test('follow a change that their count did not see, and only that', async () => {
      const page = aPage();
      await filled(page, 5, '100:105:102,104');

      for (const seen of ['99', '100', '103']) await bench().store.change(page, 1, seen);
      expect(await bench().store.read(page)).toBe(5);

      await bench().store.change(page, 1, '102');
      await bench().store.change(page, 1, '105');
      await bench().store.change(page, -1, '200');
      expect(await bench().store.read(page)).toBe(6);
    });

    test('do not live longer for being changed', async () => {
      const page = aPage();
      await filled(page, 5);
      const before = await bench().secondsLeft(page);

      await bench().store.change(page, 1, '200');
      const after = await bench().secondsLeft(page);

      expect(before).toBeGreaterThanOrEqual(230);
      expect(before).toBeLessThanOrEqual(300);
      expect(after).toBeGreaterThan(0);
      expect(after).toBeLessThanOrEqual(before!);
    });

    test('hear of what was committed between the counting and the keeping', async () => {
      const { store } = bench();
      const page = aPage();
      const ticket = await store.beginFill(page);
      const counted = { count: 5, snapshot: '100:102:101' };

      await store.change(page, 1, '101');
      await store.change(page, 1, '100');

      expect(await store.endFill(page, ticket, counted)).toBe(6);
      expect(await store.read(page)).toBe(6);
    });

    test('are not kept when the notes were lost meanwhile', async () => {
      const { store } = bench();
      const page = aPage();
      const ticket = await store.beginFill(page);
      await store.change(page, 1, '101');
      await bench().evictFill(page);

      expect(await store.endFill(page, ticket, { count: 5, snapshot: '100:100:' })).toBe(5);
      expect(await store.read(page)).toBeNull();
    });

    test('are not kept when the page was forgotten meanwhile, also when it is counted again', async () => {
      const { store } = bench();
      const page = aPage();
      const late = await store.beginFill(page);
      await store.forget([page]);
      await filled(page, 0, '200:200:');
      await bench().evictCount(page);
      await store.beginFill(page);

      expect(await store.endFill(page, late, { count: 5, snapshot: '100:100:' })).toBe(5);
      expect(await store.read(page)).toBeNull();
    });

    test('are counted twice at once without harm', async () => {
      const { store } = bench();
      const page = aPage();
      const [one, other] = [await store.beginFill(page), await store.beginFill(page)];
      await store.change(page, 1, '100');

      expect(await store.endFill(page, other, { count: 1, snapshot: '101:101:' })).toBe(1);
      expect(await store.endFill(page, one, { count: 0, snapshot: '100:100:' })).toBe(1);
      expect(await store.read(page)).toBe(1);
    });

    test('are never less than nothing', async () => {
      const page = aPage();
      await filled(page, 0);

      await bench().store.change(page, -1, '200');

      expect(await bench().store.read(page)).toBeNull();
    });

    test('are not kept below nothing, when a removal arrives before what it removes', async () => {
      const { store } = bench();
      const page = aPage();
      const ticket = await store.beginFill(page);
      await store.change(page, -1, '101');

      expect(await store.endFill(page, ticket, { count: 0, snapshot: '100:100:' })).toBe(0);
      await store.change(page, 1, '100');
      expect(await store.read(page)).toBeNull();
    });

    test('are all forgotten together, also those that are being counted', async () => {
      const { store } = bench();
      const pages = Array.from({ length: 700 }, aPage);
      await Promise.all(pages.map(page => filled(page, 3)));
      const counting = aPage();
      const ticket = await store.beginFill(counting);

      await store.forgetAll();

      expect(new Set(await Promise.all(pages.map(page => store.read(page))))).toEqual(new Set([null]));
      expect(await store.endFill(counting, ticket, { count: 5, snapshot: '100:100:' })).toBe(5);
      expect(await store.read(counting)).toBeNull();
    });

    test('give a count up that more happens during than can be noted', async () => {
      const { store } = bench();
      const page = aPage();
      const ticket = await store.beginFill(page);

      await Promise.all(
        Array.from({ length: 10_001 }, (_, index) => store.change(page, 1, String(200 + index))),
      );

      await store.endFill(page, ticket, { count: 5, snapshot: '100:100:' });
      expect(await store.read(page)).toBeNull();
    });

    test('are right at every moment, in whatever order things happen and get lost', async () => {
      await fc.assert(
        fc.asyncProperty(fc.array(aStep, { minLength: 10, maxLength: 60 }), async steps => {
          const model = new Model(bench());
          for (const [kind, pick] of steps) {
            await model.step(kind, pick);
            expect(await model.mismatch()).toBeNull();
          }
          const kept = await model.settle();
          if (kept !== null) expect(kept).toBe(model.truth);
        }),
        { numRuns: runs },
      );
    });
  });
};
