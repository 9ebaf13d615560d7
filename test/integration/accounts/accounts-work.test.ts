import { MikroORM } from '@mikro-orm/postgresql';
import { MikroAccountsWork } from '../../../src/accounts/data/mikro-accounts-work.ts';
import type { AccountsWorkFactory } from '../../../src/accounts/services/accounts-work.ts';
import { mappings } from '../../../src/mappings.ts';
import { ormOptions } from '../../../src/shared/data/orm.ts';
import { Sql } from '../../../src/shared/data/postgres.ts';
import { Unavailable } from '../../../src/shared/domain/domain-error.ts';
import { accountsWorkContract, type StoredEntry } from '../../support/accounts-work-contract.ts';
import { anAccount, anEntry, aProfile, later } from '../../support/builders/accounts.ts';
import { startProxy } from '../../support/tcp-proxy.ts';
import { createDatabase, type TestDatabase } from '../../support/database.ts';
import { MovableClock } from '../../support/fakes/movable-clock.ts';

let database: TestDatabase;
let orm: MikroORM;
let sql: Sql;
let units: AccountsWorkFactory;
let wakes = 0;

beforeAll(async () => {
  database = await createDatabase();
  orm = new MikroORM(ormOptions(database.url, 10, mappings));
  sql = new Sql(await orm.em.getConnection().getNativeClient());
  units = MikroAccountsWork.over({ em: orm.em, clock: new MovableClock(), onEvents: () => wakes++ });
});

afterAll(async () => {
  await orm.close();
  await database.drop();
});

accountsWorkContract('Postgres', () => ({
  units,
  events: () => sql.query('select type, payload from outbox'),
  trailOf: accountId =>
    sql.query<StoredEntry>('select kind, ip, device, details from audit_entries where account_id = $1', [
      accountId,
    ]),
}));

describe('what the database itself holds', () => {
  const auditEntry = async () => {
    const account = anAccount();
    await using work = await units.begin();
    work.audit.add(anEntry(account.id));
    await work.commit();
    return account.id;
  };

  test.each([
    ['removed', 'delete from audit_entries where account_id = $1'],
    ['changed', `update audit_entries set kind = 'logged_out' where account_id = $1`],
    [
      'dated otherwise',
      `update audit_entries set at = now(), ip = null, device = null where account_id = $1`,
    ],
    [
      'given to another',
      `update audit_entries set account_id = null, ip = null, device = null where account_id = $1`,
    ],
    [
      'explained anew',
      `update audit_entries set details = '{}', ip = null, device = null where account_id = $1`,
    ],
    [
      'said to come from elsewhere',
      `update audit_entries set ip = '192.0.2.1', device = null where account_id = $1`,
    ],
    ['half forgotten', `update audit_entries set ip = null where account_id = $1`],
  ])('an audit entry cannot be %s', async (_what, statement) => {
    const accountId = await auditEntry();

    await expect(sql.query(statement, [accountId])).rejects.toThrow('append-only');
  });

  test('a role or a standing that does not exist is refused', async () => {
    const account = anAccount();
    await using work = await units.begin();
    work.accounts.add(account);
    await work.commit();

    await expect(sql.query(`update accounts set role = 'owner' where id = $1`, [account.id])).rejects.toThrow(
      'accounts_role_check',
    );
    await expect(
      sql.query(`update accounts set standing = 'gone' where id = $1`, [account.id]),
    ).rejects.toThrow('accounts_standing_check');
  });

  test('a username belongs to an account or to a waiting address, never to both or to nobody', async () => {
    const insert = (email: string | null, expires: Date | null) =>
      sql.query('insert into username_claims (key, email, expires_at) values ($1, $2, $3)', [
        'nobodys',
        email,
        expires,
      ]);

    await expect(insert(null, null)).rejects.toThrow('username_claims_holder_check');
    await expect(insert('a@example.org', null)).rejects.toThrow('username_claims_holder_check');
    await expect(insert(null, later(1))).rejects.toThrow('username_claims_holder_check');
  });

  test('a profile belongs to an account', async () => {
    const orphan = async () => {
      await using work = await units.begin();
      work.profiles.add(aProfile(anAccount().id));
      await work.commit();
    };

    await expect(orphan()).rejects.toThrow('profiles_id_foreign');
  });
});

