import { randomUUID } from 'node:crypto';
import { execFile } from 'node:child_process';
import { mkdtemp, readdir, rm, utimes } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import pg from 'pg';
import { projectRoot } from '../../../scripts/services/project.ts';
import { DiskAssetStore } from '../../../src/publishing/data/disk-asset-store.ts';
import { SqlImageCatalogue } from '../../../src/publishing/data/sql-image-catalogue.ts';
import { imageObjects } from '../../../src/publishing/domain/image.ts';
import { AssetReconciliation } from '../../../src/publishing/services/asset-reconciliation.ts';
import type { AssetStore } from '../../../src/publishing/services/asset-store.ts';
import { Sql } from '../../../src/shared/data/postgres.ts';
import { COMPILE_CACHE } from '../../support/compile-cache.ts';
import { createDatabase, type TestDatabase } from '../../support/database.ts';
import { LocalFiles, someBytes } from '../../support/local-files.ts';
import { emptyRedisUrl } from '../../support/redis-server.ts';
import { S3_OWNER } from '../../support/s3-double.ts';
import { openS3Store } from '../../support/s3-store.ts';

const HOUR_MS = 60 * 60_000;
const WIDTHS = [320, 640];

interface Place {
  readonly store: AssetStore;
  /** What tells the command where it is. */
  readonly environment: Readonly<Record<string, string>>;
  /** Makes everything stored so far two hours old. */
  age(): Promise<void>;
  close(): Promise<void>;
}

const onDisk = async (): Promise<Place> => {
  const folder = await mkdtemp(join(tmpdir(), 'daymark-reconcile-'));
  const directory = join(folder, 'assets');
  return {
    store: new DiskAssetStore(directory, { error: () => undefined, info: () => undefined }),
    environment: { DATA_DIR: folder },
    age: async () => {
      const before = new Date(Date.now() - 2 * HOUR_MS);
      for (const entry of await readdir(directory, { recursive: true, withFileTypes: true }))
        if (entry.isFile()) await utimes(join(entry.parentPath, entry.name), before, before);
    },
    close: () => rm(folder, { recursive: true }),
  };
};

const inBucket = async (): Promise<Place> => {
  const folder = await mkdtemp(join(tmpdir(), 'daymark-reconcile-'));
  const opened = await openS3Store();
  const { double, store } = opened;
  return {
    store,
    environment: {
      ...{ DATA_DIR: folder, S3_BUCKET: 'daymark', S3_ENDPOINT: double.url, S3_FORCE_PATH_STYLE: 'on' },
      ...{ AWS_ACCESS_KEY_ID: S3_OWNER.accessKeyId, AWS_SECRET_ACCESS_KEY: S3_OWNER.secretAccessKey },
    },
    age: () => {
      const bucket = double.bucket();
      for (const version of bucket.current)
        bucket.put({ ...version, storedAt: new Date(Date.now() - 2 * HOUR_MS) });
      return Promise.resolve();
    },
    close: async () => {
      await opened.close();
      await rm(folder, { recursive: true });
    },
  };
};

