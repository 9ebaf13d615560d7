import { AuthorGone, GreetingNotFound, NotYourGuestbook } from '../../../../src/guestbook/domain/errors.ts';
import { type PageId, pageOf, SITE } from '../../../../src/guestbook/domain/ids.ts';
import type { Draft } from '../../../../src/guestbook/domain/greeting.ts';
import { CountService } from '../../../../src/guestbook/services/count-service.ts';
import { Departures } from '../../../../src/guestbook/services/departures.ts';
import type { GreetingCounts } from '../../../../src/guestbook/services/greeting-counts.ts';
import type { Limit } from '../../../../src/guestbook/services/greeting-limits.ts';
import { GreetingService } from '../../../../src/guestbook/services/greeting-service.ts';
import { GuestbookService } from '../../../../src/guestbook/services/guestbook-service.ts';
import type { GreetingRow, GuestbookQueries } from '../../../../src/guestbook/services/guestbook-queries.ts';
import { Pages } from '../../../../src/guestbook/services/pages.ts';
import { TooManyAttempts, Unavailable } from '../../../../src/shared/domain/domain-error.ts';
import { UserNotFound } from '../../../../src/shared/domain/user-not-found.ts';
import type { AccountId } from '../../../../src/shared/domain/identity.ts';
import { newId } from '../../../../src/shared/services/new-id.ts';
import { NOON } from '../../../support/builders/accounts.ts';
import { aDraft } from '../../../support/builders/guestbook.ts';
import { FakeGuestbookWork, GuestbookStore } from '../../../support/fakes/fake-guestbook-work.ts';
import { MovableClock } from '../../../support/fakes/movable-clock.ts';

const IP = '203.0.113.7';

/** Guestbooks over memory: one owner, `ada`, and what happened to limits and counts. */
class World {
  readonly store = new GuestbookStore();
  readonly clock = new MovableClock();
  readonly ada = newId<'AccountId'>();
  readonly page = pageOf(this.ada);
  readonly spent: string[] = [];
  readonly told: [PageId, number][] = [];
  readonly forgotten: PageId[] = [];
  lookups = 0;
  refused: Limit | null = null;
  readonly names = new Map<string, AccountId>([['ada', this.ada]]);
  beforeCommit = (): Promise<void> => Promise.resolve();
  readonly units = FakeGuestbookWork.over(this.store, () => this.beforeCommit());
  readonly counts: GreetingCounts = {
    of: page => Promise.resolve(this.store.seenOn(page)),
    changed: (page, by) => {
      this.told.push([page, by]);
      return Promise.resolve();
    },
    forget: pages => {
      this.forgotten.push(...pages);
      return Promise.resolve();
    },
    forgetAll: () => Promise.resolve(),
  };
  readonly pages = new Pages({
    byName: name => {
      this.lookups++;
      const id = this.names.get(name.toLowerCase());
      const user = { username: name, location: '', bio: '', links: [], createdAt: NOON };
      return Promise.resolve(id ? { id, ...user } : null);
    },
  });
  readonly greetings = new GreetingService(
    this.pages,
    this.queries(),
    this.units,
    this.counts,
    {
      spend: (limit, _key, within = '') => {
        this.spent.push(`${limit} ${within}`.trim());
        return limit === this.refused ? Promise.reject(new TooManyAttempts(9)) : Promise.resolve();
      },
      trySpend: () => Promise.reject(new Error('not used')),
    },
    this.clock,
  );

  constructor() {
    this.store.accounts.add(this.ada);
  }

  signIn(): AccountId {
    const id = newId<'AccountId'>();
    this.store.accounts.add(id);
    return id;
  }

  leave(draft: Draft = aDraft()): Promise<GreetingRow> {
    return this.greetings.leave({ username: 'ada' }, draft, IP);
  }

