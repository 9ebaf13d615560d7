import fc from 'fast-check';
import { nameBackup } from '../../../scripts/backup/making/backup-id.ts';

const at = (text: string): Date => new Date(text);
const moments = fc.date({
  min: at('2000-01-01T00:00:00Z'),
  max: at('2100-01-01T00:00:00Z'),
  noInvalidDate: true,
});

test('the id begins with the moment in UTC', () => {
  expect(nameBackup(at('2026-03-29T02:30:15.999Z'), []).id).toMatch(/^20260329T023015Z-[0-9a-f]{8}$/);
});

test('two backups of one second have different names, and the later one sorts last', () => {
  const first = nameBackup(at('2026-03-29T02:30:15.100Z'), []);
  const second = nameBackup(at('2026-03-29T02:30:15.900Z'), [first.id]);

  expect(second.id > first.id).toBe(true);
  expect(second.id).toMatch(/^20260329T023016Z-/);
});

test('as long as the clock goes back by less than a day, names only grow', () => {
  fc.assert(
    fc.property(
      moments,
      fc.array(fc.integer({ min: -86_399_000, max: 172_800_000 }), { maxLength: 20 }),
      (start, steps) => {
        const ids: string[] = [nameBackup(start, []).id];
        for (const step of steps) {
          // Against the last name, which is what a clock that was put back meets.
          const [year, month, day, hour, minute, second] =
            /(\d{4})(\d\d)(\d\d)T(\d\d)(\d\d)(\d\d)/
              .exec(ids.at(-1) ?? '')
              ?.slice(1)
              .map(Number) ?? [];
          const last = Date.UTC(year ?? 0, (month ?? 1) - 1, day, hour, minute, second);
          const { id, isOutOfOrder } = nameBackup(new Date(last + step), ids);
          expect(isOutOfOrder).toBe(false);
          expect(id > (ids.at(-1) ?? '')).toBe(true);
          ids.push(id);
        }
      },
    ),
    { numRuns: 100 },
  );
});

test('a clock that stands more than a day before the last backup is believed, and told', () => {
  const { id, isOutOfOrder } = nameBackup(at('2026-03-29T00:00:00Z'), ['20260330T000000Z-00000000']);

  expect(isOutOfOrder).toBe(true);
  expect(id).toMatch(/^20260329T000000Z-/);
});

test.each([
  ['the first ever', '2026-03-15T04:00:00Z', [], 'monthly'],
  ['the second of a month', '2026-03-15T04:00:00Z', ['20260301T040000Z-00000000'], 'daily'],
  ['the first of a month', '2026-04-01T00:00:00Z', ['20260331T235959Z-00000000'], 'monthly'],
  ['the same month a year later', '2027-03-15T04:00:00Z', ['20260315T040000Z-00000000'], 'monthly'],
  // The night in which Berlin's clocks go forward: what counts is UTC, where no hour is missing or there twice.
  ['the night of the change of summer time', '2026-03-29T01:30:00Z', ['20260329T003000Z-00000000'], 'daily'],
  [
    'one whose name is moved into the next month',
    '2026-03-31T23:59:59Z',
    ['20260331T235959Z-00000000'],
    'monthly',
  ],
])('%s is %s', (_which, moment, earlier, kind) => {
  expect(nameBackup(at(moment), earlier).kind).toBe(kind);
});
