import { READER } from '../../support/s3-backups.ts';
import { type S3Double, S3_OWNER } from '../../support/s3-double.ts';
import { until } from '../faults/support/until.ts';
import type { RestoreSite } from './support/restore-site.ts';
import { StoredSite } from './support/stored-site.ts';

let stored: StoredSite;
let site: RestoreSite;
let double: S3Double;
let id: string;

beforeAll(async () => {
  stored = await StoredSite.open();
  ({ site, double, id } = stored);
});
afterEach(async () => {
  await stored.tidy();
  await site.admin.sql(`delete from backup_runs where kind = 'drill'`);
});
afterAll(() => stored[Symbol.asyncDispose]());

const recorded = (): Promise<object[]> =>
  site.admin.sql(`select outcome, backup_id, failure from backup_runs where kind = 'drill'`);

const expectUntouched = async (): Promise<void> => {
  expect(await site.said()).toBe('after');
  expect(await site.databases()).toEqual(['']);
  expect(await site.admin.leftovers()).toEqual([]);
  expect(await site.admin.sql('select 1 from outbox')).toEqual([]);
};

describe('a drill', () => {
  it('proves the newest backup with no more than may be read, and leaves nothing but a record', async () => {
    const ended = await site.admin.run(['drill']);

    expect(ended).toMatchObject({ code: 0, result: { outcome: 'done', id, migrations: [] } });
    expect(await recorded()).toEqual([{ outcome: 'done', backup_id: id, failure: null }]);
    await expectUntouched();
  });

  it('does not disturb whoever uses the database', async () => {
    const client = await site.ownerIn();
    await client.query('begin; lock table said in access exclusive mode');

    expect((await site.admin.run(['drill'])).code).toBe(0);

    await client.query('rollback');
    await expectUntouched();
  });

  it('fails loudly when the backup is damaged, and is remembered', async () => {
    double.fail({ kind: 'corruptAnswer' }, { operation: 'GetObject', from: 2, times: Infinity });

    const ended = await site.admin.run(['drill']);

    expect(ended).toMatchObject({ code: 65, result: { outcome: 'failed', code: 'object_damaged' } });
    expect(await recorded()).toEqual([{ outcome: 'failed', backup_id: id, failure: 'object_damaged' }]);
    await expectUntouched();
  });

  it('is remembered as failed when it is stopped, and drops what it made', async () => {
    const mark = await site.holdComparison();
    const program = site.admin.start(['drill']);
    await until('it compares', () => site.admin.noted(mark));

    void program.stop('SIGTERM');
    const ended = await site.admin.finish(program);

    expect(ended.code).toBe(143);
    expect(await recorded()).toEqual([{ outcome: 'failed', backup_id: id, failure: 'terminated' }]);
    await expectUntouched();
  });

  it('takes the place of one that was killed', async () => {
    const mark = await site.holdComparison();
    const program = site.admin.start(['drill']);
    await until('it compares', () => site.admin.noted(mark));
    await program.stop('SIGKILL');
    await site.admin.useRealTools();
    expect(await site.databases()).toEqual(['', '_drill']);

    expect((await site.admin.run(['drill'])).code).toBe(0);

    await expectUntouched();
  });

  it('may run beside a backup, but not beside another drill or a restore', async () => {
    const mark = await site.holdComparison();
    const program = site.admin.start(['drill']);
    await until('it compares', () => site.admin.noted(mark));
    await site.admin.useRealTools();
    site.admin.useS3(double, S3_OWNER);

    const [backup, drill, restore] = await Promise.all([
      site.admin.run(['run']),
      site.admin.run(['drill']),
      site.restore(),
    ]);

    site.admin.useS3(double, READER);
    expect([backup.code, drill.code, restore.code]).toEqual([0, 75, 75]);
    expect(await site.said()).toBe('after');
    await program.stop('SIGTERM');
  });

  it('says that there is nothing to prove', async () => {
    const ended = await site.admin.run(['drill'], { BACKUP_PREFIX: 'elsewhere/' });

    expect(ended.code).not.toBe(0);
    await expectUntouched();
  });
});
