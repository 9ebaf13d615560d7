import { MikroORM } from '@mikro-orm/postgresql';
import { MikroAccountsWork } from '../../../src/accounts/data/mikro-accounts-work.ts';
import { SqlAccountQueries } from '../../../src/accounts/data/sql-account-queries.ts';
import { SqlAuditTrail } from '../../../src/accounts/data/sql-audit-trail.ts';
import type { Account } from '../../../src/accounts/domain/account.ts';
import type { SessionId } from '../../../src/accounts/domain/session.ts';
import { DayStart } from '../../../src/accounts/domain/day-start.ts';
import { ProfileLink } from '../../../src/accounts/domain/profile-link.ts';
import { UsernameClaim } from '../../../src/accounts/domain/username-claim.ts';
import type { AccountsWorkFactory } from '../../../src/accounts/services/accounts-work.ts';
import { mappings } from '../../../src/mappings.ts';
import { ormOptions } from '../../../src/shared/data/orm.ts';
import { Sql } from '../../../src/shared/data/postgres.ts';
import { SqlPeople } from '../../../src/shared/data/sql-people.ts';
import { Unavailable } from '../../../src/shared/domain/domain-error.ts';
import type { AccountId } from '../../../src/shared/domain/identity.ts';
import { newId } from '../../../src/shared/services/new-id.ts';
import {
  aName,
  anAccount,
  anEntry,
  anOrigin,
  aProfile,
  later,
  NOON,
} from '../../support/builders/accounts.ts';
import { createDatabase, type TestDatabase } from '../../support/database.ts';
import { MovableClock } from '../../support/fakes/movable-clock.ts';

let database: TestDatabase;
let orm: MikroORM;
let sql: Sql;
let units: AccountsWorkFactory;
let queries: SqlAccountQueries;
let people: SqlPeople;

beforeAll(async () => {
  database = await createDatabase();
  orm = new MikroORM(ormOptions(database.url, 5, mappings));
  sql = new Sql(await orm.em.getConnection().getNativeClient());
  units = MikroAccountsWork.over({ em: orm.em, clock: new MovableClock(), onEvents: () => undefined });
  people = new SqlPeople(sql);
  queries = new SqlAccountQueries(sql);
});

afterAll(async () => {
  await orm.close();
  await database.drop();
});

const aMember = async (
  name = aName(),
  change: (account: Account) => void = () => undefined,
): Promise<Account> => {
  const account = anAccount({ email: `${name}@example.org`, passwordHash: `hash of ${name}` });
  change(account);
  const profile = aProfile(account.id, name);
  profile.moveTo('London', later(1));
  profile.describe('Engines.', later(2));
  profile.linkTo(
    [ProfileLink.of('https://example.org/a,b'), ProfileLink.of('https://example.org/c')],
    later(3),
  );
  profile.beginDaysAt(DayStart.of('04:00'), later(4));
  await using work = await units.begin();
  work.accounts.add(account);
  work.profiles.add(profile);
  work.usernames.add(UsernameClaim.held(profile.username, account.id));
  await work.commit();
  return account;
};

test('credentials are found by the address or the account, and hold what a login needs', async () => {
  const account = await aMember('Ada');
  const expected = {
    ...{ accountId: account.id, email: 'ada@example.org', passwordHash: 'hash of Ada' },
    ...{ role: 'member', standing: 'active', epoch: 1 },
  };

  expect(await queries.credentialsByEmail('ada@example.org')).toEqual(expected);
  expect(await queries.credentialsById(account.id)).toEqual(expected);
  expect(await queries.credentialsByEmail('Ada@example.org')).toBeNull();
  expect(await queries.credentialsById(newId())).toBeNull();
});

test('a member is an account and a profile, with instants as instants', async () => {
  const account = await aMember('Grace', each => each.takeRole('admin', later(9)));

  expect(await queries.member(account.id)).toEqual({
    account: {
      ...{ id: account.id, email: 'grace@example.org', verified: true, role: 'admin', standing: 'active' },
      ...{ epoch: 2, createdAt: NOON, updatedAt: later(9) },
    },
    user: {
      ...{ id: account.id, username: 'Grace', location: 'London', bio: 'Engines.' },
      links: ['https://example.org/a,b', 'https://example.org/c'],
      ...{ timeZone: 'Europe/Berlin', dayStart: '04:00', createdAt: NOON },
    },
  });
  expect(await queries.member(newId())).toBeNull();
});

test('a member is as new as the newer of account and profile', async () => {
  const account = await aMember();

  expect((await queries.member(account.id))?.account.updatedAt).toEqual(later(4));
});

describe('a public profile', () => {
  test('is found by its name in any case', async () => {
    const account = await aMember('Hedy');

    for (const name of ['Hedy', 'hedy', 'HEDY']) expect((await people.byName(name))?.id).toBe(account.id);
  });

  test('shows nothing of the account', async () => {
    await aMember('Katherine');

    expect(Object.keys((await people.byName('katherine'))!).sort()).toEqual(
      ['id', 'username', 'location', 'bio', 'links', 'createdAt'].sort(),
    );
  });

  test('is not there for a banned person, a reserved name or nobody', async () => {
    await aMember('Mallory', account => account.ban(later(1)));
    const reserved = aProfile(newId(), 'reserved-one').username;
    await using work = await units.begin();
    work.usernames.add(UsernameClaim.reserve(reserved, anAccount().email, later(1)));
    await work.commit();

    for (const name of ['mallory', 'reserved-one', 'nobody', '', "'; drop table accounts; --"])
      expect(await people.byName(name)).toBeNull();
  });
});