  private queries(): GuestbookQueries {
    const none = () => Promise.reject(new Error('not used'));
    return {
      listed: () => Promise.resolve(null),
      greeting: (page, id) => {
        const stored = this.store.greetings.get(id);
        if (stored?.greeting.page !== page) return Promise.resolve(null);
        const { greeting } = stored;
        return Promise.resolve({
          id,
          name: greeting.name.value,
          message: greeting.message?.value ?? null,
          author: null,
          hidden: greeting.isHidden,
          createdAt: greeting.createdAt,
        });
      },
      usernameOf: id => Promise.resolve(this.store.accounts.has(id) ? 'a-guest' : null),
      isOpen: none,
      received: none,
      written: none,
    };
  }
}

let world: World;

beforeEach(() => {
  world = new World();
});

const ADA = { username: 'ada' };

describe('leaving a greeting', () => {
  test('counts it once, after it was stored', async () => {
    const { id } = await world.leave();

    expect(world.store.greetings.has(id)).toBe(true);
    expect(world.told).toEqual([[world.page, 1]]);
  });

  test('tells no count of what was refused', async () => {
    await expect(world.leave(aDraft({ message: 'at example.com' }))).rejects.toThrow();
    await expect(world.greetings.leave({ username: 'nobody' }, aDraft(), IP)).rejects.toThrow(UserNotFound);

    expect([world.told, world.store.greetings.size]).toEqual([[], 0]);
  });

  test('forgets the number when nobody knows whether it was stored', async () => {
    const lost = () => Promise.reject(new Unavailable('The database'));
    world.beforeCommit = lost;

    await expect(world.leave()).rejects.toThrow(Unavailable);

    expect([world.told, world.forgotten]).toEqual([[], [world.page]]);
  });

  test('costs a stranger two attempts, the first before anything is looked up', async () => {
    await world.leave();
    expect(world.spent).toEqual(['greeting-per-ip', `greeting-on-page-per-ip ${world.page}`]);

    world.refused = 'greeting-per-ip';
    const before = world.lookups;
    await expect(world.leave()).rejects.toThrow(TooManyAttempts);
    expect(world.lookups).toBe(before);
  });

  test('is refused where one page had enough', async () => {
    world.refused = 'greeting-on-page-per-ip';

    await expect(world.leave()).rejects.toThrow(TooManyAttempts);
    expect(world.store.greetings.size).toBe(0);
  });

  test('costs somebody signed in an attempt of theirs, and names them', async () => {
    const row = await world.leave(aDraft({ authorId: world.signIn() }));

    expect(world.spent).toEqual(['greeting-per-account']);
    expect(row.author).toBe('a-guest');
  });

  test('is refused to an account that has gone, and to the page of one', async () => {
    const gone = newId<'AccountId'>();
    await expect(world.leave(aDraft({ authorId: gone }))).rejects.toThrow(AuthorGone);

    world.store.accounts.delete(world.ada);
    await expect(world.leave()).rejects.toThrow(UserNotFound);
  });

  test('on one’s own page holds one account', async () => {
    const row = await world.leave(aDraft({ authorId: world.ada }));

    expect(row.name).toBe('Grace');
  });
});

