import { connected } from './template-database.ts';

const LONG = `repeat($$Ünïcödé 🎉 \\ " ' , $$ || chr(10) || chr(9), 20000)`;

/** Everything that a dump may stumble over, in one database. */
const STATEMENTS = [
  `create schema "odd "" name"`,
  `create table "odd "" name"."Täble; drop" (t text primary key, "t.*" text, "select" int)`,
  `insert into "odd "" name"."Täble; drop" values ('🎉👩‍👩‍👧', E'line\\nbreak\\ttab\\\\.', null), ('', '\\N', 0), ('ﬁ ɐ ‮', 'e' || chr(769), -1)`,
  `create table kinds (id bigint generated always as identity primary key, bytes bytea, long text, floats float8[], small real,
     amount numeric, days daterange, moments tstzmultirange, document jsonb, plain json, words text[], grid int[][], lasting interval, at timestamptz, clock timetz,
     bits bit varying, address inet, place point, key uuid, price money, search tsvector, item xml, kind regclass)`,
  `insert into kinds (bytes, long, floats, small, amount, days, moments, document, plain, words, grid, lasting, at, clock, bits, address, place, key, price, search, item, kind)
   values (decode('00ff5c27', 'hex'), ${LONG}, array['NaN', 'Infinity', '-0', 0.1, 1e-300, 5e-324]::float8[], 0.3, 'NaN', '[2026-01-01,)',
     '{[2026-01-01 00:00+00,2026-01-02 00:00+00)}', '{"a":[1,2,{"🎉":null}],"b":"\\u2028"}', '{"a" : 1, "a":2}', array['a,b', null, '"q"', ''], '{{1,2},{3,null}}',
     '1 year -2 days 03:04:05.000006', '2026-03-29 01:30:00.123456+01', '04:05:06.789+02', '10110', '2001:db8::/32', '(1.5,-2)', 'a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11',
     12.34, to_tsvector('simple', 'the cat''s hat'), '<a>ü</a>', 'kinds'), (null, null, null, null, null, null, null, null, null, null, null, null, 'infinity', null, null, null, null, null, null, null, null, null)`,
  `create table made (a int, twice int generated always as (a * 2) stored)`,
  `insert into made select n from generate_series(1, 50) n`,
  `create index made_squares on made ((a * a))`,
  `create statistics made_pairs (ndistinct) on a, twice from made`,
  `create table parted (id int, at date) partition by range (at)`,
  `create table parted_old partition of parted for values from (minvalue) to ('2026-01-01')`,
  `create table parted_new partition of parted for values from ('2026-01-01') to (maxvalue) partition by hash (id)`,
  `create table parted_new_0 partition of parted_new for values with (modulus 2, remainder 0)`,
  `create table parted_new_1 partition of parted_new for values with (modulus 2, remainder 1)`,
  `insert into parted select n, date '2025-12-01' + n from generate_series(1, 90) n`,
  `create table parent (a int)`,
  `create table child (b int) inherits (parent)`,
  `insert into parent values (1)`,
  `insert into child values (2, 3)`,
  `create unlogged table fleeting as select n from generate_series(1, 7) n`,
  `create materialized view summary as select count(*) as total from made`,
  `create view seen as select * from made where a > 10`,
  `create table same (a int)`,
  `insert into same values (1), (1), (1), (2), (null)`,
  `create table nothing ()`,
  `insert into nothing default values`,
  `create sequence upwards increment 7`,
  `select nextval('upwards') from generate_series(1, 5)`,
  `create sequence downwards increment -1`,
  `select nextval('downwards')`,
  `create sequence untouched start 100`,
  `select lo_from_bytea(0, decode(repeat('00ff', 700000), 'hex')), lo_from_bytea(0, ''), lo_from_bytea(0, 'small')`,
  `create function trip() returns trigger language plpgsql as 'begin raise exception $q$never while it is restored$q$; end'`,
  `create trigger trip before insert on made for each row execute function trip()`,
  `create type mood as enum ('sad', 'glad')`,
  `create domain positive as int check (value > 0)`,
  `create table moods (m mood, p positive)`,
  `insert into moods values ('glad', 1)`,
];

export const enrich = (url: string): Promise<void> =>
  connected(url, async client => {
    for (const statement of STATEMENTS) await client.query(statement);
  });