describe.each([
  ['a folder', onDisk],
  ['a bucket', inBucket],
])('reconciling %s with the database', (_name, openPlace) => {
  let place: Place;
  let files: LocalFiles;
  let database: TestDatabase;
  let pool: pg.Pool;
  let redisUrl: string;
  beforeAll(async () => {
    database = await createDatabase();
    pool = new pg.Pool({ connectionString: database.url });
    redisUrl = await emptyRedisUrl();
    files = await LocalFiles.make();
  });
  beforeEach(async () => {
    place = await openPlace();
    await pool.query('delete from images');
  });
  afterEach(() => place.close());
  afterAll(async () => {
    await pool.end();
    await database.drop();
    await files.remove();
  });

  const objectsOf = (key: string) => imageObjects(key, 'png', WIDTHS);
  const storeObjects = async (key: string): Promise<void> => {
    const file = await files.of(someBytes(50));
    for (const object of objectsOf(key)) await place.store.put(object, file);
  };
  const addRow = async (key: string): Promise<void> => {
    const variants = JSON.stringify(WIDTHS.map(width => ({ width, height: 1, bytes: 50 })));
    await pool.query(
      `insert into images (id, owner_id, owner_name, key, format, width, height, bytes, total_bytes, variants, created_at)
       values ($1, $1, 'ada', $2, 'png', 1000, 1, 50, 150, $3, now() - interval '2 hours')`,
      [randomUUID(), key, variants],
    );
  };
  const find = (now = new Date()) => {
    const catalogue = new SqlImageCatalogue(new Sql(pool));
    const service = new AssetReconciliation(place.store, catalogue, { now: () => now });
    return Array.fromAsync(service.findings());
  };

  const command = (...parameters: string[]) =>
    new Promise<{ code: number | null; stdout: string; stderr: string }>(resolve => {
      const environment = {
        NODE_ENV: 'test',
        DATABASE_URL: database.url,
        REDIS_URL: redisUrl,
        ...place.environment,
      };
      const child = execFile(
        process.execPath,
        ['scripts/reconcile-assets.ts', ...parameters],
        { cwd: projectRoot, env: { PATH: process.env.PATH, ...COMPILE_CACHE, ...environment } },
        (_error, stdout, stderr) => resolve({ code: child.exitCode, stdout, stderr }),
      );
    });

  test('finds what was planted, whatever the collation of the database, and nothing else', async () => {
    // In most languages letters come before digits, and case and hyphens count little.
    for (const key of ['aaaa', 'aa2a', 'zaaa', 'a2zz', '2aaa', 'abab']) {
      await storeObjects(key);
      await addRow(key);
    }
    await storeObjects('orphan');
    await addRow('lonely');
    await place.store.remove(['images/abab-320.webp']);
    await place.age();

    const findings = await find();

    expect(findings.map(({ kind, key }) => `${kind} ${key}`).sort()).toEqual(
      [
        ...objectsOf('orphan').map(key => `object-without-row ${key}`),
        ...[...objectsOf('lonely'), 'images/abab-320.webp'].map(key => `row-without-object ${key}`),
      ].sort(),
    );
  });

  test('more rows and objects than fit into one read agree', async () => {
    const file = await files.of(someBytes(1));
    for (let index = 0; index < 520; index++) await addRow(`k${String(index).padStart(4, '0')}`);
    const keys = Array.from({ length: 520 }, (_none, index) =>
      objectsOf(`k${String(index).padStart(4, '0')}`),
    ).flat();
    for (let at = 0; at < keys.length; at += 40)
      await Promise.all(keys.slice(at, at + 40).map(key => place.store.put(key, file)));

    expect(await find()).toEqual([]);
  });

  test('an upload under way is left alone, and told when it never ended', async () => {
    await storeObjects('upload');

    expect(await find()).toEqual([]);
    expect(await find(new Date(Date.now() + 2 * HOUR_MS))).toHaveLength(3);
  });

  test('the command tells what it finds, removes orphans when asked, and says by its code how it is', async () => {
    await storeObjects('whole');
    await addRow('whole');
    await storeObjects('orphan');
    await place.age();

    const clean = await command('--help');
    expect(clean).toMatchObject({ code: 0, stdout: expect.stringContaining('--remove-orphans'), stderr: '' });
    const found = await command();
    expect(found).toMatchObject({ code: 1, stderr: '' });
    expect(found.stdout.trim().split('\n')).toHaveLength(4);
    expect(found.stdout).toMatch(/^object without row +images\/orphan-320\.webp +50 bytes of 20\S+Z$/m);
    expect(found.stdout).toMatch(/^3 objects without a row, 0 rows without an object$/m);

    const removed = await command('--remove-orphans', '--json');
    expect(removed).toMatchObject({ code: 0, stderr: '' });
    const lines = removed.stdout
      .trim()
      .split('\n')
      .map(line => JSON.parse(line));
    expect(lines.map(({ kind, key, bytes, removed: isGone }) => ({ kind, key, bytes, isGone }))).toEqual(
      [...objectsOf('orphan')]
        .sort()
        .map(key => ({ kind: 'object_without_row', key, bytes: 50, isGone: true })),
    );
    expect(await command()).toMatchObject({ code: 0, stdout: expect.stringMatching(/^0 objects/) });

    await place.store.remove(['images/whole.png']);
    expect(await command('--json', '--remove-orphans')).toMatchObject({
      code: 1,
      stdout: '{"kind":"row_without_object","key":"images/whole.png"}\n',
    });
    expect(await command('--delete-everything')).toMatchObject({ code: 64, stdout: '' });
  });
});

test('a store that is away ends the command with 2 and says why', async () => {
  const database = await createDatabase();
  const folder = await mkdtemp(join(tmpdir(), 'daymark-reconcile-'));
  const outcome = await new Promise(resolve => {
    const child = execFile(
      process.execPath,
      ['scripts/reconcile-assets.ts'],
      {
        cwd: projectRoot,
        env: {
          ...{ PATH: process.env.PATH, ...COMPILE_CACHE },
          ...{ NODE_ENV: 'test', DATABASE_URL: database.url, REDIS_URL: 'memory:' },
          ...{ DATA_DIR: folder, S3_BUCKET: 'daymark', S3_ENDPOINT: 'http://127.0.0.1:9' },
          ...{ AWS_ACCESS_KEY_ID: 'x', AWS_SECRET_ACCESS_KEY: 'x' },
        },
      },
      (_error, stdout, stderr) => resolve({ code: child.exitCode, stdout, stderr }),
    );
  });
  await database.drop();
  await rm(folder, { recursive: true });

  expect(outcome).toMatchObject({ code: 2, stdout: '', stderr: expect.stringContaining('ECONNREFUSED') });
});
