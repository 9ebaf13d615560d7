import { differences } from '../../../scripts/backup/postgres/inventory.ts';
import type { Inventory } from '../../../scripts/backup/manifest.ts';

const WHOLE: Inventory = {
  tables: [
    { name: 'public.accounts', rows: 2, hash: '17' },
    { name: 'public.outbox', rows: 0, hash: '0' },
  ],
  sequences: [
    { name: 'public.up', last_value: '41', is_called: true },
    { name: 'public.down', last_value: '-41', is_called: true },
    { name: 'public.fresh', last_value: '1', is_called: false },
  ],
  large_objects: { count: 1, hash: '5' },
};

const changed = (key: 'tables' | 'sequences', at: number, change: object): Inventory => {
  const items: object[] = [...WHOLE[key]];
  items[at] = { ...items[at], ...change };
  return { ...WHOLE, [key]: items };
};

test('what is the same differs in nothing', () => {
  expect(differences(WHOLE, structuredClone(WHOLE))).toEqual([]);
});

test.each([
  ['public.up', 0, '9007199254740993000'],
  ['public.down', 1, '-42'],
  ['public.fresh', 2, '2'],
])('a sequence that has moved on meanwhile is well: %s', (_name, at, value) => {
  expect(differences(WHOLE, changed('sequences', at, { last_value: value, is_called: true }))).toEqual([]);
});

test.each<[string, Inventory]>([
  ['table public.accounts has 1 rows instead of 2', changed('tables', 0, { rows: 1 })],
  ['table public.accounts has other contents', changed('tables', 0, { hash: '18' })],
  ['table public.accounts is missing', { ...WHOLE, tables: WHOLE.tables.slice(1) }],
  [
    'table public.new was not backed up',
    { ...WHOLE, tables: [...WHOLE.tables, { name: 'public.new', rows: 0, hash: '0' }] },
  ],
  ['sequence public.up stands at 40 instead of 41', changed('sequences', 0, { last_value: '40' })],
  ['sequence public.down stands at -40 instead of -41', changed('sequences', 1, { last_value: '-40' })],
  [
    'sequence public.up stands at 41 instead of 41, and would give it again',
    changed('sequences', 0, { is_called: false }),
  ],
  ['sequence public.up is missing', { ...WHOLE, sequences: WHOLE.sequences.slice(1) }],
  [
    'sequence public.new was not backed up',
    { ...WHOLE, sequences: [...WHOLE.sequences, { name: 'public.new', last_value: '1', is_called: true }] },
  ],
  ['there are 0 large objects instead of 1', { ...WHOLE, large_objects: { count: 0, hash: '0' } }],
  ['large objects have other contents', { ...WHOLE, large_objects: { count: 1, hash: '6' } }],
])('%s', (difference, found) => {
  expect(differences(WHOLE, found)).toEqual([difference]);
});
