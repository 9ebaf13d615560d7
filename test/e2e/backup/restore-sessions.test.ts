import { until } from '../faults/support/until.ts';
import { expectRestored, expectUntouched, RestoreSite } from './support/restore-site.ts';

let site: RestoreSite;

beforeAll(async () => {
  site = await RestoreSite.open();
  await site.backUp();
});
afterEach(() => site.tidy());
afterAll(() => site[Symbol.asyncDispose]());

describe('a restore of a database that is in use', () => {
  it('goes through sessions that idle in a transaction and that come back all the time', async () => {
    const idle = await site.ownerIn();
    await idle.query('begin; lock table said in access exclusive mode');
    const stop = new AbortController();
    const seen = new Set<string | undefined>();
    const exporters = Array.from({ length: 4 }, async () => {
      while (!stop.signal.aborted) {
        const client = await site.ownerIn().catch(() => null);
        if (client === null) continue;
        await client
          .query<{ datname: string }>('select current_database() as datname')
          .then(({ rows }) => seen.add(rows[0]?.datname))
          .catch(() => undefined);
        await client.end().catch(() => undefined);
      }
    });
    await until('exporters are in', () => seen.size > 0);

    const ended = await site.restore();

    stop.abort();
    await Promise.all(exporters);
    await expectRestored(site, ended);
  });

  it('is refused while a superuser will not leave, who is named', async () => {
    const stubborn = await site.superuserIn();
    const { rows } = await stubborn.query<{ pid: number }>('select pg_backend_pid() as pid');

    const ended = await site.restore();

    expect(ended).toMatchObject({ code: 69, result: { code: 'database_in_use' } });
    expect(ended.result.message).toContain(`${rows[0]?.pid} (`);
    expect(ended.errors).toContain('"warning":"sessions_remain"');
    await stubborn.query('select 1');
    await expectUntouched(site, ended);
  });
});
