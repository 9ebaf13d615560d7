import { chmod, mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { manifestsIn } from '../../../../scripts/backup/reading/catalogue.ts';
import { openStore } from '../../../../scripts/backup/store/open-store.ts';
import { findTools } from '../../../../scripts/backup/postgres/postgres-tools.ts';
import { UNTOLD } from '../../../support/backups.ts';
import { createDatabase, type TestDatabase } from '../../../support/database.ts';
import { BUCKET } from '../../../support/s3-backups.ts';
import type { S3Double, S3User } from '../../../support/s3-double.ts';
import { connected } from '../../../support/template-database.ts';
import { runProgram, type Program } from '../../faults/support/program.ts';

export interface Ended {
  readonly code: number;
  /** What went to standard output: with `--json`, the result. */
  readonly result: Record<string, unknown>;
  readonly errors: string;
  readonly output: string;
}

export interface RecordedRun {
  readonly outcome: string;
  readonly backup_id: string | null;
  readonly failure: string | null;
  readonly bytes: string | null;
  readonly rows: Record<string, number> | null;
}

/** A machine with a database of the product on it, and somebody who types `node scripts/backup.ts`. */
export class Admin {
  readonly database: TestDatabase;
  readonly folder: string;
  readonly workDirectory: string;
  readonly toolsFolder: string;
  environment: Record<string, string>;

  private constructor(database: TestDatabase, folder: string) {
    this.database = database;
    this.folder = folder;
    this.workDirectory = join(folder, 'work');
    this.toolsFolder = join(folder, 'tools');
    this.environment = {
      DATABASE_URL: database.url,
      DATA_DIR: join(folder, 'data'),
      BACKUP_WORK_DIR: this.workDirectory,
      BACKUP_LOCK_TIMEOUT: '1',
    };
  }

  static async arrive(making: Promise<TestDatabase> = createDatabase()): Promise<Admin> {
    const folder = await mkdtemp(join(tmpdir(), 'daymark-admin-'));
    return new Admin(await making, folder);
  }

  /** From now on backups go to this server. */
  useS3({ url }: S3Double, { accessKeyId, secretAccessKey }: S3User): void {
    Object.assign(this.environment, {
      BACKUP_S3_BUCKET: BUCKET,
      BACKUP_S3_ENDPOINT: url,
      BACKUP_S3_FORCE_PATH_STYLE: 'on',
      AWS_ACCESS_KEY_ID: accessKeyId,
      AWS_SECRET_ACCESS_KEY: secretAccessKey,
      AWS_EC2_METADATA_DISABLED: 'true',
    });
  }

  /** Puts a script before the real programs of Postgres; `$REAL` is the folder of those. */
  async useTool(name: 'pg_dump' | 'pg_restore', script: string): Promise<void> {
    const { pgDump, pgRestore } = findTools(150_000);
    const real = pgDump.slice(0, -'/pg_dump'.length);
    await mkdir(this.toolsFolder, { recursive: true });
    for (const [each, path] of [['pg_dump', pgDump] as const, ['pg_restore', pgRestore] as const]) {
      const own = each === name ? script : `exec ${path} "$@"`;
      const version = own.includes('--version') ? '' : `[ "$1" = --version ] && exec ${path} --version\n`;
      const file = join(this.toolsFolder, each);
      await writeFile(file, `#!/bin/sh\nREAL=${real}\n${version}${own}\n`);
      await chmod(file, 0o755);
    }
    this.environment.PATH = [this.toolsFolder, process.env.PATH].join(delimiter);
  }

  async useRealTools(): Promise<void> {
    await rm(this.toolsFolder, { recursive: true, force: true });
    Reflect.deleteProperty(this.environment, 'PATH');
  }

  start(words: readonly string[], change: Record<string, string> = {}): Program {
    return runProgram(['scripts/backup.ts', ...words, '--json'], { ...this.environment, ...change });
  }

  async finish(program: Program): Promise<Ended> {
    const code = await program.ended;
    const line = program
      .output()
      .split('\n')
      .find(each => each.startsWith('{"outcome"'));
    return {
      code,
      result: line === undefined ? {} : (JSON.parse(line) as Record<string, unknown>),
      errors: program.errors(),
      output: program.output(),
    };
  }

  run(words: readonly string[] = ['run'], change: Record<string, string> = {}): Promise<Ended> {
    return this.finish(this.start(words, change));
  }

  /** What the work directory holds. */
  async leftovers(): Promise<readonly string[]> {
    return await readdir(this.workDirectory).catch(() => []);
  }

  /** Ids of the backups that can be used; it fails when one of what is there cannot. */
  async listed(): Promise<readonly string[]> {
    const { DATA_DIR = '', BACKUP_S3_BUCKET } = this.environment;
    if (BACKUP_S3_BUCKET !== undefined) throw new Error('These backups are not in the folder.');
    const { manifests, broken } = await manifestsIn(
      openStore({ bucket: null, backupsDirectory: join(DATA_DIR, 'backups') }),
      'daymark/',
      UNTOLD,
    );
    if (broken.length > 0) throw new Error(`Not all is well: ${JSON.stringify(broken)}`);
    return manifests.map(({ id }) => id);
  }

  /** The same, as the command tells it. */
  async listedByCommand(): Promise<readonly string[]> {
    const { code, result, output } = await this.run(['list']);
    const { backups, broken } = result as { backups: { id: string }[]; broken: unknown[] };
    if (code !== 0 || broken.length > 0) throw new Error(`Not all is well:\n${output}`);
    return backups.map(({ id }) => id);
  }

  sql<Row extends object>(text: string, values: unknown[] = []): Promise<Row[]> {
    return connected(this.database.url, async client => (await client.query(text, values)).rows as Row[]);
  }

  /** As the database remembers them, oldest first. */
  recorded(): Promise<RecordedRun[]> {
    return this.sql(
      'select outcome, backup_id, failure, bytes, rows from backup_runs order by finished_at, id',
    );
  }

  /** Content of a file that a fake tool has written. */
  async noted(name: string): Promise<string | null> {
    return await readFile(join(this.folder, name), 'utf8').catch(() => null);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.database.drop();
    await rm(this.folder, { recursive: true, force: true });
  }
}
