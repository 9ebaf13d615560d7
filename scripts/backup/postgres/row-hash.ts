import pg from 'pg';
import type { Table } from './relations.ts';

/**
 * SQL for a number that stands for what a row holds, to be added up over all rows. It finds accidents, one of four
 * billion excepted; that nobody has changed a backup is the business of its SHA-256.
 * Values are hashed as they are stored where that tells everything apart, which takes a third of the time of writing
 * them out, and as they are written where it does not. The hash of a row is a weighted sum of those of its values, so
 * it is hashed once more: otherwise the sum over all rows would not see values that have changed places.
 */
export const rowHash = ({ columns }: Pick<Table, 'columns'>, alias: string): string => {
  const references = (hashes: boolean): readonly string[] =>
    columns
      .filter(column => column.hashes === hashes)
      .map(({ name }) => `${alias}.${pg.escapeIdentifier(name)}`);
  const [stored, written] = [references(true), references(false)];
  const parts = written.length === 0 ? stored : [...stored, `row(${written.join(', ')})::text`];
  if (parts.length === 0) return '0';
  return `hashint8extended(hash_record_extended(row(${parts.join(', ')}), 0), 0)`;
};