describe('the activity of an account', () => {
  test('comes page by page, the newest first, with the total on every page', async () => {
    const account = await aMember();
    const trail = new SqlAuditTrail(sql);
    const entries = Array.from({ length: 5 }, () => anEntry(account.id)).toSorted((one, other) =>
      one.id < other.id ? 1 : -1,
    );
    for (const entry of entries) await trail.append(entry);
    await trail.append(anEntry(newId()));

    const pages = [1, 2, 3, 4].map(page => queries.activity(account.id, { page, limit: 2 }));
    const found = await Promise.all(pages);

    const [newest, second, third, fourth, oldest] = entries.map(({ id }) => id);
    expect(found.map(({ items }) => items.map(({ id }) => id))).toEqual([
      [newest, second],
      [third, fourth],
      [oldest],
      [],
    ]);
    expect(found.map(({ total }) => total)).toEqual([5, 5, 5, 5]);
    expect(found[0]?.items[0]).toEqual({
      ...{ id: newest, kind: 'login_succeeded', at: NOON, ...anOrigin, details: { by: 'somebody' } },
    });
  });

  test('is empty for somebody without any', async () => {
    expect(await queries.activity(newId(), { page: 1, limit: 20 })).toEqual({ items: [], total: 0 });
  });
});

describe('the list for admins', () => {
  const namesIn = async (search: string | null, page = 1, limit = 100) => {
    const { items, total } = await queries.members(search, { page, limit });
    return { names: items.map(({ user }) => user.username), total };
  };

  test('is searched by a part of the address or the name, in any case', async () => {
    const account = await aMember('Zuse-Konrad');

    expect(await namesIn('USE-KON')).toEqual({ names: ['Zuse-Konrad'], total: 1 });
    expect(await namesIn('konrad@example')).toEqual({ names: ['Zuse-Konrad'], total: 1 });
    expect((await queries.members('zuse-', { page: 1, limit: 1 })).items[0]?.account.id).toBe(account.id);
  });

  test.each(['%', '_use', '\\', "'", 'nobody at all'])('takes %j as it is written', async search => {
    await aMember();

    expect((await namesIn(search)).names).toEqual([]);
  });

  test('comes page by page, with the total', async () => {
    const names = ['pageable-a', 'pageable-b', 'pageable-c'];
    for (const name of names) await aMember(name);

    const [first, second] = [await namesIn('pageable', 1, 2), await namesIn('pageable', 2, 2)];

    expect([...first.names, ...second.names].toSorted()).toEqual(names);
    expect([first.total, second.total, first.names.length]).toEqual([3, 3, 2]);
    expect((await namesIn(null)).total).toBeGreaterThanOrEqual(3);
  });
});

test('without the database every question is answered with unavailable', async () => {
  const nowhere = new MikroORM(ormOptions('postgres://nobody@127.0.0.1:1/nothing', 2, mappings));
  const lonely = new Sql(await nowhere.em.getConnection().getNativeClient());

  await expect(new SqlAccountQueries(lonely).member(newId())).rejects.toBeInstanceOf(Unavailable);
  await expect(new SqlAuditTrail(lonely).append(anEntry(null))).rejects.toBeInstanceOf(Unavailable);

  await nowhere.close();
});

describe('sessions that are over', () => {
  test('are the same when asked about together and one by one', async () => {
    const active = await aMember();
    const ended = await aMember(aName(), account => account.endSessions('ended_by_owner', NOON));
    const keeping = await aMember(aName(), account =>
      account.endSessions('ended_by_owner', NOON, 'kept' as SessionId),
    );
    const banned = await aMember(aName(), account => account.ban(NOON));
    const standing = (id: string, accountId: AccountId, epoch: number) => ({
      id: id as SessionId,
      accountId,
      epoch,
    });
    const sessions = [
      standing('of now', active.id, 1),
      standing('of an earlier epoch', ended.id, 1),
      standing('of this epoch', ended.id, 2),
      standing('kept', keeping.id, 1),
      standing('kept by somebody else', ended.id, 1),
      standing('of the banned', banned.id, 9),
      standing('of nobody', newId(), 1),
      standing('logged out', active.id, 1),
    ];
    await sql.query(
      `insert into audit_entries (id, account_id, kind, at, details, ended_session)
       values ($1, $2, 'logged_out', $3, '{}', 'logged out')`,
      [newId(), active.id, NOON],
    );

    const over = await queries.sessionsOver(sessions);

    const oneByOne = await Promise.all(sessions.map(session => queries.memberOfSession(session)));
    expect(over).toEqual(
      new Set(sessions.filter((_session, index) => oneByOne[index] === null).map(({ id }) => id)),
    );
    expect(over.size).toBe(5);
  });

  test('are none among none', async () => {
    expect(await queries.sessionsOver([])).toEqual(new Set());
  });
});
