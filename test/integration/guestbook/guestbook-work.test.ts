import { MikroORM } from '@mikro-orm/postgresql';
import { MikroAccountsWork } from '../../../src/accounts/data/mikro-accounts-work.ts';
import { MikroGuestbookWork } from '../../../src/guestbook/data/mikro-guestbook-work.ts';
import { holds } from '../../../src/guestbook/data/snapshot.ts';
import { countGreetings } from '../../../src/guestbook/data/sql-greeting-count.ts';
import { pageOf } from '../../../src/guestbook/domain/ids.ts';
import type { GuestbookWorkFactory } from '../../../src/guestbook/services/guestbook-work.ts';
import { mappings } from '../../../src/mappings.ts';
import { ormOptions } from '../../../src/shared/data/orm.ts';
import { Sql } from '../../../src/shared/data/postgres.ts';
import type { AccountId } from '../../../src/shared/domain/identity.ts';
import { anAccount } from '../../support/builders/accounts.ts';
import { aGreeting } from '../../support/builders/guestbook.ts';
import { createDatabase, type TestDatabase } from '../../support/database.ts';
import { MovableClock } from '../../support/fakes/movable-clock.ts';
import { until } from '../../e2e/faults/support/until.ts';
import { guestbookWorkContract } from '../../support/guestbook-work-contract.ts';

let database: TestDatabase;
let orm: MikroORM;
let sql: Sql;
let units: GuestbookWorkFactory;

beforeAll(async () => {
  database = await createDatabase();
  orm = new MikroORM(ormOptions(database.url, 10, mappings));
  sql = new Sql(await orm.em.getConnection().getNativeClient());
  units = MikroGuestbookWork.over(ground());
});

afterAll(async () => {
  await orm.close();
  await database.drop();
});

const ground = () => ({ em: orm.em, clock: new MovableClock(), onEvents: () => undefined });

const openAccount = async (): Promise<AccountId> => {
  const account = anAccount();
  await using work = await MikroAccountsWork.over(ground()).begin();
  work.accounts.add(account);
  await work.commit();
  return account.id;
};

const closeAccount = async (id: AccountId): Promise<void> => {
  await using work = await MikroAccountsWork.over(ground()).begin();
  const account = await work.accounts.byId(id);
  work.accounts.remove(account!);
  await work.commit();
};

guestbookWorkContract('Postgres', () => ({
  units,
  openAccount,
  seenOn: async page => (await countGreetings(sql)(page)).count,
}));

const someoneWaits = async (): Promise<boolean> => {
  const waiting = `select 1 from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock'`;
  return (await sql.query(waiting)).length > 0;
};

test('an account is not closed before the greetings that are being left on its page', async () => {
  const owner = await openAccount();
  const page = pageOf(owner);
  const order: string[] = [];
  const closing = await (async () => {
    await using one = await units.begin();
    await using other = await units.begin();
    // Neither waits for the other.
    expect([await one.accounts.owner(owner), await other.accounts.owner(owner)]).toEqual([true, true]);
    one.greetings.add(aGreeting(page));
    other.greetings.add(aGreeting(page));
    const closed = closeAccount(owner).then(() => order.push('closed'));
    await until('the closing waits', async () => order.includes('closed') || (await someoneWaits()));
    // Noted before the commit: whoever waited for it may be done before its answer is here.
    order.push('one');
    await one.commit();
    order.push('other');
    await other.commit();
    return { closed };
  })();
  await closing.closed;

  expect(order).toEqual(['one', 'other', 'closed']);
  await using late = await units.begin();
  expect(await late.accounts.owner(owner)).toBe(false);
});

test('a stamp tells whether a count has seen its unit', async () => {
  const page = pageOf(await openAccount());
  await using work = await units.begin();
  work.greetings.add(aGreeting(page));
  const stamp = await work.stamp();
  const before = await countGreetings(sql)(page);
  await work.commit();
  const after = await countGreetings(sql)(page);

  expect([before.count, holds(before.snapshot, stamp)]).toEqual([0, false]);
  expect([after.count, holds(after.snapshot, stamp)]).toEqual([1, true]);
});
