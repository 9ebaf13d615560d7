import { toolEnvironment } from '../../../scripts/backup/postgres/tool-environment.ts';

test.each([
  [
    'postgres://ann:p%40ss%2Fw%25rd@db.example:6432/day%20mark',
    { PGHOST: 'db.example', PGPORT: '6432', PGUSER: 'ann', PGPASSWORD: 'p@ss/w%rd', PGDATABASE: 'day mark' },
  ],
  ['postgres://ann@[::1]/daymark', { PGHOST: '::1', PGDATABASE: 'daymark' }],
  ['postgres:///daymark?host=/run/postgresql', { PGHOST: '/run/postgresql', PGDATABASE: 'daymark' }],
  [
    'postgres://ann@db/daymark?sslmode=verify-full&sslrootcert=/etc/ca.pem',
    { PGSSLMODE: 'verify-full', PGSSLROOTCERT: '/etc/ca.pem' },
  ],
  ['postgres://ann@db/daymark?sslmode=no-verify&uselibpqcompat=true', { PGSSLMODE: 'require' }],
])('%s is told through the environment', (url, expected) => {
  expect(toolEnvironment(url)).toMatchObject(expected);
});

test('nothing of ours reaches a tool that it does not need', () => {
  process.env.BACKUP_AGE_IDENTITY = 'AGE-SECRET-KEY-1';
  try {
    expect(Object.values(toolEnvironment('postgres://ann@db/daymark'))).not.toContain('AGE-SECRET-KEY-1');
  } finally {
    Reflect.deleteProperty(process.env, 'BACKUP_AGE_IDENTITY');
  }
});
