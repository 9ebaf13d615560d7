import type { AccountId } from '../../src/shared/domain/identity.ts';
import { StaleAggregate } from '../../src/shared/domain/domain-error.ts';
import { DayStart } from '../../src/accounts/domain/day-start.ts';
import { Email } from '../../src/accounts/domain/email.ts';
import { EmailTaken, LinkNotValid, UsernameTaken } from '../../src/accounts/domain/errors.ts';
import { ProfileLink } from '../../src/accounts/domain/profile-link.ts';
import { UsernameClaim } from '../../src/accounts/domain/username-claim.ts';
import { Username } from '../../src/accounts/domain/username.ts';
import type { AccountsWork, AccountsWorkFactory } from '../../src/accounts/services/accounts-work.ts';
import {
  aName,
  anAccount,
  anEntry,
  anOrigin,
  aProfile,
  aRegistration,
  aTicket,
  HOUR_MS,
  later,
  NOON,
} from './builders/accounts.ts';
import { aGate } from './gate.ts';

export interface StoredEntry {
  readonly kind: string;
  readonly ip: string | null;
  readonly device: string | null;
  readonly details: unknown;
}

/** One implementation, and what can be seen of it from outside. */
export interface AccountsWorkBench {
  readonly units: AccountsWorkFactory;
  /** The types of the events that wait to be delivered, with their payloads. */
  events(): Promise<readonly { readonly type: string; readonly payload: object }[]>;
  trailOf(accountId: AccountId): Promise<readonly StoredEntry[]>;
}

