import { connected } from '../../support/template-database.ts';
import { RestoreSite, expectRestored, expectUntouched } from './support/restore-site.ts';

let site: RestoreSite;
let id: string;

beforeAll(async () => {
  site = await RestoreSite.open();
  id = await site.backUp();
});
afterEach(() => site.tidy());
afterAll(() => site[Symbol.asyncDispose]());

describe('a restore', () => {
  it('brings back what was backed up, keeps what was there, and remembers both', async () => {
    await using own = await RestoreSite.open();
    const older = await own.backUp();
    const newer = await own.backUp();
    await own.say('lost');

    const ended = await own.restore(['--id', older]);

    await expectRestored(own, ended);
    const kept = String(ended.result.kept);
    expect(ended.result).toMatchObject({
      ...{ id: older, database: own.name, migrations: [], sessions_ended: false },
      images: { missing: 0, orphaned: 0 },
    });
    expect(kept).toMatch(new RegExp(`^${own.name}_before_\\d{17}$`));
    expect(await own.databases()).toEqual(['', '_before_TIME']);
    await expect(own.ownerIn(kept)).rejects.toThrow(/not currently accepting/);
    await own.asSuperuser(`alter database ${kept} allow_connections true`);
    expect(await own.said(kept)).toBe('lost');
    const runs = await own.admin.sql(
      `select kind, backup_id from backup_runs where outcome = 'done' order by kind, backup_id`,
    );
    expect(runs).toEqual([
      ...[older, newer].sort().map(backup_id => ({ kind: 'backup', backup_id })),
      { kind: 'restore', backup_id: older },
    ]);
    const [event] = await own.admin.sql<{ payload: { backup_id: string } }>('select payload from outbox');
    expect(event?.payload.backup_id).toBe(older);
  });

  it('takes the newest backup, and says what that means before it asks', async () => {
    const ended = await site.admin.run(['restore']);

    expect(ended.code).toBe(77);
    expect(ended.errors).toContain(`Backup ${id} of ${site.name}: taken `);
    expect(ended.errors).toMatch(/It replaces the database .* which has about \d+ rows now/);
    expect(ended.result).toMatchObject({ code: 'not_confirmed' });
    expect(ended.result.message).toContain(`--confirm ${site.name}`);
    await expectUntouched(site, ended);
  });

  it('wants the name of the database, and no other word', async () => {
    for (const word of ['yes', '', site.name.toUpperCase()]) {
      const ended = await site.admin.run(['restore', '--confirm', word]);

      expect(ended).toMatchObject({ code: 77, result: { code: 'not_confirmed' } });
      await expectUntouched(site, ended);
    }
  });

  it('works when the database is gone', async () => {
    await site.asSuperuser(`drop database ${site.name}`);

    const ended = await site.restore();

    await expectRestored(site, ended);
    expect(ended.result.kept).toBeNull();
    expect(ended.errors).toMatch(/There is no database .* It will be made/);
    expect(await site.databases()).toEqual(['']);
  });

  it('works over a database that is broken beyond recognition', async () => {
    await site.admin.sql(
      'drop schema public cascade; create schema elsewhere; create table elsewhere.said (x integer)',
    );

    await expectRestored(site, await site.restore());
  });

  it('can be undone with the command that it prints', async () => {
    const { result } = await site.restore();
    const words = String(result.undo).split(' ').slice(2);
    expect(words.slice(0, 2)).toEqual(['restore', '--undo']);

    const ended = await site.admin.run(words);

    expect(ended).toMatchObject({ code: 0, result: { outcome: 'done', undone: result.kept } });
    expect(await site.said()).toBe('after');
    expect(await site.databases()).toEqual(['', '_undone_TIME']);
    const [event] = await site.admin.sql('select 1 from outbox');
    expect(event).toBeDefined();
  });

  it('undoes nothing without the name, or with that of another database', async () => {
    const { result } = await site.restore();
    const kept = String(result.kept);
    const attempts = [
      { words: ['--undo', kept], code: 77 },
      { words: ['--undo', kept, '--confirm', 'no'], code: 77 },
      { words: ['--undo', 'postgres', '--confirm', site.name], code: 64 },
      { words: ['--undo', `${site.name}_before_20200101000000000`, '--confirm', site.name], code: 66 },
      { words: ['--undo', kept, '--id', String(result.id), '--confirm', site.name], code: 64 },
    ];
    for (const { words, code } of attempts) {
      const ended = await site.admin.run(['restore', ...words]);
      expect({ words, code: ended.code }).toEqual({ words, code });
    }
    expect(await site.said()).toBe('before');
    expect(await site.databases()).toEqual(['', '_before_TIME']);
    await expect(site.ownerIn(kept)).rejects.toThrow(/not currently accepting/);
  });

  it('may be done twice, and a database that an interrupted one has left is no obstacle', async () => {
    await connected(site.database.called('postgres'), client =>
      client.query(`create database ${site.name}_restoring`),
    );
    const orphan = await site.ownerIn(`${site.name}_restoring`);
    await orphan.query('begin; create table said (word text)');

    await expectRestored(site, await site.restore());
    await expectRestored(site, await site.restore());

    expect(await site.databases()).toEqual(['', '_before_TIME', '_before_TIME']);
  });
});
