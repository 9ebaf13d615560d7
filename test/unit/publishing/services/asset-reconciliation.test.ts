import fc from 'fast-check';
import { imageObjects } from '../../../../src/publishing/domain/image.ts';
import {
  AssetReconciliation,
  type Finding,
} from '../../../../src/publishing/services/asset-reconciliation.ts';
import type { AssetStore, StoredObject } from '../../../../src/publishing/services/asset-store.ts';
import type { CataloguedImage } from '../../../../src/publishing/services/image-catalogue.ts';
import { InMemoryImageCatalogue } from '../../../support/fakes/in-memory-image-catalogue.ts';

const NOW = new Date('2026-05-01T12:00:00Z');
const minutesAgo = (minutes: number): Date => new Date(NOW.getTime() - minutes * 60_000);
const LONG_AGO = minutesAgo(10_000);

/** A store that is only looked at. `onListed` runs when the list of everything has passed a key. */
class ListedStore implements Pick<AssetStore, 'list' | 'remove'> {
  readonly objects = new Map<string, Date>();
  onListed: (key: string) => void = () => undefined;

  async *list(prefix: string): AsyncGenerator<StoredObject, void> {
    for (const key of [...this.objects.keys()].sort()) {
      await Promise.resolve();
      const storedAt = this.objects.get(key);
      if (!storedAt || !key.startsWith(prefix)) continue;
      if (prefix === 'images/') this.onListed(key);
      yield { key, bytes: 1, storedAt };
    }
  }

  remove(keys: readonly string[]): Promise<void> {
    for (const key of keys) this.objects.delete(key);
    return Promise.resolve();
  }
}

let store: ListedStore;
let catalogue: InMemoryImageCatalogue;
beforeEach(() => {
  store = new ListedStore();
  catalogue = new InMemoryImageCatalogue();
});

const anImage = (key: string, createdAt = LONG_AGO): CataloguedImage => ({
  ...{ key, format: 'jpeg', variantWidths: [320, 640, 1280], createdAt },
});
const objectsOf = ({ key, format, variantWidths }: CataloguedImage) =>
  imageObjects(key, format, variantWidths);
const storeObjects = (image: CataloguedImage, storedAt = LONG_AGO): void => {
  for (const key of objectsOf(image)) store.objects.set(key, storedAt);
};
const storeWhole = (image: CataloguedImage): void => {
  catalogue.add(image);
  storeObjects(image);
};
const reconcile = async (options?: { removeOrphans: boolean }): Promise<readonly Finding[]> => {
  const service = new AssetReconciliation(store as unknown as AssetStore, catalogue, { now: () => NOW });
  return Array.fromAsync(service.findings(options));
};
const keysOf = (findings: readonly Finding[], kind: Finding['kind']) =>
  findings.filter(finding => finding.kind === kind).map(({ key }) => key);

test('where every row has its objects and every object its row there is nothing to tell', async () => {
  for (let index = 0; index < 1_200; index++) storeWhole(anImage(`k${String(index).padStart(4, '0')}`));

  expect(await reconcile()).toEqual([]);
});

test('nothing at all is in order', async () => {
  expect(await reconcile()).toEqual([]);
});

test('objects without a row are told, with their size and age', async () => {
  storeWhole(anImage('b'));
  storeObjects(anImage('a'));
  store.objects.set('images/b-99.webp', LONG_AGO);

  const findings = await reconcile();

  expect(keysOf(findings, 'object-without-row')).toEqual(
    [...objectsOf(anImage('a'))].sort().concat('images/b-99.webp'),
  );
  expect(findings[0]).toMatchObject({ bytes: 1, storedAt: LONG_AGO, removed: false });
});

test.each(['images/b.jpg', 'images/b-320.webp', 'images/b-640.webp'])(
  'a row without %s is told',
  async key => {
    for (const name of ['a', 'b', 'c']) storeWhole(anImage(name));
    store.objects.delete(key);

    expect(await reconcile()).toEqual([{ kind: 'row-without-object', key }]);
  },
);

test('objects of an upload under way are younger than an hour, and left alone', async () => {
  storeObjects(anImage('under-way'), minutesAgo(59));
  storeObjects(anImage('given-up'), minutesAgo(61));

  const findings = await reconcile({ removeOrphans: true });

  expect(findings).toHaveLength(4);
  expect([...store.objects.keys()].every(key => key.includes('under-way'))).toBe(true);
});

