import { Guestbook } from '../../src/guestbook/domain/guestbook.ts';
import type { PageId } from '../../src/guestbook/domain/ids.ts';
import type { GuestbookWork, GuestbookWorkFactory } from '../../src/guestbook/services/guestbook-work.ts';
import { StaleAggregate } from '../../src/shared/domain/domain-error.ts';
import type { AccountId } from '../../src/shared/domain/identity.ts';
import { newId } from '../../src/shared/services/new-id.ts';
import { later, NOON } from './builders/accounts.ts';
import { aGreeting } from './builders/guestbook.ts';

/** One implementation, and what can be seen of it from outside. */
export interface GuestbookWorkBench {
  readonly units: GuestbookWorkFactory;
  openAccount(): Promise<AccountId>;
  /** How many of a page's greetings everybody sees. */
  seenOn(page: PageId): Promise<number>;
}

/** What every unit of work of guestbook promises, the real one and the fake. */
export const guestbookWorkContract = (where: string, bench: () => GuestbookWorkBench): void => {
  const inUnit = async <Result>(task: (work: GuestbookWork) => Promise<Result> | Result): Promise<Result> => {
    await using work = await bench().units.begin();
    const result = await task(work);
    await work.commit();
    return result;
  };
  const aPage = (): PageId => newId<'PageId'>();
  const leave = (page: PageId, authorId?: AccountId) =>
    inUnit(work => {
      const greeting = aGreeting(page, authorId ? { authorId } : {});
      work.greetings.add(greeting);
      return greeting;
    });

  describe(`a unit of work on guestbooks in ${where}`, () => {
    test('keeps a greeting as it was left', async () => {
      const page = aPage();
      const left = aGreeting(page, { name: 'Grace', message: 'Two\nlines', authorId: newId<'AccountId'>() });
      await inUnit(work => work.greetings.add(left));

      const found = await inUnit(work => work.greetings.byId(page, left.id));

      expect(found).toMatchObject({
        id: left.id,
        page,
        name: { value: 'Grace' },
        message: { value: 'Two\nlines' },
        authorId: left.authorId,
        hiddenAt: null,
        createdAt: NOON,
      });
    });

    test('leaves nothing behind when it is not committed', async () => {
      const page = aPage();
      {
        await using work = await bench().units.begin();
        work.greetings.add(aGreeting(page));
      }

      expect(await bench().seenOn(page)).toBe(0);
    });

    test('finds a greeting only on its page', async () => {
      const { id } = await leave(aPage());

      expect(await inUnit(work => work.greetings.byId(aPage(), id))).toBeNull();
    });

    test('keeps that a greeting is hidden, and that it is shown again', async () => {
      const page = aPage();
      const { id } = await leave(page);

      await inUnit(async work => (await work.greetings.byId(page, id))!.hide(later(1)));
      const hidden = await inUnit(work => work.greetings.byId(page, id));
      expect([hidden!.hiddenAt, await bench().seenOn(page)]).toEqual([later(1), 0]);

      await inUnit(async work => (await work.greetings.byId(page, id))!.show());
      expect(await bench().seenOn(page)).toBe(1);
    });

    test.each<[string, (work: GuestbookWork, page: PageId, id: never) => Promise<unknown>]>([
      ['hidden twice', async (work, page, id) => (await work.greetings.byId(page, id))!.hide(later(1))],
      [
        'removed twice',
        async (work, page, id) => work.greetings.remove((await work.greetings.byId(page, id))!),
      ],
    ])('is stale when the same greeting is %s at once', async (_what, change) => {
      const page = aPage();
      const { id } = await leave(page);
      await using one = await bench().units.begin();
      await using other = await bench().units.begin();
      await change(one, page, id as never);
      await change(other, page, id as never);

      await one.commit();

      await expect(other.commit()).rejects.toBeInstanceOf(StaleAggregate);
    });

    test('is stale when its greeting was withheld meanwhile', async () => {
      const [page, author] = [aPage(), newId<'AccountId'>()];
      const { id } = await leave(page, author);
      await using work = await bench().units.begin();
      (await work.greetings.byId(page, id))!.hide(later(1));
      await inUnit(other => other.greetings.withholdSomeBy(author, true, 10));

      await expect(work.commit()).rejects.toBeInstanceOf(StaleAggregate);
    });

    test('removes what is on a page, seen or not, so many at a time, and nothing else', async () => {
      const [page, author] = [aPage(), newId<'AccountId'>()];
      const other = await leave(aPage());
      const [first] = [await leave(page), await leave(page), await leave(page, author)];
      await inUnit(async work => (await work.greetings.byId(page, first.id))!.hide(later(1)));
      await inUnit(work => work.greetings.withholdSomeBy(author, true, 10));

      const removed = [];
      for (let round = 0; round < 3; round++)
        removed.push(await inUnit(work => work.greetings.removeSomeOn(page, 2)));

      expect(removed).toEqual([2, 1, 0]);
      expect(await bench().seenOn(other.page)).toBe(1);
    });

    test('removes what somebody left anywhere, and tells where', async () => {
      const author = newId<'AccountId'>();
      const [one, other] = [aPage(), aPage()];
      for (const page of [one, one, other]) await leave(page, author);
      await leave(one);

      const first = await inUnit(work => work.greetings.removeSomeBy(author, 2));
      const second = await inUnit(work => work.greetings.removeSomeBy(author, 2));

      expect([...first, ...second].toSorted()).toEqual([one, one, other].toSorted());
      expect([await bench().seenOn(one), await bench().seenOn(other)]).toEqual([1, 0]);
    });

    test('withholds what somebody left, and shows it again', async () => {
      const [page, author] = [aPage(), newId<'AccountId'>()];
      const { id } = await leave(page, author);
      await leave(page);

      expect(await inUnit(work => work.greetings.withholdSomeBy(author, true, 5))).toEqual([page]);
      expect(await inUnit(work => work.greetings.withholdSomeBy(author, true, 5))).toEqual([]);
      expect(await bench().seenOn(page)).toBe(1);
      expect(await inUnit(work => work.greetings.byId(page, id))).toBeNull();

      expect(await inUnit(work => work.greetings.withholdSomeBy(author, false, 5))).toEqual([page]);
      expect(await bench().seenOn(page)).toBe(2);
    });

    test('keeps whether a guestbook is open', async () => {
      const page = aPage();
      expect(await inUnit(work => work.guestbooks.byPage(page))).toBeNull();

      await inUnit(work => {
        const guestbook = Guestbook.of(page);
        guestbook.close();
        work.guestbooks.add(guestbook);
      });
      expect((await inUnit(work => work.guestbooks.byPage(page)))?.isOpen).toBe(false);

      await inUnit(async work => (await work.guestbooks.byPage(page))!.open());
      expect((await inUnit(work => work.guestbooks.byPage(page)))?.isOpen).toBe(true);

      await inUnit(work => work.guestbooks.removeOf(page));
      expect(await inUnit(work => work.guestbooks.byPage(page))).toBeNull();
    });

    test('is stale when another closed the same guestbook for the first time', async () => {
      const page = aPage();
      await using one = await bench().units.begin();
      await using other = await bench().units.begin();
      one.guestbooks.add(Guestbook.of(page));
      await one.commit();
      other.guestbooks.add(Guestbook.of(page));

      await expect(other.commit()).rejects.toBeInstanceOf(StaleAggregate);
    });

    test('knows whose account is there', async () => {
      const account = await bench().openAccount();
      const nobody = newId<'AccountId'>();

      expect(
        await inUnit(async ({ accounts }) => [
          await accounts.author(account),
          await accounts.owner(account),
          await accounts.author(nobody),
          await accounts.owner(nobody),
        ]),
      ).toEqual([true, true, false, false]);
    });

    test('has a stamp that no other has', async () => {
      const stamps = await Promise.all([1, 2, 3].map(() => inUnit(work => work.stamp())));

      expect(new Set(stamps).size).toBe(3);
      for (const stamp of stamps) expect(stamp).toMatch(/^\d+$/);
    });
  });
};
