import { isAlive } from '../../../scripts/services/processes.ts';
import type { S3Double } from '../../support/s3-double.ts';
import { MOMENTS } from './support/restore-moments.ts';
import { expectRestored, expectUntouched, type RestoreSite } from './support/restore-site.ts';
import { StoredSite } from './support/stored-site.ts';

let stored: StoredSite;
let site: RestoreSite;
let double: S3Double;

beforeAll(async () => {
  stored = await StoredSite.open();
  ({ site, double } = stored);
});
afterEach(() => stored.tidy());
afterAll(() => stored[Symbol.asyncDispose]());

describe.each(Object.entries(MOMENTS))('killed while %s', (_name, moment) => {
  it('leaves the database as it was, and can be run again', async () => {
    const isThere = await moment.hold(site, double);
    const program = site.startRestore();
    await isThere();

    expect(await program.stop('SIGKILL')).toBe(-9);

    // Asked of the database as anybody would, at once.
    expect(await site.said()).toBe('after');
    await site.say('alive');
    double.heal();
    await site.tidy();
    const again = await site.restore();
    await expectRestored(site, again);
    expect(await site.databases()).toEqual(['', '_before_TIME']);
  });
});

describe('a restore that is killed after the swap', () => {
  it('has restored, and can be run again', async () => {
    const program = site.startRestore();
    await program.says('"step":"recording"');

    await program.stop('SIGKILL');

    expect(await site.said()).toBe('before');
    expect(await site.databases()).toEqual(['', '_before_TIME']);
    await expectRestored(site, await site.restore());
  });
});

describe.each(['it fetches', 'it restores the rows', 'it compares', 'it makes the indexes'] as const)(
  'stopped by SIGTERM while %s',
  name => {
    it('drops what it made and leaves no program behind', async () => {
      const isThere = await MOMENTS[name].hold(site, double);
      const program = site.startRestore();
      await isThere();

      void program.stop('SIGTERM');
      const ended = await site.admin.finish(program);

      expect(ended).toMatchObject({ code: 143, result: { code: 'terminated' } });
      await expectUntouched(site, ended);
      const pid = Number(await site.admin.noted('pid'));
      if (pid > 0) expect(isAlive(pid)).toBe(false);
    });
  },
);
