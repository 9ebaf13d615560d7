import { Admin } from './support/admin.ts';

let admin: Admin;

beforeEach(async () => {
  admin = await Admin.arrive();
});
afterEach(async () => {
  await admin[Symbol.asyncDispose]();
});

describe('what is unusual', () => {
  const before = async (
    id: string,
    bytes: number,
    rows: Record<string, number>,
    ago = '1 day',
  ): Promise<void> => {
    await admin.sql(
      `insert into backup_runs values (gen_random_uuid(), 'backup', 'done', $1, now() - $4::interval, now() - $4::interval, null, $2, $3)`,
      [id, bytes, JSON.stringify(rows), ago],
    );
  };

  test('a backup that has lost half of its size or of a table is warned of, and made', async () => {
    await before(
      '20260101T000000Z-00000000',
      500_000,
      { 'public.accounts': 500, 'public.outbox': 90 },
      '2 days',
    );
    await before('20260102T000000Z-00000000', 600_000, { 'public.accounts': 500, 'public.outbox': 90 });

    const { code, errors } = await admin.run();

    expect(code).toBe(0);
    expect(errors).toContain('"warning":"size_shrunk"');
    expect(errors.match(/"warning":"rows_shrunk"/g)).toHaveLength(1);
    expect(errors).toContain('public.accounts has 0 rows, and had 500');
  });

  test('a clock that was put back a little still makes the newest backup the last one', async () => {
    const later = new Date(Date.now() + 3_600_000);
    const id = `${later.toISOString().replaceAll(/[-:]|\.\d+/g, '')}-ffffffff`;
    await before(id, 100, {});

    const { result, errors } = await admin.run();

    expect(String(result.id) > id).toBe(true);
    expect(errors).not.toContain('clock_back');
  });

  test('a clock that was put back a year is warned of', async () => {
    await before('20990101T000000Z-ffffffff', 100, {});

    const { code, result, errors } = await admin.run();

    expect(code).toBe(0);
    expect(String(result.id) < '2099').toBe(true);
    expect(errors).toContain('"warning":"clock_back"');
  });

  test('a run after a long pause has nothing to compare with that would stop it', async () => {
    await before('20200101T000000Z-00000000', 100, { 'public.gone': 99 }, '6 years');

    const { code, result, errors } = await admin.run();

    expect([code, result.kind]).toEqual([0, 'monthly']);
    expect(errors).not.toContain('warning');
  });

  test('a disk that would not hold what the last backup needed is refused', async () => {
    await before('20260102T000000Z-00000000', 1e15, {});

    const { code, result } = await admin.run();

    expect([code, result.code]).toEqual([73, 'disk_full']);
  });

  test('a run that cannot be recorded is made all the same', async () => {
    await admin.sql('drop table backup_runs');

    const { code, errors } = await admin.run();

    expect(code).toBe(0);
    expect(errors).toContain('"warning":"not_recorded"');
    expect(await admin.listed()).toHaveLength(1);
  });
});
