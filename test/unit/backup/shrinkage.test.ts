import { warnOfShrinkage } from '../../../scripts/backup/making/shrinkage.ts';
import { HeardReport } from '../../support/backups.ts';

const inventory = (rows: Record<string, number>) => ({
  tables: Object.entries(rows).map(([name, count]) => ({ name, rows: count, hash: '1' })),
  sequences: [],
  large_objects: { count: 0, hash: '0' },
});

const warnings = (
  bytes: number,
  rows: Record<string, number>,
  earlier: readonly { bytes: number | null; rows: Record<string, number> | null }[],
): readonly string[] => {
  const report = new HeardReport();
  warnOfShrinkage(bytes, inventory(rows), earlier, report);
  return report.warnings.map(({ code }) => code);
};

test.each([
  ['no history', 10, []],
  ['history without sizes', 10, [null, null]],
  ['half of what is usual', 50, [100]],
  ['growth', 200, [100, 100]],
  ['one large backup among small ones', 10, [11, 9, 1_000, 12, 10]],
])('nothing is said with %s', (_what, bytes, sizes) => {
  expect(
    warnings(
      bytes,
      {},
      sizes.map(size => ({ bytes: size, rows: null })),
    ),
  ).toEqual([]);
});

test('less than half of the median is told', () => {
  expect(
    warnings(
      49,
      {},
      [100, 90, 5_000].map(bytes => ({ bytes, rows: null })),
    ),
  ).toEqual(['size_shrunk']);
});

test.each<[string, Record<string, number>, Record<string, number>, number]>([
  ['a table that lost more than half', { a: 99 }, { a: 200 }, 1],
  ['a table that is gone', {}, { a: 101 }, 1],
  ['two of them', { a: 0, b: 0 }, { a: 200, b: 200, c: 0 }, 2],
  ['exactly half', { a: 100 }, { a: 200 }, 0],
  ['a small table', { a: 0 }, { a: 100 }, 0],
  ['a new table', { a: 200, b: 0 }, { a: 200 }, 0],
])('%s', (_what, now, before, count) => {
  const told = warnings(100, now, [
    { bytes: 100, rows: before },
    { bytes: 100, rows: { a: 1e9 } },
  ]);
  expect(told).toEqual(Array.from({ length: count }, () => 'rows_shrunk'));
});

test('it is told in sizes that say something of a small database, too', () => {
  const report = new HeardReport();

  warnOfShrinkage(8_600, inventory({}), [{ bytes: 34_900, rows: null }], report);

  expect(report.warnings[0]?.text).toContain('This backup has 8.6 kB, and the last ones had 34.9 kB.');
});
