import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import pg from 'pg';
import { isAlive } from '../../../scripts/services/processes.ts';
import { BUCKET, WRITER } from '../../support/s3-backups.ts';
import { sha256Of } from '../../support/backups.ts';
import { S3Double, S3_OWNER } from '../../support/s3-double.ts';
import { connected } from '../../support/template-database.ts';
import { until } from '../faults/support/until.ts';
import { Admin } from './support/admin.ts';

let admin: Admin;
let double: S3Double;

beforeEach(async () => {
  admin = await Admin.arrive();
  double = await S3Double.start({ buckets: [BUCKET] });
  double.addUser(WRITER);
  admin.useS3(double, S3_OWNER);
});
afterEach(async () => {
  await double.close();
  await admin[Symbol.asyncDispose]();
});

const keys = (): readonly string[] => double.bucket(BUCKET).current.map(({ key }) => key);
const puts = (): number => double.log.filter(({ operation }) => operation === 'PutObject').length;

/** What of the run is under way when it is killed, and how it is made to wait there. */
interface Moment {
  readonly hold: () => Promise<() => Promise<void>>;
  readonly isThere: () => Promise<boolean> | boolean;
}

const heldByLock = async (): Promise<() => Promise<void>> => {
  const client = new pg.Client({ connectionString: admin.database.url });
  await client.connect();
  await client.query('begin; lock table accounts in access exclusive mode');
  return () => client.end();
};

const heldByTool =
  (name: 'pg_dump' | 'pg_restore', script: string) => async (): Promise<() => Promise<void>> => {
    await admin.useTool(name, `${script}; echo $$ > ${admin.folder}/there; exec sleep 60`);
    return async () => {
      const pid = Number(await admin.noted('there'));
      await until('no program is left', () => !isAlive(pid));
      await admin.useRealTools();
    };
  };

const isNoted = async (): Promise<boolean> => Number(await admin.noted('there')) > 0;

const healed = async (): Promise<void> => {
  double.heal();
  await Promise.resolve();
};

const MOMENTS: Readonly<Record<string, Moment>> = {
  'it waits for its locks': {
    hold: heldByLock,
    isThere: async () => {
      const waiting = await admin.sql(
        `select 1 from pg_locks where not granted and relation = 'accounts'::regclass`,
      );
      return waiting.length > 0;
    },
  },
  'it dumps': { hold: heldByTool('pg_dump', '$REAL/pg_dump "$@" | head -c 4000'), isThere: isNoted },
  'it checks what was dumped': { hold: heldByTool('pg_restore', '$REAL/pg_restore "$@"'), isThere: isNoted },
  'it sends the archive': {
    hold: () => {
      double.fail({ kind: 'hang' }, { operation: 'PutObject' });
      return Promise.resolve(healed);
    },
    isThere: () => puts() === 1,
  },
  'the archive is there and the manifest is not': {
    hold: () => {
      double.fail({ kind: 'hang' }, { operation: 'PutObject', from: 2 });
      return Promise.resolve(healed);
    },
    isThere: () => puts() === 2,
  },
};

test.each(Object.entries(MOMENTS))(
  'kill -9 while %s leaves no broken backup, and the next run works',
  async (_when, moment) => {
    const release = await moment.hold();
    const program = admin.start(['run'], { BACKUP_LOCK_TIMEOUT: '30' });
    await until('it is there', async () => {
      if (program.output().includes('"outcome"')) throw new Error(program.output());
      return await moment.isThere();
    });

    expect(await program.stop('SIGKILL')).toBe(-9);
    await release();

    expect(await admin.listedByCommand()).toEqual([]);
    const next = await admin.run();
    expect([next.code, next.output]).toEqual([0, expect.any(String)]);
    expect(await admin.listedByCommand()).toEqual([next.result.id]);
    expect(await admin.leftovers()).toEqual([]);
    expect((await admin.recorded()).map(({ outcome }) => outcome)).toEqual(['done']);
  },
);