describe('moderating', () => {
  const byAda = () => ({ accountId: world.ada, isAdmin: false });

  test('tells the count of what has changed, and of nothing else', async () => {
    const { id } = await world.leave();
    world.told.length = 0;

    for (const hidden of [false, true, true, false])
      await world.greetings.setHidden(ADA, id, hidden, byAda());
    expect(world.told).toEqual([
      [world.page, -1],
      [world.page, 1],
    ]);

    await world.greetings.remove(ADA, id, byAda());
    expect(world.told.at(-1)).toEqual([world.page, -1]);
  });

  test('does not count the removal of what nobody saw', async () => {
    const { id } = await world.leave();
    await world.greetings.setHidden(ADA, id, true, byAda());
    world.told.length = 0;

    await world.greetings.remove(ADA, id, byAda());

    expect([world.told, world.store.greetings.size]).toEqual([[], 0]);
  });

  test('is refused to others, who are not told of what is hidden', async () => {
    const { id } = await world.leave();
    const other = { accountId: world.signIn(), isAdmin: false };
    await expect(world.greetings.remove(ADA, id, other)).rejects.toThrow(NotYourGuestbook);
    await expect(world.greetings.setHidden(ADA, id, true, other)).rejects.toThrow(NotYourGuestbook);

    await world.greetings.setHidden(ADA, id, true, byAda());

    await expect(world.greetings.remove(ADA, id, other)).rejects.toThrow(GreetingNotFound);
    await expect(world.greetings.setHidden(ADA, id, false, other)).rejects.toThrow(GreetingNotFound);
  });

  test('switches a guestbook, by its owner and admins', async () => {
    const guestbooks = new GuestbookService(world.pages, world.units);
    const other = { accountId: world.signIn(), isAdmin: false };
    await expect(guestbooks.setOpen(ADA, false, other)).rejects.toThrow(NotYourGuestbook);
    await expect(guestbooks.setOpen('site', false, byAda())).rejects.toThrow(NotYourGuestbook);

    await guestbooks.setOpen(ADA, true, byAda());
    expect(world.store.guestbooks.size).toBe(0);
    await guestbooks.setOpen(ADA, false, byAda());
    await guestbooks.setOpen('site', false, { ...other, isAdmin: true });

    expect([...world.store.guestbooks.keys()]).toEqual([world.page, SITE]);
    await expect(world.leave()).rejects.toThrow('no greetings at the moment');
    world.store.accounts.delete(world.ada);
    await expect(guestbooks.setOpen(ADA, true, byAda())).rejects.toThrow(UserNotFound);
  });
});

describe('when somebody leaves', () => {
  const manyBy = async (authorId: AccountId, count: number) => {
    for (let index = 0; index < count; index++) await world.leave(aDraft({ authorId }));
  };

  test('everything goes, however much it is, and may be asked for twice', async () => {
    const guest = world.signIn();
    await manyBy(guest, 1_201);
    const departures = new Departures(world.units, world.counts);

    await departures.remove(guest);
    await departures.remove(guest);

    expect([world.store.greetings.size, new Set(world.forgotten)]).toEqual([0, new Set([world.page])]);
  });

  test('a page goes with all that others left on it', async () => {
    await manyBy(world.signIn(), 3);
    await new GuestbookService(world.pages, world.units).setOpen(ADA, false, {
      accountId: world.ada,
      isAdmin: false,
    });

    await new Departures(world.units, world.counts).remove(world.ada);

    expect([world.store.greetings.size, world.store.guestbooks.size]).toEqual([0, 0]);
  });

  test('what the account says now decides, not the order of the news', async () => {
    const guest = world.signIn();
    await manyBy(guest, 2);
    const departures = new Departures(world.units, world.counts);

    world.store.accounts.delete(guest);
    await departures.followStanding(guest);
    expect(world.store.seenOn(world.page)).toBe(0);

    world.store.accounts.add(guest);
    await departures.followStanding(guest);
    expect([world.store.seenOn(world.page), world.forgotten]).toEqual([2, [world.page, world.page]]);
  });
});

describe('a count', () => {
  test('remembers for a second whose page a name is, and only of those who are there', async () => {
    const counts = new CountService(world.pages, world.counts, world.clock);
    await world.leave();
    world.lookups = 0;

    expect([await counts.of(ADA), await counts.of({ username: 'ADA' }), world.lookups]).toEqual([1, 1, 1]);
    world.names.clear();
    world.clock.advance(999);
    expect(await counts.of(ADA)).toBe(1);
    world.clock.advance(1);
    for (let tries = 0; tries < 2; tries++) await expect(counts.of(ADA)).rejects.toThrow(UserNotFound);
    expect(world.lookups).toBe(3);
  });

  test('of the site needs no name', async () => {
    const counts = new CountService(world.pages, world.counts, world.clock);
    await world.greetings.leave('site', aDraft(), IP);

    expect([await counts.of('site'), world.lookups]).toEqual([1, 0]);
  });
});
