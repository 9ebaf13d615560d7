import { Admin } from './support/admin.ts';

let admin: Admin;

beforeEach(async () => {
  admin = await Admin.arrive();
});
afterEach(async () => {
  await admin[Symbol.asyncDispose]();
});

describe('a pg_dump that', () => {
  const partial = `$REAL/pg_dump "$@" | head -c 4000`;

  test.each([
    ['is killed', `${partial}; kill -9 $$`, 'pg_dump_failed', 69],
    [
      'fails after everything was written',
      `$REAL/pg_dump "$@"; echo "pg_dump: error: late" >&2; exit 1`,
      'pg_dump_failed',
      69,
    ],
    ['writes half and says that all is well', `${partial}; exit 0`, 'dump_unreadable', 65],
    ['writes nothing and says that all is well', `exit 0`, 'dump_unreadable', 65],
    [
      'loses its connection',
      `${partial}; echo "pg_dump: error: server closed the connection unexpectedly" >&2; exit 1`,
      'database_unreachable',
      69,
    ],
  ])('%s never makes a backup', async (_what, script, problem, exit) => {
    await admin.useTool('pg_dump', script);

    const { code, result } = await admin.run();

    expect([code, result.code]).toEqual([exit, problem]);
    await admin.useRealTools();
    expect(await admin.listed()).toEqual([]);
    expect(await admin.leftovers()).toEqual([]);
    expect((await admin.recorded()).map(({ failure }) => failure)).toEqual([problem]);
  });

  test('is older than the server is passed over for one that fits', async () => {
    await admin.useTool(
      'pg_dump',
      `[ "$1" = --version ] && echo "pg_dump (PostgreSQL) 9.6.24" && exit; exit 1`,
    );

    const { code } = await admin.run();

    expect(code).toBe(0);
  });
});
