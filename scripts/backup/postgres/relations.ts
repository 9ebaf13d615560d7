import pg from 'pg';
import { rowsOf } from './server.ts';

/** Something in a schema, and as the manifest calls it. */
export interface Relation {
  readonly schema: string;
  readonly relation: string;
  readonly name: string;
}

export interface Column {
  readonly name: string;
  /** Of a type whose hash tells any two values apart that are written differently. */
  readonly hashes: boolean;
}

export interface Table extends Relation {
  /** About; asking for the true size would wait for whoever has locked it. */
  readonly bytes: number;
  readonly columns: readonly Column[];
}

// What belongs to an extension comes back with the extension.
const OWN = `n.nspname not in ('pg_catalog', 'information_schema') and n.nspname !~ '^pg_(toast|temp)'
  and c.relpersistence <> 't' and not exists (select from pg_depend d
    where d.classid = 'pg_class'::regclass and d.objid = c.oid and d.deptype = 'e')`;
const NAMED = `n.nspname as schema, c.relname as relation, n.nspname || '.' || c.relname as name`;
const FROM = `from pg_class c join pg_namespace n on n.oid = c.relnamespace`;
const IN_ORDER = `order by (n.nspname || '.' || c.relname) collate "C"`;

// Not those that have several ways to write what is equal, such as 1.0 and 1.00, or whose hash is of a number that is
// another one after a restore, such as that of a table.
const HASHING_TYPES = '{bool,int2,int4,int8,text,varchar,bytea,uuid,date,timestamp,timestamptz}';

/** Ordinary tables and the leaves of partitioned ones: whatever holds rows that a dump has. */
export const tablesOf = (client: pg.ClientBase): Promise<readonly Table[]> =>
  rowsOf<Table>(
    client,
    `select ${NAMED}, greatest(c.relpages, 0) * 8192::float8 as bytes,
       coalesce((
         select json_agg(json_build_object('name', a.attname, 'hashes',
           t.typnamespace = 'pg_catalog'::regnamespace and t.typname = any ($1) and coalesce(l.collisdeterministic, true)
         ) order by a.attnum)
         from pg_attribute a join pg_type t on t.oid = a.atttypid left join pg_collation l on l.oid = a.attcollation
         where a.attrelid = c.oid and a.attnum > 0 and not a.attisdropped), '[]') as columns
     ${FROM} where c.relkind = 'r' and ${OWN} ${IN_ORDER}`,
    [HASHING_TYPES],
  );

export const sequenceNames = (client: pg.ClientBase): Promise<readonly Relation[]> =>
  rowsOf<Relation>(client, `select ${NAMED} ${FROM} where c.relkind = 'S' and ${OWN} ${IN_ORDER}`);

export const quoted = ({ schema, relation }: Pick<Relation, 'schema' | 'relation'>): string =>
  `${pg.escapeIdentifier(schema)}.${pg.escapeIdentifier(relation)}`;
