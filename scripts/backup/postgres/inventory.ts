import pg from 'pg';
import type { Inventory } from '../manifest.ts';
import { quoted, sequenceNames, type Table, tablesOf } from './relations.ts';
import { rowHash } from './row-hash.ts';
import { rowsOf } from './server.ts';

type Count = Inventory['tables'][number];

// Text of a value depends on these; the hash must not.
const FIXED = [
  `datestyle = 'ISO, YMD'`,
  `timezone = 'UTC'`,
  `intervalstyle = 'postgres'`,
  `extra_float_digits = 1`,
  `bytea_output = 'hex'`,
  `lc_monetary = 'C'`,
  `xmlbinary = 'base64'`,
  // Names of tables in values are written with their schema, wherever it is read.
  `search_path = 'pg_catalog'`,
  // Rows that are hidden from us would be missing without a word.
  `row_security = off`,
  // A hash over everything is what a second processor is good for; a second connection would want locks of its own.
  `max_parallel_workers_per_gather = 1`,
];

const LEAST_DEADLINE_MS = 1_800_000;
/** A tenth of what a slow disk reads. */
const BYTES_PER_MS = 1_000;

// A sum does not depend on the order of rows, and unlike an exclusive or sees one that is there twice.
const countTable = async (client: pg.ClientBase, table: Table): Promise<Count> => {
  const [row] = await rowsOf<{ rows: string; hash: string }>(
    client,
    `select count(*) as rows, coalesce(sum(${rowHash(table, 't')}), 0)::text as hash from only ${quoted(table)} t`,
    [],
    LEAST_DEADLINE_MS + table.bytes / BYTES_PER_MS,
  );
  return { name: table.name, rows: Number(row?.rows), hash: row?.hash ?? '' };
};

/** Where sequences stand now, whatever the snapshot. */
export const sequencesOf = async (client: pg.ClientBase): Promise<Inventory['sequences']> => {
  const found = await sequenceNames(client);
  if (found.length === 0) return [];
  const statements = found.map(
    sequence =>
      `select ${pg.escapeLiteral(sequence.name)} as name, last_value::text, is_called from ${quoted(sequence)}`,
  );
  return await rowsOf<Inventory['sequences'][number]>(
    client,
    `select * from (${statements.join(' union all ')}) s order by name collate "C"`,
  );
};

const LARGE_OBJECTS_DEADLINE_MS = 3_600_000;

// In pieces, because one object may be larger than a value can be.
const LARGE_OBJECTS = `
  with recursive piece (loid, number, bytes) as (
    select oid, 0::bigint, lo_get(oid, 0, 1048576) from pg_largeobject_metadata
    union all
    select loid, number + 1, lo_get(loid, (number + 1) * 1048576, 1048576) from piece
    where length(bytes) = 1048576
  )
  select count(*) filter (where number = 0) as count,
    coalesce(sum(hashtextextended(loid || ' ' || number || ' ' || md5(bytes), 0)), 0)::text as hash from piece`;

const largeObjectsOf = async (client: pg.ClientBase): Promise<Inventory['large_objects']> => {
  const [all] = await rowsOf<{ count: string; hash: string }>(
    client,
    LARGE_OBJECTS,
    [],
    LARGE_OBJECTS_DEADLINE_MS,
  );
  return { count: Number(all?.count ?? 0), hash: all?.hash ?? '0' };
};

/**
 * Everything that a database holds, counted and hashed. What is compared with it must be hashed by the same major
 * version of Postgres or a newer one that writes values in the same way.
 * @param client in a transaction whose snapshot is the moment that is meant
 */
export const takeInventory = async (client: pg.ClientBase, signal: AbortSignal): Promise<Inventory> => {
  await client.query(FIXED.map(setting => `set local ${setting}`).join('; '));
  const sequences = await sequencesOf(client);
  const tables: Count[] = [];
  for (const table of await tablesOf(client)) {
    signal.throwIfAborted();
    tables.push(await countTable(client, table));
  }
  return { tables, sequences, large_objects: await largeObjectsOf(client) };
};

const missing = (expected: readonly { name: string }[], found: ReadonlyMap<string, unknown>, what: string) =>
  expected.filter(({ name }) => !found.has(name)).map(({ name }) => `${what} ${name} is missing`);

const byName = <Item extends { readonly name: string }>(items: readonly Item[]): ReadonlyMap<string, Item> =>
  new Map(items.map(item => [item.name, item]));

// Away from zero, which is where sequences come from in either direction.
const isFurtherOn = (expected: bigint, found: bigint): boolean =>
  expected < 0n ? found < expected : found > expected;

/** In words, one line each, how what was found is not what was expected. Nothing: it is the same. */
export const differences = (expected: Inventory, found: Inventory): string[] => {
  const [tables, sequences] = [byName(found.tables), byName(found.sequences)];
  const [known, knownSequences] = [byName(expected.tables), byName(expected.sequences)];
  return [
    ...missing(expected.tables, tables, 'table'),
    ...found.tables
      .filter(({ name }) => !known.has(name))
      .map(({ name }) => `table ${name} was not backed up`),
    ...expected.tables.flatMap(({ name, rows, hash }) => {
      const other = tables.get(name);
      if (other === undefined) return [];
      if (other.rows !== rows) return [`table ${name} has ${other.rows} rows instead of ${rows}`];
      return other.hash === hash ? [] : [`table ${name} has other contents`];
    }),
    ...missing(expected.sequences, sequences, 'sequence'),
    ...found.sequences
      .filter(({ name }) => !knownSequences.has(name))
      .map(({ name }) => `sequence ${name} was not backed up`),
    ...expected.sequences.flatMap(({ name, last_value, is_called }) => {
      const other = sequences.get(name);
      if (other === undefined || isFurtherOn(BigInt(last_value), BigInt(other.last_value))) return [];
      const isSame = other.last_value === last_value && (other.is_called || !is_called);
      const again = other.last_value === last_value ? ', and would give it again' : '';
      return isSame
        ? []
        : [`sequence ${name} stands at ${other.last_value} instead of ${last_value}${again}`];
    }),
    ...(found.large_objects.count === expected.large_objects.count
      ? []
      : [`there are ${found.large_objects.count} large objects instead of ${expected.large_objects.count}`]),
    ...(found.large_objects.count === expected.large_objects.count &&
    found.large_objects.hash !== expected.large_objects.hash
      ? ['large objects have other contents']
      : []),
  ];
};