test('orphans are removed when that is wanted, and nothing else is', async () => {
  storeWhole(anImage('kept'));
  storeObjects(anImage('orphan'));
  catalogue.add(anImage('missing'));

  const findings = await reconcile({ removeOrphans: true });

  expect(keysOf(findings, 'object-without-row')).toHaveLength(4);
  expect(findings.filter(finding => 'removed' in finding && finding.removed)).toHaveLength(4);
  expect(keysOf(findings, 'row-without-object')).toHaveLength(4);
  expect([...store.objects.keys()].sort()).toEqual([...objectsOf(anImage('kept'))].sort());
  expect(keysOf(await reconcile(), 'object-without-row')).toEqual([]);
});

describe('what changes while it looks', () => {
  test('an image that is removed is no row without objects', async () => {
    for (const key of ['a', 'b', 'c']) storeWhole(anImage(key));
    store.onListed = key => {
      if (key !== 'images/a.jpg') return;
      catalogue.remove('c');
      for (const object of objectsOf(anImage('c'))) store.objects.delete(object);
    };

    expect(await reconcile()).toEqual([]);
  });

  test('an image that is uploaded behind the list is no row without objects', async () => {
    for (let index = 0; index < 600; index++) storeWhole(anImage(`m${String(index).padStart(4, '0')}`));
    // By then the first rows are read, and the list has passed the place of the new ones.
    store.onListed = key => {
      if (key !== 'images/m0590.jpg') return;
      const late = anImage('m0505', NOW);
      catalogue.remove('m0505');
      for (const object of objectsOf(late)) store.objects.delete(object);
      storeObjects(late, NOW);
      catalogue.add(late);
    };

    expect(await reconcile()).toEqual([]);
  });

  test('a new row that really lacks its objects is told', async () => {
    catalogue.add(anImage('new', NOW));

    expect(keysOf(await reconcile(), 'row-without-object')).toHaveLength(4);
  });

  test('an object whose row comes late is not removed', async () => {
    const late = anImage('a');
    storeObjects(late);
    store.onListed = key => {
      if (key === 'images/a.jpg') catalogue.add(late);
    };

    expect(await reconcile({ removeOrphans: true })).toEqual([]);
    expect(store.objects.size).toBe(4);
  });
});

test('a list that is not in order ends it before anything is removed wrongly', async () => {
  for (const key of ['a', 'b', 'c']) storeWhole(anImage(key));
  const [first = '', ...others] = [...store.objects.keys()].sort();
  store.list = async function* () {
    await Promise.resolve();
    for (const key of [...others, first]) yield { key, bytes: 1, storedAt: LONG_AGO };
  };

  await expect(reconcile({ removeOrphans: true })).rejects.toThrow('order');
  expect(store.objects.size).toBe(12);
});

test('whatever is planted is found, and nothing else', async () => {
  const key = fc.string({ unit: fc.constantFrom('a', 'b', 'c', 'z', '2', '7'), minLength: 6, maxLength: 6 });
  const image = fc.record({
    key,
    format: fc.constantFrom('jpeg' as const, 'png' as const, 'webp' as const),
    variantWidths: fc.constantFrom([], [320], [320, 640], [320, 640, 1280]),
    lost: fc.nat({ max: 4 }),
    hasRow: fc.boolean(),
  });
  await fc.assert(
    fc.asyncProperty(
      fc.uniqueArray(image, { selector: ({ key: unique }) => unique, maxLength: 30 }),
      async images => {
        store = new ListedStore();
        catalogue = new InMemoryImageCatalogue();
        const orphans: string[] = [];
        const missing: string[] = [];
        for (const { lost, hasRow, ...facts } of images) {
          const planted = { ...facts, createdAt: LONG_AGO };
          if (hasRow) catalogue.add(planted);
          for (const [index, object] of objectsOf(planted).entries())
            if (index === lost) missing.push(...(hasRow ? [object] : []));
            else {
              store.objects.set(object, LONG_AGO);
              if (!hasRow) orphans.push(object);
            }
        }

        const findings = await reconcile();

        expect(keysOf(findings, 'object-without-row').toSorted()).toEqual(orphans.sort());
        expect(keysOf(findings, 'row-without-object').toSorted()).toEqual(missing.sort());
      },
    ),
  );
});
