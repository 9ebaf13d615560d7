import { randomBytes } from 'node:crypto';
import { restoreRepairs } from '../../src/restore-repairs.ts';
import type { RestoreFacts } from '../../src/shared/services/restore-repair.ts';
import { testServices } from './services.ts';
import { connected, databaseUrl } from './template-database.ts';

const nameIn = (url: string): string => new URL(url).pathname.slice(1);

/** Nobody may be connected to a database that is copied or renamed. */
const alone = (name: string, action: (run: (statement: string) => Promise<unknown>) => Promise<void>) =>
  connected(testServices().maintenanceUrl, async client => {
    const run = (statement: string) => client.query(statement);
    await run(`alter database ${name} allow_connections false`);
    try {
      await client.query('select pg_terminate_backend(pid, 5000) from pg_stat_activity where datname = $1', [
        name,
      ]);
      await action(run);
    } finally {
      await run(`alter database ${name} allow_connections true`);
    }
  });

/** What a restore runs on the restored database before anybody uses it. Answers what the admin reads. */
export const repair = (url: string, facts: RestoreFacts): Promise<string[]> =>
  connected(url, async client => {
    const sql = {
      query: async <Row>(text: string, values: readonly unknown[] = []) =>
        (await client.query(text, [...values])).rows as Row[],
    };
    const lines: string[] = [];
    await client.query('begin');
    for (const each of restoreRepairs) lines.push(...(await each.mend(sql, facts)));
    await client.query('commit');
    return lines;
  });

/**
 * A restore without its archive: a copy of a database as it is now, that is repaired and takes its place later. The
 * product keeps running; it loses its connections, as in a real one.
 */
export class Rewind {
  readonly #url: string;
  readonly #copy: string;
  readonly #snapshotAt: Date;

  private constructor(url: string, copy: string, snapshotAt: Date) {
    this.#url = url;
    this.#copy = copy;
    this.#snapshotAt = snapshotAt;
  }

  static async take(url: string, snapshotAt: Date): Promise<Rewind> {
    const copy = `${nameIn(url)}_${randomBytes(4).toString('hex')}`;
    await alone(nameIn(url), async run => {
      await run(`create database ${copy} template ${nameIn(url)}`);
    });
    return new Rewind(url, copy, snapshotAt);
  }

  /** Puts a repaired copy in place. May be done again. */
  async restore(restoredAt: Date): Promise<string[]> {
    const live = nameIn(this.#url);
    const scratch = `${this.#copy}_scratch`;
    await connected(testServices().maintenanceUrl, client =>
      client.query(`create database ${scratch} template ${this.#copy}`),
    );
    const lines = await repair(databaseUrl(this.#url, scratch), {
      backupId: '20310501T110000Z-0123abcd',
      snapshotAt: this.#snapshotAt,
      restoredAt,
    });
    await connected(testServices().maintenanceUrl, async client => {
      await client.query(`alter database ${live} allow_connections false`);
      await client.query('select pg_terminate_backend(pid, 5000) from pg_stat_activity where datname = $1', [
        live,
      ]);
      await client.query(`drop database ${live}`);
      await client.query(`alter database ${scratch} rename to ${live}`);
    });
    return lines;
  }

  async drop(): Promise<void> {
    await connected(testServices().maintenanceUrl, client => client.query(`drop database ${this.#copy}`));
  }
}
