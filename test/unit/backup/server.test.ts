import {
  databaseCalled,
  databaseFailure,
  databaseNameOf,
  maintenanceUrl,
  redacted,
} from '../../../scripts/backup/postgres/server.ts';

const URL = 'postgres://ann:s%40fe%25@db.example:5432/day%20mark?sslmode=require';

test('names of databases are read and written with their special characters', () => {
  expect(databaseNameOf(URL)).toBe('day mark');
  expect(databaseNameOf(databaseCalled(URL, 'ä/b'))).toBe('ä/b');
  expect(maintenanceUrl(URL)).toBe('postgres://ann:s%40fe%25@db.example:5432/postgres?sslmode=require');
});

test('a password is taken out as it is written and as it is meant', () => {
  expect(redacted('s%40fe% and s@fe% at postgres://bob:other@db/x', URL)).not.toMatch(/s@fe|other/);
  expect(redacted(`${URL} s@fe%`, URL)).not.toMatch(/s@fe|s%40fe/);
  expect(redacted('nothing to hide', 'postgres://ann@db/x')).toBe('nothing to hide');
});

test.each([
  [{ code: '28P01' }, 'unavailable', 'database_refuses_login'],
  [{ code: '3D000' }, 'unavailable', 'database_missing'],
  [{ code: '53300' }, 'unavailable', 'too_many_connections'],
  [{ code: '53100' }, 'full', 'database_disk_full'],
  [{ code: '42501', message: 'permission denied for table x' }, 'unavailable', 'not_permitted'],
  [{ code: '55P03' }, 'unavailable', 'tables_locked'],
  [{ code: 'ECONNREFUSED' }, 'unavailable', 'database_unreachable'],
  [{ code: '57P01' }, 'unavailable', 'database_unreachable'],
  [{ message: 'Connection terminated unexpectedly' }, 'unavailable', 'database_unreachable'],
  [{ message: 'Query read timeout' }, 'unavailable', 'database_unreachable'],
  [{ code: '42P01', message: 'relation "x" does not exist' }, 'unavailable', 'database_error'],
])('%j is told with advice, and without the password', (error, exit, code) => {
  const failure = databaseFailure({ message: 'with s@fe% in it', ...error }, URL, 'reading');

  expect([failure.exit, failure.code]).toEqual([exit, code]);
  expect(failure.message).not.toMatch(/s@fe/);
});