test('SIGTERM while the archive is sent ends the run within seconds, as failed', async () => {
  double.fail({ kind: 'hang' }, { operation: 'PutObject' });
  const program = admin.start(['run']);
  await until('it sends', () => puts() === 1);

  expect(await program.stop('SIGTERM')).toBe(143);

  expect(await admin.leftovers()).toEqual([]);
  expect((await admin.recorded()).map(({ failure }) => failure)).toEqual(['terminated']);
});

test('a server process that is killed under pg_dump is a failure, and the next run works', async () => {
  await admin.useTool(
    'pg_dump',
    `mkfifo ${admin.folder}/pipe; $REAL/pg_dump "$@" > ${admin.folder}/pipe & dump=$!; exec 3< ${admin.folder}/pipe; echo $$ > ${admin.folder}/there; while [ ! -e ${admin.folder}/go ]; do sleep 0.02; done; cat <&3; wait $dump`,
  );
  // More than all buffers on the way hold, so that pg_dump is still busy with it.
  await admin.sql(
    `create table long as select n, repeat(md5(n::text), 30) as text from generate_series(1, 20000) n`,
  );
  const program = admin.start(['run']);
  await until('it dumps', isNoted);

  await until('the server process is gone', async () => {
    const ended = await connected(admin.database.url, client =>
      client.query(
        `select pg_terminate_backend(pid) from pg_stat_activity
         where datname = current_database() and query like 'COPY public.long%'`,
      ),
    );
    return ended.rowCount === 1;
  });
  await mkdir(join(admin.folder, 'go'));

  const { code, result } = await admin.finish(program);
  expect([code, result.code]).toEqual([69, 'database_unreachable']);
  await admin.useRealTools();
  expect((await admin.run()).code).toBe(0);
  expect(await admin.listedByCommand()).toHaveLength(1);
});

test('files of runs that were killed are taken away, and those of others are not', async () => {
  await mkdir(admin.workDirectory, { recursive: true });
  const dead = 'archive-20260101T000000Z-00000000-999999999.dump.partial';
  const living = `fetched-20260101T000000Z-00000000-${process.pid}.dump.partial`;
  for (const name of [dead, living, 'holiday.jpg']) await writeFile(join(admin.workDirectory, name), 'x');

  await admin.run();

  expect((await admin.leftovers()).toSorted()).toEqual([living, 'holiday.jpg']);
});

test('a writer that may only put makes a whole backup, archive first and manifest last', async () => {
  admin.useS3(double, WRITER);

  const { code, result } = await admin.run();

  expect(code).toBe(0);
  const folder = `daymark/monthly/${String(result.id)}/`;
  const sent = double.log.filter(({ operation }) => operation === 'PutObject').map(({ key }) => key);
  expect(sent).toEqual([expect.stringMatching(`^${folder}archive-`), `${folder}manifest.json`]);
  expect(keys()).toHaveLength(2);
});

test('what is stored is byte for byte what was verified', async () => {
  const { result } = await admin.run();

  const objects = keys().map(
    key => [key, double.bucket(BUCKET).find(key)?.bytes ?? Buffer.alloc(0)] as const,
  );
  const manifest = JSON.parse(String(objects.find(([key]) => key.endsWith('manifest.json'))?.[1]));
  const [key = '', archive = Buffer.alloc(0)] = objects.find(([each]) => each.includes('archive-')) ?? [];
  expect(key).toBe(`daymark/monthly/${String(result.id)}/archive-${sha256Of(archive)}.dump`);
  expect([archive.length, sha256Of(archive)]).toEqual([manifest.archive.bytes, manifest.archive.sha256]);
});

test('a store that refuses the manifest has no backup', async () => {
  double.fail(
    { kind: 'status', status: 403, code: 'AccessDenied' },
    { operation: 'PutObject', from: 2, times: Infinity },
  );

  const { code, result } = await admin.run();

  expect([code, result.outcome]).toEqual([69, 'failed']);
  double.heal();
  expect(await admin.listedByCommand()).toEqual([]);
});
