import type { AssetStore } from '../../src/publishing/services/asset-store.ts';
import { allOf, LocalFiles, someBytes } from './local-files.ts';

export interface AssetStoreUnderTest {
  readonly store: AssetStore;
  close(): Promise<void>;
}

const MEGABYTE = 1_000_000;

/** What every store of images promises, whatever it is made of. */
export const assetStoreContract = (name: string, openStore: () => Promise<AssetStoreUnderTest>): void => {
  describe(`${name} as a store of images`, () => {
    let under: AssetStoreUnderTest;
    let store: AssetStore;
    let files: LocalFiles;
    beforeEach(async () => {
      under = await openStore();
      ({ store } = under);
      files = await LocalFiles.make();
    });
    afterEach(async () => {
      await under.close();
      await files.remove();
    });

    const put = async (key: string, bytes: Uint8Array) => store.put(key, await files.of(bytes));
    const keysBelow = async (prefix: string) =>
      (await Array.fromAsync(store.list(prefix))).map(({ key }) => key);

    test.each([0, 1, 5_000, 65_536, 65_537, 1_000_000])(
      '%i bytes come back as they were stored',
      async size => {
        const bytes = someBytes(size);

        await put('images/one.png', bytes);

        expect((await allOf(await store.open('images/one.png'))).equals(bytes)).toBe(true);
      },
    );

    test('ten megabytes come back in pieces, so that nobody has to hold them all', async () => {
      const bytes = someBytes(10 * MEGABYTE);
      await put('images/large.png', bytes);

      const pieces = await Array.fromAsync((await store.open('images/large.png')) ?? []);

      expect(Buffer.concat(pieces).equals(bytes)).toBe(true);
      expect(Math.max(...pieces.map(piece => piece.length))).toBeLessThan(2 * MEGABYTE);
    });

    test.each([
      ['the first byte', { first: 0, last: 0 }],
      ['the last byte', { first: 199_999, last: 199_999 }],
      ['a piece in the middle', { first: 70_000, last: 150_000 }],
      ['all of it', { first: 0, last: 199_999 }],
    ])('of a range comes %s, and no more', async (_what, range) => {
      const bytes = someBytes(200_000);
      await put('images/one.png', bytes);

      const piece = await allOf(await store.open('images/one.png', range));

      expect(piece.equals(bytes.subarray(range.first, range.last + 1))).toBe(true);
    });

    test('a range that goes beyond the end is an error, never a shorter answer', async () => {
      await put('images/one.png', someBytes(100));

      const read = async () => allOf(await store.open('images/one.png', { first: 50, last: 100 }));

      await expect(read()).rejects.toMatchObject({ kind: 'unavailable' });
    });

    test('what is not there is null, before and after something was', async () => {
      expect(await store.open('images/none.png')).toBeNull();
      await put('images/one.png', someBytes(10));
      await store.remove(['images/one.png']);

      expect(await store.open('images/one.png')).toBeNull();
      expect(await store.open('images/one.png', { first: 0, last: 1 })).toBeNull();
    });

    test('removing takes away what is there, and does not mind what is not', async () => {
      for (const key of ['images/a.png', 'images/b.png', 'images/c.png']) await put(key, someBytes(10));

      await store.remove(['images/a.png', 'images/none.png', 'images/c.png']);
      await store.remove(['images/a.png', 'images/a.png']);
      await store.remove([]);

      expect(await keysBelow('images/')).toEqual(['images/b.png']);
    });

    test('a key is used once: a second object is refused and the first one stays', async () => {
      const first = someBytes(1_000);
      await put('images/one.png', first);

      for (const second of [someBytes(2_000), first])
        await expect(put('images/one.png', second)).rejects.toMatchObject({ name: 'AssetKeyTaken' });

      expect((await allOf(await store.open('images/one.png'))).equals(first)).toBe(true);
    });

    test('of several that race for one key one wins, whole', async () => {
      const all = Array.from({ length: 5 }, () => someBytes(100_000));

      const outcomes = await Promise.allSettled(all.map(bytes => put('images/one.png', bytes)));

      expect(outcomes.filter(({ status }) => status === 'fulfilled')).toHaveLength(1);
      const winner = all[outcomes.findIndex(({ status }) => status === 'fulfilled')]!;
      expect((await allOf(await store.open('images/one.png'))).equals(winner)).toBe(true);
    });

    test('many at once are all stored', async () => {
      const all = Array.from({ length: 20 }, (_none, index) => ({
        key: `images/k${index}.png`,
        bytes: someBytes(50_000 + index),
      }));

      await Promise.all(all.map(({ key, bytes }) => put(key, bytes)));

      for (const { key, bytes } of all) expect((await allOf(await store.open(key))).equals(bytes)).toBe(true);
    });

    test('two readers of one object do not disturb each other, and one may leave', async () => {
      const bytes = someBytes(MEGABYTE);
      await put('images/one.png', bytes);
      const [leaving, staying] = [await store.open('images/one.png'), await store.open('images/one.png')];

      for await (const piece of leaving!) if (piece.length > 0) break;

      expect((await allOf(staying)).equals(bytes)).toBe(true);
    });

    test('the list has every object below a prefix with its size, in the order of code units', async () => {
      const keys = [
        'k-320.webp',
        'k.jpg',
        'kA.jpg',
        'kB.jpg',
        'k_.jpg',
        'ka.jpg',
        'Ka.jpg',
        '-1.png',
        '_1.png',
        '0.png',
        'z',
      ];
      for (const [index, key] of keys.entries()) await put(`images/${key}`, someBytes(index));
      await put('other/k.jpg', someBytes(1));

      const listed = await Array.fromAsync(store.list('images/'));

      expect(listed.map(({ key }) => key)).toEqual(keys.map(key => `images/${key}`).sort());
      expect(listed.find(({ key }) => key === 'images/kB.jpg')?.bytes).toBe(3);
      expect(await keysBelow('images/k')).toEqual(
        listed.map(({ key }) => key).filter(key => key.startsWith('images/k')),
      );
      expect(await keysBelow('images/k-')).toEqual(['images/k-320.webp']);
      expect(await keysBelow('')).toEqual([...listed.map(({ key }) => key), 'other/k.jpg']);
      expect(await keysBelow('images/nothing')).toEqual([]);
    });

    test('the list says when an object was stored', async () => {
      const before = Date.now();
      await put('images/one.png', someBytes(1));

      const [object] = await Array.fromAsync(store.list('images/'));

      // Some stores know whole seconds only, and the clock of a file system ticks more slowly than ours.
      expect(object!.storedAt.getTime()).toBeGreaterThanOrEqual(before - 1_100);
      expect(object!.storedAt.getTime()).toBeLessThanOrEqual(Date.now() + 100);
    });

    test('more than a thousand objects are listed, each once', async () => {
      const file = await files.of(someBytes(3));
      const keys = Array.from({ length: 1_234 }, (_none, index) => `images/${(index * 7_919) % 10_000}.png`);
      for (let at = 0; at < keys.length; at += 50)
        await Promise.all(keys.slice(at, at + 50).map(key => store.put(key, file)));

      expect(await keysBelow('images/')).toEqual(keys.sort());
    });

    test.each([
      '',
      'one.png',
      'images/',
      'images/../x',
      'images/..',
      'images/.x',
      '/images/x',
      'images/a/b',
      'images/a b',
      'images/ü',
      'images/a\0b',
      '.incoming/x',
      'Images/x',
      'images\\x',
      `images/${'x'.repeat(201)}`,
    ])('%j is no key', async key => {
      const file = await files.of(someBytes(1));

      await expect(store.put(key, file)).rejects.toThrow(TypeError);
      await expect((async () => store.open(key))()).rejects.toThrow(TypeError);
      await expect((async () => store.remove(['images/a', key]))()).rejects.toThrow(TypeError);
    });
  });
};
