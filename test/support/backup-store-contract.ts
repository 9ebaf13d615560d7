import { randomBytes } from 'node:crypto';
import { truncate, writeFile } from 'node:fs/promises';
import { BackupFailure } from '../../scripts/backup/failure.ts';
import type { BackupStore } from '../../scripts/backup/store/store.ts';
import { UNTOLD, Workplace } from './backups.ts';

export interface BackupStoreUnderTest {
  readonly store: BackupStore;
  close(): Promise<void>;
}

const MEBIBYTE = 1_048_576;
const KEY = 'daymark/daily/20260102T030405Z-0a1b2c3d/manifest.json';

/** What every store of backups promises, whatever it is made of. */
export const backupStoreContract = (name: string, openStore: () => Promise<BackupStoreUnderTest>): void => {
  describe(`${name} as a store of backups`, () => {
    let under: BackupStoreUnderTest;
    let store: BackupStore;
    let workplace: Workplace;
    beforeEach(async () => {
      under = await openStore();
      ({ store } = under);
      workplace = await Workplace.make();
    });
    afterEach(async () => {
      await under.close();
      await workplace[Symbol.asyncDispose]();
    });

    const put = async (key: string, bytes: Uint8Array): Promise<void> =>
      store.put(key, await workplace.fileOf(bytes), UNTOLD);
    const read = async (key: string): Promise<Buffer | null> => {
      const found = await store.open(key, UNTOLD);
      return found && Buffer.concat(await Array.fromAsync(found.body));
    };
    const keysBelow = async (prefix: string): Promise<readonly string[]> =>
      (await Array.fromAsync(store.list(prefix, UNTOLD))).map(({ key }) => key);

    test.each([0, 1, 262_144, 1_000_000, 5 * MEBIBYTE, 5 * MEBIBYTE + 1, 12 * MEBIBYTE + 7])(
      '%i bytes come back as they were stored',
      async size => {
        const bytes = randomBytes(size);

        await put(KEY, bytes);

        expect((await store.open(KEY, UNTOLD))?.bytes).toBe(size);
        expect((await read(KEY))?.equals(bytes)).toBe(true);
      },
    );

    test('progress grows to the size of the file', async () => {
      const file = await workplace.fileOf(randomBytes(12 * MEBIBYTE));
      const told: number[] = [];

      await store.put(KEY, file, UNTOLD, bytes => told.push(bytes));

      expect(told).toEqual(told.toSorted((one, other) => one - other));
      expect(told.at(-1)).toBe(file.bytes);
    });

    test('what is not there is null', async () => {
      await put(KEY, randomBytes(10));

      expect(await store.open('daymark/daily/none', UNTOLD)).toBeNull();
      expect(await store.open('elsewhere/none', UNTOLD)).toBeNull();
    });

    test.each([100, 6 * MEBIBYTE])(
      'nothing is ever overwritten, by other content or by the same (%i bytes)',
      async size => {
        const first = randomBytes(size);
        await put(KEY, first);

        for (const second of [randomBytes(50), randomBytes(6 * MEBIBYTE), first])
          await expect(put(KEY, second)).rejects.toMatchObject({ exit: 'unavailable', code: 'key_taken' });

        expect((await read(KEY))?.equals(first)).toBe(true);
        expect(await keysBelow('')).toEqual([KEY]);
      },
    );

    test('of several that race for one key one wins, whole', async () => {
      const all = Array.from({ length: 4 }, () => randomBytes(300_000));

      const outcomes = await Promise.allSettled(all.map(bytes => put(KEY, bytes)));

      const won = outcomes.flatMap(({ status }, index) => (status === 'fulfilled' ? [index] : []));
      expect(won).toHaveLength(1);
      expect((await read(KEY))?.equals(all[won[0]!]!)).toBe(true);
    });

    test('the list has every key below a prefix with its size and time, in order', async () => {
      const before = Date.now();
      const keys = ['daymark/daily/b/x', 'daymark/daily/b-1/x', 'daymark/daily/a', 'other/x', 'daymark/m/x'];
      for (const [index, key] of keys.entries()) await put(key, randomBytes(index));

      const listed = await Array.fromAsync(store.list('daymark/daily/', UNTOLD));

      expect(listed.map(({ key, bytes }) => [key, bytes])).toEqual([
        ['daymark/daily/a', 2],
        ['daymark/daily/b-1/x', 1],
        ['daymark/daily/b/x', 0],
      ]);
      // Some stores know whole seconds only.
      for (const { storedAt } of listed) expect(storedAt.getTime()).toBeGreaterThan(before - 1_100);
      expect(await keysBelow('')).toEqual([...keys].sort());
      expect(await keysBelow('daymark/daily/b')).toEqual(['daymark/daily/b-1/x', 'daymark/daily/b/x']);
      expect(await keysBelow('nothing/')).toEqual([]);
    });

    test('an empty store has an empty list', async () => {
      expect(await keysBelow('')).toEqual([]);
    });

    test.each(['', '/x', 'x/', 'a//b', 'a/../b', 'a/.b', '../x', 'a b', 'a\\b', 'ü', 'a\0'])(
      '%j is no key',
      async key => {
        await expect(put(key, randomBytes(1))).rejects.toThrow(TypeError);
        await expect((async () => store.open(key, UNTOLD))()).rejects.toThrow(TypeError);
      },
    );

    test.each<readonly [string, (path: string) => Promise<void>]>([
      ['shorter', path => truncate(path, 999)],
      ['longer', path => writeFile(path, 'x', { flag: 'a' })],
      ['another one', path => writeFile(path, randomBytes(1_000))],
      ['empty', path => truncate(path)],
    ])('a file that has become %s since it was hashed is not stored', async (_what, spoil) => {
      const file = await workplace.fileOf(randomBytes(1_000));
      await spoil(file.path);

      await expect(store.put(KEY, file, UNTOLD)).rejects.toMatchObject({ code: 'file_changed' });

      expect(await keysBelow('')).toEqual([]);
    });

    test('a signal ends a put with its reason, and leaves nothing behind that counts', async () => {
      const stop = new AbortController();
      const reason = new BackupFailure('terminated', 'terminated', 'Stopped by SIGTERM.');
      const file = await workplace.fileOf(randomBytes(20 * MEBIBYTE));

      const putting = store.put(KEY, file, stop.signal, () => stop.abort(reason));

      await expect(putting).rejects.toBe(reason);
      expect(await keysBelow('')).toEqual([]);
      expect(await store.open(KEY, UNTOLD)).toBeNull();
    });

    test('a signal that came before ends everything with its reason', async () => {
      const reason = new BackupFailure('interrupted', 'interrupted', 'Stopped by SIGINT.');
      const stopped = AbortSignal.abort(reason);
      const file = await workplace.fileOf(randomBytes(10));
      await store.put(KEY, file, UNTOLD);

      await expect(store.put('daymark/other', file, stopped)).rejects.toBe(reason);
      await expect((async () => store.open(KEY, stopped))()).rejects.toBe(reason);
      await expect(Array.fromAsync(store.list('', stopped))).rejects.toBe(reason);
    });

    test('a signal ends reading with its reason', async () => {
      await put(KEY, randomBytes(20 * MEBIBYTE));
      const stop = new AbortController();
      const reason = new BackupFailure('interrupted', 'interrupted', 'Stopped by SIGINT.');
      const found = await store.open(KEY, stop.signal);

      const reading = (async () => {
        for await (const piece of found!.body) if (piece.length > 0) stop.abort(reason);
      })();

      await expect(reading).rejects.toBe(reason);
    });

    test('a reader may leave in the middle', async () => {
      await put(KEY, randomBytes(5 * MEBIBYTE));
      const found = await store.open(KEY, UNTOLD);

      for await (const piece of found!.body) if (piece.length > 0) break;

      expect((await read(KEY))?.length).toBe(5 * MEBIBYTE);
    });
  });
};