describe('the connections to Postgres', () => {
  const idleInTransaction = async (): Promise<number> => {
    const [row] = await sql.query<{ count: number }>(
      `select count(*)::int from pg_stat_activity
       where datname = current_database() and state like 'idle in transaction%'`,
    );
    return row!.count;
  };

  test('none is left inside a transaction after 25 units that failed in one way or another', async () => {
    const account = anAccount();
    await using work = await units.begin();
    work.accounts.add(account);
    await work.commit();
    const failing = async (how: number) => {
      await using unit = await units.begin();
      await unit.accounts.byId(account.id);
      if (how % 3 === 0) throw new Error('on the way');
      if (how % 3 === 1) return;
      unit.accounts.add(anAccount({ email: account.email.value }));
      await unit.commit();
    };

    const outcomes = await Promise.allSettled(Array.from({ length: 25 }, (_, how) => failing(how)));

    expect(outcomes.filter(({ status }) => status === 'rejected')).toHaveLength(17);
    expect(await idleInTransaction()).toBe(0);
  });

  test('a commit with events wakes the delivery, and one without does not', async () => {
    const before = wakes;
    await using silent = await units.begin();
    await silent.accounts.byId(anAccount().id);
    await silent.commit();
    const between = wakes;
    await using telling = await units.begin();
    telling.raise({ type: 'tests.told', payload: {} });
    await telling.commit();

    expect([between - before, wakes - between]).toEqual([0, 1]);
  });

  test('without a database a unit is refused as unavailable, and nothing is thought to be saved', async () => {
    const nowhere = new MikroORM(ormOptions('postgres://nobody@127.0.0.1:1/nothing', 2, mappings));
    const factory = MikroAccountsWork.over({
      em: nowhere.em,
      clock: new MovableClock(),
      onEvents: () => undefined,
    });

    await expect(factory.begin()).rejects.toBeInstanceOf(Unavailable);

    await nowhere.close();
  });

  test('a unit whose connection breaks is refused as unavailable, and the next one works', async () => {
    const account = anAccount();
    const broken = async () => {
      await using work = await units.begin();
      await work.accounts.byId(account.id);
      work.accounts.add(account);
      await sql.query(
        `select pg_terminate_backend(pid) from pg_stat_activity
         where datname = current_database() and state like 'idle in transaction%'`,
      );
      await work.commit();
    };

    await expect(broken()).rejects.toBeInstanceOf(Unavailable);
    await using next = await units.begin();
    expect(await next.accounts.byId(account.id)).toBeNull();
  });

  test('are given back by units that lose them, however many do', async () => {
    const { hostname, port } = new URL(database.url);
    const proxy = await startProxy(hostname, Number(port));
    const url = new URL(database.url);
    url.port = String(proxy.port);
    const small = new MikroORM(ormOptions(url.href, 2, mappings));
    const factory = MikroAccountsWork.over({
      em: small.em,
      clock: new MovableClock(),
      onEvents: () => undefined,
    });
    const lose = async () => {
      await using work = await factory.begin();
      await work.accounts.byId(anAccount().id);
      proxy.cut();
      await work.commit();
    };
    const find = async () => {
      await using work = await factory.begin();
      return await work.accounts.byId(anAccount().id);
    };
    const outcomes: string[] = [];
    for (let round = 0; round < 5; round++) {
      outcomes.push(await lose().then(() => 'done', nameOf));
      proxy.heal();
    }
    await find();
    proxy.freeze();
    outcomes.push(...(await Promise.all(Array.from({ length: 4 }, () => find().then(() => 'done', nameOf)))));
    proxy.thaw();

    expect(outcomes).toEqual(Array(9).fill('Unavailable'));
    expect(await find()).toBeNull();
    await small.close();
    await proxy.close();
  });
});

const nameOf = (error: unknown): string => (error instanceof Error ? error.name : 'nothing');