/** What every unit of work of accounts promises, the real one and the fake. */
export const accountsWorkContract = (where: string, bench: () => AccountsWorkBench): void => {
  const inUnit = async <Result>(task: (work: AccountsWork) => Promise<Result> | Result): Promise<Result> => {
    await using work = await bench().units.begin();
    const result = await task(work);
    await work.commit();
    return result;
  };

  const anOpenedAccount = async (email = `${aName()}@example.org`) => {
    const account = anAccount({ email });
    await inUnit(work => work.accounts.add(account));
    return account;
  };

  const accountWith = (id: AccountId) => inUnit(work => work.accounts.byId(id));
  const outcomeOf = (task: Promise<unknown>): Promise<unknown> =>
    task.then(
      () => 'done',
      (error: unknown) => error,
    );

  describe(`a unit of work on accounts in ${where}`, () => {
    test('makes a change visible to others when it commits, and not before', async () => {
      const account = anAccount();
      await using work = await bench().units.begin();
      work.accounts.add(account);
      const before = await accountWith(account.id);

      await work.commit();

      expect(before).toBeNull();
      expect((await accountWith(account.id))?.email.value).toBe(account.email.value);
    });

    test('leaves nothing behind when it is not committed', async () => {
      const account = anAccount();
      {
        await using work = await bench().units.begin();
        work.accounts.add(account);
        work.raise({ type: 'tests.never', payload: { id: account.id } });
      }

      expect(await accountWith(account.id)).toBeNull();
      expect(await bench().events()).not.toContainEqual(
        expect.objectContaining({ payload: { id: account.id } }),
      );
    });

    test('leaves nothing behind when something fails on the way', async () => {
      const account = anAccount();

      const failed = inUnit(work => {
        work.accounts.add(account);
        throw new Error('on the way');
      });

      await expect(failed).rejects.toThrow('on the way');
      expect(await accountWith(account.id)).toBeNull();
    });

    test('leaves nothing of a commit that is refused, not even its events', async () => {
      const first = await anOpenedAccount();
      const profile = aProfile(first.id);
      const refused = inUnit(work => {
        work.profiles.add(profile);
        work.accounts.add(anAccount({ email: first.email.value }));
        work.raise({ type: 'tests.refused', payload: { id: first.id } });
      });

      await expect(refused).rejects.toBeInstanceOf(EmailTaken);
      expect(await inUnit(work => work.profiles.byId(first.id))).toBeNull();
      expect(await bench().events()).not.toContainEqual(
        expect.objectContaining({ payload: { id: first.id } }),
      );
    });

    test('stores the events of its aggregates and those raised in it, once', async () => {
      const account = await anOpenedAccount();
      await inUnit(async work => {
        const found = await work.accounts.byId(account.id);
        found!.changePassword('another hash', later(1));
        work.raise({ type: 'tests.raised', payload: { account_id: account.id } });
      });
      await inUnit(work => work.accounts.byId(account.id));

      const events = (await bench().events()).filter(
        event => (event.payload as { account_id?: string }).account_id === account.id,
      );

      expect(events.map(event => event.type).sort()).toEqual([
        'accounts.password-changed',
        'accounts.sessions-ended',
        'tests.raised',
      ]);
      expect(events.find(event => event.type === 'accounts.sessions-ended')?.payload).toEqual({
        account_id: account.id,
        epoch: 2,
        reason: 'password_changed',
        keep: null,
      });
    });

    test('finds nothing where nothing is', async () => {
      const work = await inUnit(async unit => [
        await unit.accounts.byId(anAccount().id),
        await unit.accounts.byEmail(Email.of(`${aName()}@example.org`)),
        await unit.profiles.byId(anAccount().id),
        await unit.usernames.hold(Username.of(aName())),
        await unit.registrations.byId(aRegistration().id),
        await unit.tickets.byId(aTicket().id),
        await unit.tickets.byTokenHash('reset-password', aName()),
      ]);

      expect(work).toEqual([null, null, null, null, null, null, null]);
    });
  });

  describe(`accounts in ${where}`, () => {
    test('come back as they were', async () => {
      const account = anAccount({ verified: false, passwordHash: '$argon2id$v=19$xyz' });
      account.takeRole('admin', later(1));
      account.ban(later(2));
      await inUnit(work => work.accounts.add(account));

      const found = await inUnit(work => work.accounts.byEmail(account.email));

      expect(found).not.toBe(account);
      const { id, email, emailVerified, passwordHash, role, standing, epoch, createdAt, updatedAt } = found!;
      expect({ id, email, emailVerified, passwordHash, role, standing, epoch, createdAt, updatedAt }).toEqual(
        {
          id: account.id,
          email: account.email,
          emailVerified: false,
          passwordHash: '$argon2id$v=19$xyz',
          role: 'admin',
          standing: 'banned',
          epoch: 3,
          createdAt: NOON,
          updatedAt: later(2),
        },
      );
    });

    test('of two changes to one account that overlap the second is refused', async () => {
      const account = await anOpenedAccount();
      await using first = await bench().units.begin();
      await using second = await bench().units.begin();
      (await first.accounts.byId(account.id))!.ban(later(1));
      (await second.accounts.byId(account.id))!.takeRole('admin', later(1));

      await first.commit();

      await expect(second.commit()).rejects.toBeInstanceOf(StaleAggregate);
      expect(await accountWith(account.id)).toMatchObject({ standing: 'banned', role: 'member' });
    });

    test('of two that remove one account at the same moment the second is refused', async () => {
      const account = await anOpenedAccount();
      await using first = await bench().units.begin();
      await using second = await bench().units.begin();
      first.accounts.remove((await first.accounts.byId(account.id))!);
      second.accounts.remove((await second.accounts.byId(account.id))!);

      await first.commit();

      await expect(second.commit()).rejects.toBeInstanceOf(StaleAggregate);
    });

    test('one that was changed meanwhile is not removed', async () => {
      const account = await anOpenedAccount();
      await using removing = await bench().units.begin();
      removing.accounts.remove((await removing.accounts.byId(account.id))!);
      await inUnit(async work => (await work.accounts.byId(account.id))!.ban(later(1)));

      await expect(removing.commit()).rejects.toBeInstanceOf(StaleAggregate);
      expect(await accountWith(account.id)).not.toBeNull();
    });

    test('looking at an account is no change to it', async () => {
      const account = await anOpenedAccount();
      await using reader = await bench().units.begin();
      await reader.accounts.byId(account.id);
      await inUnit(async work => (await work.accounts.byId(account.id))!.ban(later(1)));

      await expect(reader.commit()).resolves.toBeUndefined();
      expect((await accountWith(account.id))?.standing).toBe('banned');
    });

    test('of many that open with one address at the same moment one is opened', async () => {
      const email = `${aName()}@example.org`;

      const outcomes = await Promise.all(
        Array.from({ length: 8 }, () => outcomeOf(inUnit(work => work.accounts.add(anAccount({ email }))))),
      );

      expect(outcomes.filter(outcome => outcome === 'done')).toHaveLength(1);
      expect(outcomes.filter(outcome => outcome instanceof EmailTaken)).toHaveLength(7);
    });

    test('cannot move to an address that another account has', async () => {
      const [one, other] = [await anOpenedAccount(), await anOpenedAccount()];

      const moved = inUnit(async work =>
        (await work.accounts.byId(one.id))!.changeEmail(other.email, later(1)),
      );

      await expect(moved).rejects.toBeInstanceOf(EmailTaken);
    });

    test('an address is free again once its account has moved or gone', async () => {
      const [moving, going] = [await anOpenedAccount(), await anOpenedAccount()];
      const [moved, gone] = [moving.email.value, going.email.value];
      await inUnit(async work => {
        (await work.accounts.byId(moving.id))!.changeEmail(Email.of(`${aName()}@example.org`), later(1));
        work.accounts.remove((await work.accounts.byId(going.id))!);
      });

      await expect(anOpenedAccount(moved)).resolves.toBeDefined();
      await expect(anOpenedAccount(gone)).resolves.toBeDefined();
    });

    test('take with them what hangs off them, and nothing of others', async () => {
      const [going, staying] = [await anOpenedAccount(), await anOpenedAccount()];
      const names = { going: Username.of(aName()), staying: Username.of(aName()) };
      const registrations = { going: aRegistration(), staying: aRegistration() };
      await inUnit(work => {
        work.profiles.add(aProfile(going.id, names.going.value));
        work.profiles.add(aProfile(staying.id, names.staying.value));
        work.usernames.add(UsernameClaim.held(names.going, going.id));
        work.usernames.add(UsernameClaim.held(names.staying, staying.id));
        registrations.going.becomeAccount(going.id);
        registrations.staying.becomeAccount(staying.id);
        work.registrations.add(registrations.going);
        work.registrations.add(registrations.staying);
      });

      await inUnit(async work => work.accounts.remove((await work.accounts.byId(going.id))!));

      const left = await inUnit(async work => ({
        profiles: [await work.profiles.byId(going.id), await work.profiles.byId(staying.id)],
        names: [await work.usernames.hold(names.going), await work.usernames.hold(names.staying)],
        registrations: [
          await work.registrations.byId(registrations.going.id),
          await work.registrations.byId(registrations.staying.id),
        ],
      }));
      for (const [gone, stayed] of Object.values(left)) {
        expect(gone).toBeNull();
        expect(stayed).not.toBeNull();
      }
    });
  });

  describe(`profiles in ${where}`, () => {
    test('come back as they were', async () => {
      const account = await anOpenedAccount();
      const profile = aProfile(account.id, 'Ada-Lovelace');
      profile.moveTo('London', later(1));
      profile.describe('First line\nsecond "line", with {braces}', later(2));
      profile.linkTo(
        [ProfileLink.of('https://example.org/a,b'), ProfileLink.of('http://x.org/"q"')],
        later(3),
      );
      profile.beginDaysAt(DayStart.of('04:30'), later(4));
      await inUnit(work => work.profiles.add(profile));

      const found = (await inUnit(work => work.profiles.byId(account.id)))!;

      expect([
        found.username.value,
        found.location,
        found.bio,
        found.timeZone.value,
        found.dayStart.value,
      ]).toEqual([
        'Ada-Lovelace',
        'London',
        'First line\nsecond "line", with {braces}',
        'Europe/Berlin',
        '04:30',
      ]);
      expect(found.links).toEqual(profile.links);
      expect([found.createdAt, found.updatedAt]).toEqual([NOON, later(4)]);
    });

    test('of two changes that overlap the second is refused', async () => {
      const account = await anOpenedAccount();
      await inUnit(work => work.profiles.add(aProfile(account.id)));
      await using first = await bench().units.begin();
      await using second = await bench().units.begin();
      (await first.profiles.byId(account.id))!.moveTo('Rome', later(1));
      (await second.profiles.byId(account.id))!.moveTo('Oslo', later(1));

      await first.commit();

      await expect(second.commit()).rejects.toBeInstanceOf(StaleAggregate);
    });
  });

  describe(`usernames in ${where}`, () => {
    const claimFor = (work: AccountsWork, name: Username, accountId: AccountId) =>
      work.usernames.add(UsernameClaim.held(name, accountId));

    test('are found in any case', async () => {
      const account = await anOpenedAccount();
      const name = aName();
      await inUnit(work => claimFor(work, Username.of(name.toUpperCase()), account.id));

      const found = await inUnit(work => work.usernames.hold(Username.of(name)));

      expect(found?.accountId).toBe(account.id);
    });

    test('whoever holds a name keeps everybody else waiting for it, and for no other name', async () => {
      const [name, another] = [Username.of(aName()), Username.of(aName())];
      const account = await anOpenedAccount();
      const order: string[] = [];
      await using first = await bench().units.begin();
      await first.usernames.hold(name);
      const second = inUnit(async work => {
        const claim = await work.usernames.hold(name);
        order.push('second');
        return claim;
      });
      await inUnit(work => work.usernames.hold(another));
      order.push('first');
      claimFor(first, name, account.id);

      await first.commit();

      expect((await second)?.accountId).toBe(account.id);
      expect(order).toEqual(['first', 'second']);
    });

    test('a unit that fails lets its names go', async () => {
      const name = Username.of(aName());
      await inUnit(async work => {
        await work.usernames.hold(name);
        throw new Error('on the way');
      }).catch(() => undefined);

      await expect(inUnit(work => work.usernames.hold(name))).resolves.toBeNull();
    });

    test('of many that take one name at the same moment one gets it', async () => {
      const name = Username.of(aName());
      const email = Email.of(`${aName()}@example.org`);

      const outcomes = await Promise.all(
        Array.from({ length: 8 }, (_, index) =>
          outcomeOf(
            inUnit(async work => {
              const claim = await work.usernames.hold(name);
              const own = Email.of(`${index}-${email.value}`);
              claim?.reserveAgain(own, later(HOUR_MS), NOON);
              if (!claim) work.usernames.add(UsernameClaim.reserve(name, own, later(HOUR_MS)));
            }),
          ),
        ),
      );

      expect(outcomes.filter(outcome => outcome === 'done')).toHaveLength(1);
      expect(outcomes.filter(outcome => outcome instanceof UsernameTaken)).toHaveLength(7);
    });

    test('also where somebody forgot to hold the name', async () => {
      const name = Username.of(aName());
      const account = await anOpenedAccount();
      const claim = () => inUnit(work => claimFor(work, name, account.id));

      await claim();

      await expect(claim()).rejects.toBeInstanceOf(UsernameTaken);
    });

    test('are free again when their claim is removed', async () => {
      const name = Username.of(aName());
      const email = Email.of(`${aName()}@example.org`);
      await inUnit(work => work.usernames.add(UsernameClaim.reserve(name, email, later(HOUR_MS))));
      await inUnit(async work => work.usernames.remove((await work.usernames.hold(name))!));

      expect(await inUnit(work => work.usernames.hold(name))).toBeNull();
    });

    test('a reservation becomes an account for good', async () => {
      const name = Username.of(aName());
      const account = await anOpenedAccount();
      await inUnit(work => work.usernames.add(UsernameClaim.reserve(name, account.email, later(HOUR_MS))));
      await inUnit(async work =>
        (await work.usernames.hold(name))!.settle(account.id, account.email, later(1)),
      );

      const claim = (await inUnit(work => work.usernames.hold(name)))!;

      expect(claim.accountId).toBe(account.id);
      expect(() => claim.reserveAgain(account.email, later(9 * HOUR_MS), later(8 * HOUR_MS))).toThrow(
        UsernameTaken,
      );
    });
  });

  describe(`registrations in ${where}`, () => {
    test('come back as they were', async () => {
      const registration = aRegistration();
      await inUnit(work => work.registrations.add(registration));

      const found = (await inUnit(work => work.registrations.byId(registration.id)))!;

      expect([found.email, found.username, found.timeZone]).toEqual([
        registration.email,
        registration.username,
        registration.timeZone,
      ]);
      expect([found.passwordHash, found.startedAt, found.expiresAt, found.accountId]).toEqual([
        'a hash',
        NOON,
        later(24 * HOUR_MS),
        null,
      ]);
    });

    test('the newest that waits for an address is found, and none that is done or too old', async () => {
      const email = `${aName()}@example.org`;
      const account = await anOpenedAccount();
      const [first, second, done] = [
        aRegistration({ email }),
        aRegistration({ email }),
        aRegistration({ email }),
      ];
      const newest = first.id > second.id ? first : second;
      done.becomeAccount(account.id);
      await inUnit(work => {
        for (const each of [first, second, done, aRegistration()]) work.registrations.add(each);
      });
      const newestAt = (now: Date) =>
        inUnit(async work => (await work.registrations.newestOpenFor(Email.of(email), now))?.id);

      expect(await newestAt(later(1))).toBe(newest.id);
      expect(await newestAt(later(24 * HOUR_MS))).toBeUndefined();
    });

    test('all of a person can be removed, with their links and reserved names, and none of another', async () => {
      const account = await anOpenedAccount();
      const email = account.email.value;
      const [one, opening, other] = [aRegistration({ email }), aRegistration(), aRegistration()];
      opening.becomeAccount(account.id);
      const tickets = [one, opening, other].map(({ id }) =>
        aTicket({ purpose: 'verify-address', subject: id }),
      );
      const names = [Username.of(aName()), Username.of(aName())] as const;
      await inUnit(async work => {
        for (const each of [one, opening, other]) work.registrations.add(each);
        for (const ticket of tickets) await work.tickets.add(ticket);
        work.usernames.add(UsernameClaim.reserve(names[0], account.email, later(HOUR_MS)));
        work.usernames.add(UsernameClaim.reserve(names[1], other.email, later(HOUR_MS)));
      });

      await inUnit(work => work.registrations.removeAllFor(account.email, account.id));

      const left = await inUnit(async work => ({
        registrations: [
          await work.registrations.byId(one.id),
          await work.registrations.byId(opening.id),
          await work.registrations.byId(other.id),
        ],
        tickets: await Promise.all(tickets.map(({ id }) => work.tickets.byId(id))),
        names: [await work.usernames.hold(names[0]), await work.usernames.hold(names[1])],
      }));
      expect(left.registrations.map(each => each !== null)).toEqual([false, false, true]);
      expect(left.tickets.map(each => each !== null)).toEqual([false, false, true]);
      expect(left.names.map(each => each !== null)).toEqual([false, true]);
    });
  });

  describe(`mail tickets in ${where}`, () => {
    test('come back as they were', async () => {
      const ticket = aTicket({ purpose: 'undo-email' });
      await inUnit(work => work.tickets.add(ticket));

      const found = (await inUnit(work => work.tickets.byId(ticket.id)))!;

      expect([found.purpose, found.subject, found.address, found.tokenHash]).toEqual([
        'undo-email',
        ticket.subject,
        ticket.address,
        ticket.tokenHash,
      ]);
      expect([found.expiresAt, found.wasUsed, found.isOpen(later(1))]).toEqual([
        later(7 * 24 * HOUR_MS),
        false,
        true,
      ]);
    });

    test('are found by their token for their own purpose only', async () => {
      const ticket = aTicket({ purpose: 'reset-password' });
      await inUnit(work => work.tickets.add(ticket));

      const found = await inUnit(async work => [
        await work.tickets.byTokenHash('reset-password', ticket.tokenHash),
        await work.tickets.byTokenHash('verify-address', ticket.tokenHash),
        await work.tickets.byTokenHash('reset-password', `${ticket.tokenHash}x`),
      ]);

      expect(found.map(each => each?.id)).toEqual([ticket.id, undefined, undefined]);
    });

    test('of two that use one ticket at the same moment the second sees the first', async () => {
      const ticket = aTicket();
      await inUnit(work => work.tickets.add(ticket));
      const use = (reached?: () => void, before?: Promise<unknown>) =>
        outcomeOf(
          inUnit(async work => {
            const found = await work.tickets.byTokenHash('reset-password', ticket.tokenHash);
            reached?.();
            await before;
            found!.use(later(1));
          }),
        );
      const [holding, going] = [aGate(), aGate()];
      const first = use(() => holding.open(), going.passed);
      await holding.passed;
      const second = use();
      going.open();

      expect(await first).toBe('done');
      expect(await second).toBeInstanceOf(LinkNotValid);
    });

    test('a used or replaced one is no longer among the open ones', async () => {
      const subject = anAccount().id;
      const [used, replaced, open] = [
        aTicket({ subject }),
        aTicket({ subject }),
        aTicket({ subject, purpose: 'reset-password' }),
      ];
      const [foreign, otherwise] = [aTicket(), aTicket({ subject, purpose: 'confirm-email' })];
      await inUnit(async work => {
        for (const each of [used, replaced, open, foreign, otherwise]) await work.tickets.add(each);
      });
      await inUnit(async work => {
        (await work.tickets.byId(used.id))!.use(later(1));
        (await work.tickets.byId(replaced.id))!.replace(later(1));
      });

      const found = await inUnit(work => work.tickets.openFor(subject, 'reset-password'));

      expect(found.map(each => each.id)).toEqual([open.id]);
      expect((await inUnit(work => work.tickets.byId(used.id)))?.wasUsed).toBe(true);
    });

    test('of one subject, purpose and address only one is ever open', async () => {
      const [subject, address] = [anAccount().id, `${aName()}@example.org`];
      const add = () => inUnit(work => work.tickets.add(aTicket({ subject, address })));
      await add();

      await expect(add()).rejects.toThrow();
      expect(await inUnit(work => work.tickets.openFor(subject, 'reset-password'))).toHaveLength(1);
    });

    test('also when many ask at the same moment', async () => {
      const [subject, address] = [anAccount().id, `${aName()}@example.org`];

      await Promise.all(
        Array.from({ length: 8 }, () =>
          outcomeOf(inUnit(work => work.tickets.add(aTicket({ subject, address })))),
        ),
      );

      expect(await inUnit(work => work.tickets.openFor(subject, 'reset-password'))).toHaveLength(1);
    });

    test('the next one takes the place of the one before in the same unit', async () => {
      const [subject, address] = [anAccount().id, `${aName()}@example.org`];
      const [first, next] = [aTicket({ subject, address }), aTicket({ subject, address })];
      await inUnit(work => work.tickets.add(first));

      await inUnit(async work => {
        for (const open of await work.tickets.openFor(subject, 'reset-password')) open.replace(later(1));
        await work.tickets.add(next);
      });

      const open = await inUnit(work => work.tickets.openFor(subject, 'reset-password'));
      expect(open.map(each => each.id)).toEqual([next.id]);
    });

    test('all of a subject can be removed, and none of another', async () => {
      const subject = anAccount().id;
      const [one, two, other] = [
        aTicket({ subject }),
        aTicket({ subject, purpose: 'undo-email' }),
        aTicket(),
      ];
      await inUnit(async work => {
        for (const each of [one, two, other]) await work.tickets.add(each);
      });

      await inUnit(work => work.tickets.removeAllFor(subject));

      const left = await inUnit(async work => [
        await work.tickets.byId(one.id),
        await work.tickets.byId(two.id),
        await work.tickets.byId(other.id),
      ]);
      expect(left.map(each => each !== null)).toEqual([false, false, true]);
    });
  });

  describe(`the audit trail in ${where}`, () => {
    test('keeps what it is given', async () => {
      const account = anAccount();
      await inUnit(work => work.audit.add(anEntry(account.id)));

      expect(await bench().trailOf(account.id)).toEqual([
        { kind: 'login_succeeded', ...anOrigin, details: { by: 'somebody' } },
      ]);
    });

    test('forgets where the entries of one account came from, and keeps what happened', async () => {
      const [closed, other] = [anAccount(), anAccount()];
      await inUnit(work => {
        work.audit.add(anEntry(closed.id));
        work.audit.add(anEntry(closed.id, 'password_changed'));
        work.audit.add(anEntry(other.id));
      });

      await inUnit(work => work.audit.pseudonymise(closed.id));

      const nowhere = { ip: null, device: null };
      expect(await bench().trailOf(closed.id)).toEqual(
        expect.arrayContaining([
          expect.objectContaining({ kind: 'login_succeeded', ...nowhere }),
          expect.objectContaining({ kind: 'password_changed', ...nowhere }),
        ]),
      );
      expect(await bench().trailOf(other.id)).toEqual([expect.objectContaining(anOrigin)]);
    });

    test('outlives the account', async () => {
      const account = await anOpenedAccount();
      await inUnit(work => work.audit.add(anEntry(account.id)));

      await inUnit(async work => work.accounts.remove((await work.accounts.byId(account.id))!));

      expect(await bench().trailOf(account.id)).toHaveLength(1);
    });
  });
};
