import { randomBytes } from 'node:crypto';
import pg from 'pg';
import { createOwnedDatabase, type OwnedDatabase } from '../../../support/owned-database.ts';
import { testServices } from '../../../support/services.ts';
import { connected } from '../../../support/template-database.ts';
import { Admin, type Ended } from './admin.ts';
import type { Program } from '../../faults/support/program.ts';

const DATABASES = 'select datname as name from pg_database where starts_with(datname, $1) order by 1';

/** A product with a backup of something that is told apart from what came after it. */
export class RestoreSite implements AsyncDisposable {
  readonly admin: Admin;
  readonly database: OwnedDatabase;
  readonly #clients: pg.Client[] = [];

  private constructor(admin: Admin, database: OwnedDatabase) {
    this.admin = admin;
    this.database = database;
  }

  /** The database says `before`. */
  static async open(): Promise<RestoreSite> {
    const database = await createOwnedDatabase();
    const admin = await Admin.arrive(Promise.resolve(database));
    const site = new RestoreSite(admin, database);
    await admin.sql('create table said (word text)');
    await site.say('before');
    return site;
  }

  get name(): string {
    return this.database.name;
  }

  async say(word: string): Promise<void> {
    await this.admin.sql('delete from said');
    await this.admin.sql('insert into said values ($1)', [word]);
  }

  /** What the database of this name says. */
  async said(name = this.name): Promise<string | undefined> {
    return connected(
      this.database.called(name),
      async client => (await client.query<{ word: string }>('select word from said')).rows[0]?.word,
    );
  }

  /** Makes a backup, and has the database say `after`. @returns its id */
  async backUp(change: Record<string, string> = {}): Promise<string> {
    const { code, result, output } = await this.admin.run(['run'], change);
    if (code !== 0) throw new Error(`No backup was made:\n${output}`);
    await this.say('after');
    return String(result.id);
  }

  /** As it was after `backUp`, whatever a test has done. */
  async tidy(): Promise<void> {
    await Promise.all(this.#clients.splice(0).map(client => client.end().catch(() => undefined)));
    await this.admin.useRealTools();
    const extra = (await this.asSuperuser<{ name: string }>(DATABASES, [this.name])).map(({ name }) => name);
    for (const name of extra.filter(each => each !== this.name))
      await this.asSuperuser(`drop database ${name} with (force)`);
    await this.admin.sql('delete from outbox');
    await this.say('after');
  }

  startRestore(words: readonly string[] = [], change: Record<string, string> = {}): Program {
    return this.admin.start(['restore', '--confirm', this.name, ...words], change);
  }

  restore(words: readonly string[] = [], change: Record<string, string> = {}): Promise<Ended> {
    return this.admin.finish(this.startRestore(words, change));
  }

  /** A session of a superuser, which the owner of the database cannot end. */
  async superuserIn(name = this.name): Promise<pg.Client> {
    const url = new URL(testServices().maintenanceUrl);
    url.pathname = `/${name}`;
    return this.#connect(url.href);
  }

  async ownerIn(name = this.name): Promise<pg.Client> {
    return this.#connect(this.database.called(name));
  }

  async asSuperuser<Row extends object>(text: string, values: unknown[] = []): Promise<Row[]> {
    return connected(
      testServices().maintenanceUrl,
      async client => (await client.query(text, values)).rows as Row[],
    );
  }

  /** The databases of this site, without what their names have in common. */
  async databases(): Promise<string[]> {
    const rows = await this.asSuperuser<{ name: string }>(DATABASES, [this.name]);
    return rows.map(({ name }) => name.slice(this.name.length).replace(/\d{17}$/, 'TIME'));
  }

  /** Whether a rename of this database is under way, and waits. */
  async isRenaming(name: string): Promise<boolean> {
    const rows = await this.asSuperuser(
      `select 1 from pg_stat_activity where state = 'active' and starts_with(query, $1)`,
      [`alter database "${name}" rename`],
    );
    return rows.length > 0;
  }

  /**
   * After the dump was restored somebody locks a table of it, and the comparison waits.
   * @returns the name of a file that is there when it waits
   */
  async holdComparison(): Promise<string> {
    const mark = `held-${randomBytes(4).toString('hex')}`;
    const lock = `psql --no-psqlrc --quiet --command "begin" --command "lock table said" --command "\\! touch ${this.admin.folder}/${mark}" --command "select pg_sleep(600)"`;
    await this.admin.useTool(
      'pg_restore',
      `$REAL/pg_restore "$@" || exit
      case "$*" in *--section=data*)
        ${lock} >/dev/null 2>&1 &
        while [ ! -e ${this.admin.folder}/${mark} ]; do sleep 0.02; done
      esac`,
    );
    return mark;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await Promise.all(this.#clients.map(client => client.end().catch(() => undefined)));
    await this.admin[Symbol.asyncDispose]();
  }

  async #connect(url: string): Promise<pg.Client> {
    const client = new pg.Client({ connectionString: url });
    client.on('error', () => undefined);
    await client.connect();
    this.#clients.push(client);
    return client;
  }
}

/** That a restore which failed has changed nothing, and says so to nobody as a success. */
export const expectUntouched = async (site: RestoreSite, ended: Ended): Promise<void> => {
  expect(await site.said()).toBe('after');
  expect(await site.databases()).toEqual(['']);
  expect(await site.admin.leftovers()).toEqual([]);
  expect(ended.code).not.toBe(0);
  expect(ended.output).not.toMatch(/"outcome":"done"|Restored /);
};

/** That a restore worked, and that it did all there is to do. */
export const expectRestored = async (site: RestoreSite, ended: Ended): Promise<void> => {
  expect({ code: ended.code, outcome: ended.result.outcome, message: ended.result.message }).toMatchObject({
    code: 0,
    outcome: 'done',
    message: undefined,
  });
  expect(await site.said()).toBe('before');
  expect(await site.admin.leftovers()).toEqual([]);
};
