import { mkdir } from 'node:fs/promises';
import type { S3Double } from '../../support/s3-double.ts';
import { startProxy } from '../../support/tcp-proxy.ts';
import { until } from '../faults/support/until.ts';
import { MOMENTS } from './support/restore-moments.ts';
import { expectRestored, expectUntouched, type RestoreSite } from './support/restore-site.ts';
import { StoredSite } from './support/stored-site.ts';
import { onSmallDisk } from './support/small-disk.ts';

let stored: StoredSite;
let site: RestoreSite;
let double: S3Double;

beforeAll(async () => {
  stored = await StoredSite.open();
  ({ site, double } = stored);
});
afterEach(() => stored.tidy());
afterAll(() => stored[Symbol.asyncDispose]());

describe('the store', () => {
  it.each([
    ['damages the archive', { kind: 'corruptAnswer' }, 65],
    ['cuts it off', { kind: 'truncate' }, 69],
  ] as const)('%s: nothing is touched', async (_name, fault, code) => {
    double.fail(fault, { operation: 'GetObject', from: 2, times: Infinity });

    const ended = await site.restore();

    expect(ended.code).toBe(code);
    await expectUntouched(site, ended);
  });

  it('is down: nothing is touched', async () => {
    const ended = await site.restore([], { BACKUP_S3_ENDPOINT: 'http://127.0.0.1:1' });

    expect(ended.code).toBe(69);
    await expectUntouched(site, ended);
  });

  it('refuses: nothing is touched', async () => {
    const ended = await site.restore([], { AWS_SECRET_ACCESS_KEY: 'of/somebody+else' });

    expect(ended.code).toBe(69);
    await expectUntouched(site, ended);
  });
});

describe('Postgres', () => {
  it.each(['it restores the rows', 'it compares', 'it makes the indexes'] as const)(
    'goes away while %s: the restore fails, and works later',
    async name => {
      const url = new URL(site.database.url);
      const wire = await startProxy(url.hostname, Number(url.port));
      url.host = `127.0.0.1:${wire.port}`;
      try {
        const isThere = await MOMENTS[name].hold(site, double);
        const program = site.startRestore([], { DATABASE_URL: url.href });
        await isThere();

        wire.cut();
        const ended = await site.admin.finish(program);

        expect(ended.code).toBe(69);
        expect(ended.output).not.toMatch(/"outcome":"done"/);
        expect(await site.said()).toBe('after');
        expect(await site.admin.leftovers()).toEqual([]);
      } finally {
        await wire.close();
      }
      await site.tidy();
      await expectRestored(site, await site.restore());
    },
  );

  it.each([
    ['to the second rename, and it tries again', /_restoring" rename to /],
    ['to the last word, and it finds out that it worked', /^Q....commit/s],
  ])('loses its answer %s', async (_name, statement) => {
    const url = new URL(site.database.url);
    const wire = await startProxy(url.hostname, Number(url.port));
    url.host = `127.0.0.1:${wire.port}`;
    try {
      const stubborn = await site.superuserIn();
      const program = site.startRestore([], { DATABASE_URL: url.href });
      await until('it renames', () => site.isRenaming(site.name));
      wire.dropAnswersOnce(request => statement.test(request.toString('latin1')));
      await stubborn.end();

      await expectRestored(site, await site.admin.finish(program));
    } finally {
      await wire.close();
    }
    expect(await site.databases()).toEqual(['', '_before_TIME']);
  });
});

describe('a disk that fills up while the archive is unpacked', () => {
  it('is told, and nothing is touched', async () => {
    const folder = `${site.admin.folder}/small`;
    await mkdir(folder);
    await using stack = new AsyncDisposableStack();
    stack.use(await onSmallDisk(folder, '16k'));

    const ended = await site.restore([], { BACKUP_WORK_DIR: folder });

    expect(ended).toMatchObject({ code: 73, result: { code: 'disk_full' } });
    await expectUntouched(site, ended);
  });
});

describe('two at once', () => {
  it.each([['restore'], ['run'], ['drill']])('a %s beside a restore is told to wait', async command => {
    const isThere = await MOMENTS['it compares'].hold(site, double);
    const program = site.startRestore();
    await isThere();

    const words = command === 'restore' ? ['restore', '--confirm', site.name] : [command];
    const second = await site.admin.run(words);

    expect(second).toMatchObject({ code: 75, result: { code: 'busy' } });
    await program.stop('SIGTERM');
    expect(await site.said()).toBe('after');
  });
});

describe('in production', () => {
  it('the name of the database is wanted too, and is enough', async () => {
    const production = { NODE_ENV: 'production' };

    const refused = await site.admin.run(['restore'], production);

    expect(refused).toMatchObject({ code: 77, result: { code: 'not_confirmed' } });
    await expectUntouched(site, refused);
    await expectRestored(site, await site.restore([], production));
  });
});
