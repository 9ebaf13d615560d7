import { MikroORM } from '@mikro-orm/postgresql';
import { MikroAccountsWork } from '../../../src/accounts/data/mikro-accounts-work.ts';
import { SqlAccountsHousekeeping } from '../../../src/accounts/data/sql-accounts-housekeeping.ts';
import { UsernameClaim } from '../../../src/accounts/domain/username-claim.ts';
import { Username } from '../../../src/accounts/domain/username.ts';
import type { AccountsWork, AccountsWorkFactory } from '../../../src/accounts/services/accounts-work.ts';
import { mappings } from '../../../src/mappings.ts';
import { ormOptions } from '../../../src/shared/data/orm.ts';
import { Sql } from '../../../src/shared/data/postgres.ts';
import {
  anAccount,
  anEntry,
  aProfile,
  aRegistration,
  aTicket,
  DAY_MS,
  HOUR_MS,
  later,
  NOON,
} from '../../support/builders/accounts.ts';
import { createDatabase, type TestDatabase } from '../../support/database.ts';
import { MovableClock } from '../../support/fakes/movable-clock.ts';

let database: TestDatabase;
let orm: MikroORM;
let sql: Sql;
let units: AccountsWorkFactory;
let housekeeping: SqlAccountsHousekeeping;

beforeEach(async () => {
  database = await createDatabase();
  orm = new MikroORM(ormOptions(database.url, 5, mappings));
  sql = new Sql(await orm.em.getConnection().getNativeClient());
  units = MikroAccountsWork.over({ em: orm.em, clock: new MovableClock(), onEvents: () => undefined });
  housekeeping = new SqlAccountsHousekeeping(sql);
});

afterEach(async () => {
  await orm.close();
  await database.drop();
});

const inUnit = async (task: (work: AccountsWork) => unknown): Promise<void> => {
  await using work = await units.begin();
  await task(work);
  await work.commit();
};
const rowsIn = async (table: string): Promise<number> => {
  const [row] = await sql.query<{ count: number }>(`select count(*)::int from ${table}`);
  return row!.count;
};

test('links and attempts are kept for a week after they expire, and then forgotten', async () => {
  await inUnit(async work => {
    await work.tickets.add(aTicket({ purpose: 'reset-password' }));
    work.registrations.add(aRegistration());
  });
  const [linkGone, attemptGone] = [HOUR_MS + 7 * DAY_MS, DAY_MS + 7 * DAY_MS];

  expect(await housekeeping.tidy(later(linkGone))).toBe(0);
  expect(await housekeeping.tidy(later(linkGone + 1))).toBe(1);
  expect([await rowsIn('mail_tickets'), await rowsIn('registrations')]).toEqual([0, 1]);
  expect(await housekeeping.tidy(later(attemptGone))).toBe(0);
  expect(await housekeeping.tidy(later(attemptGone + 1))).toBe(1);
  expect(await rowsIn('registrations')).toBe(0);
});

test('a reserved name is free the moment its reservation has expired', async () => {
  await inUnit(work =>
    work.usernames.add(UsernameClaim.reserve(Username.of('reserved'), anAccount().email, later(HOUR_MS))),
  );

  expect(await housekeeping.tidy(later(HOUR_MS))).toBe(0);
  expect(await housekeeping.tidy(later(HOUR_MS + 1))).toBe(1);
});

test('nothing that belongs to an account is ever forgotten', async () => {
  const account = anAccount();
  await inUnit(work => {
    work.accounts.add(account);
    work.profiles.add(aProfile(account.id));
    work.usernames.add(UsernameClaim.held(Username.of('ada'), account.id));
    work.audit.add(anEntry(account.id));
  });

  expect(await housekeeping.tidy(new Date(NOON.getTime() + 10_000 * DAY_MS))).toBe(0);
  expect(await Promise.all(['accounts', 'profiles', 'username_claims', 'audit_entries'].map(rowsIn))).toEqual(
    [...[1, 1, 1, 1]],
  );
});

test('a backlog goes in bites, so that no statement takes long', async () => {
  await sql.query(
    `insert into username_claims (key, email, expires_at)
     select 'name' || n, 'somebody@example.org', $1 from generate_series(1, 1500) n`,
    [NOON],
  );

  expect(await housekeeping.tidy(later(DAY_MS))).toBe(1_000);
  expect(await housekeeping.tidy(later(DAY_MS))).toBe(500);
});

test('two processes that tidy at the same moment do not disturb each other', async () => {
  await sql.query(
    `insert into username_claims (key, email, expires_at)
     select 'name' || n, 'somebody@example.org', $1 from generate_series(1, 500) n`,
    [NOON],
  );

  const gone = await Promise.all([housekeeping.tidy(later(DAY_MS)), housekeeping.tidy(later(DAY_MS))]);

  expect(gone[0] + gone[1]).toBe(500);
});
