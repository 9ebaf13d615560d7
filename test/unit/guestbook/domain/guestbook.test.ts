import { GuestbookClosed, LinksNeedSignIn } from '../../../../src/guestbook/domain/errors.ts';
import { Guestbook } from '../../../../src/guestbook/domain/guestbook.ts';
import { ownerOf, pageOf, SITE } from '../../../../src/guestbook/domain/ids.ts';
import { moderates } from '../../../../src/guestbook/domain/visitor.ts';
import { newId } from '../../../../src/shared/services/new-id.ts';
import { later, NOON } from '../../../support/builders/accounts.ts';
import { aDraft, aGreeting } from '../../../support/builders/guestbook.ts';

const owner = newId<'AccountId'>();
const page = pageOf(owner);
const theOwner = { accountId: owner, isAdmin: false };
const someone = { accountId: newId<'AccountId'>(), isAdmin: false };
const anAdmin = { accountId: newId<'AccountId'>(), isAdmin: true };

describe('a page', () => {
  test('is moderated by its owner and by admins', () => {
    expect([theOwner, anAdmin, someone, null].map(each => moderates(each, page))).toEqual([
      true,
      true,
      false,
      false,
    ]);
  });

  test('of the site has no owner, not even somebody with its id', () => {
    expect(ownerOf(SITE)).toBeNull();
    expect(moderates({ accountId: SITE as never, isAdmin: false }, SITE)).toBe(false);
    expect(moderates(anAdmin, SITE)).toBe(true);
  });
});

describe('a guestbook', () => {
  test('is open from the beginning', () => {
    const greeting = Guestbook.of(page).receive(newId(), aDraft({ name: 'Grace' }), NOON);

    expect(greeting).toMatchObject({ page, name: { value: 'Grace' }, createdAt: NOON, hiddenAt: null });
  });

  test('takes nothing while it is closed', () => {
    const guestbook = Guestbook.of(page);
    guestbook.close();
    expect(() => guestbook.receive(newId(), aDraft(), NOON)).toThrow(GuestbookClosed);

    guestbook.open();
    expect(guestbook.receive(newId(), aDraft(), NOON).page).toBe(page);
  });

  test.each<[object, readonly string[]]>([
    [{ message: 'at example.com' }, ['/message']],
    [{ name: 'example.com' }, ['/name']],
    [{ name: 'www.x.zz', message: 'me@x.zz' }, ['/name', '/message']],
  ])('takes addresses only from people who are signed in: %j', (facts, pointers) => {
    const leave = (authorId?: typeof owner) =>
      Guestbook.of(page).receive(newId(), aDraft({ ...facts, ...(authorId && { authorId }) }), NOON);

    let refused: unknown;
    try {
      leave();
    } catch (error) {
      refused = error;
    }

    expect(refused).toBeInstanceOf(LinksNeedSignIn);
    expect((refused as LinksNeedSignIn).errors.map(({ pointer }) => pointer)).toEqual(pointers);
    expect(leave(someone.accountId).authorId).toBe(someone.accountId);
  });
});

describe('a greeting', () => {
  test('says whether hiding and showing has changed anything', () => {
    const greeting = aGreeting(page);

    expect([greeting.show(), greeting.hide(later(1)), greeting.hide(later(2)), greeting.hiddenAt]).toEqual([
      false,
      true,
      false,
      later(1),
    ]);
    expect([greeting.show(), greeting.show(), greeting.isHidden]).toEqual([true, false, false]);
  });

  test('is seen by everybody until it is hidden, and removed by owner, author and admins', () => {
    const greeting = aGreeting(page, { authorId: someone.accountId });
    const stranger = { accountId: newId<'AccountId'>(), isAdmin: false };
    const all = [theOwner, anAdmin, someone, stranger];
    expect(all.map(each => greeting.canBeSeenBy(each))).toEqual([true, true, true, true]);

    greeting.hide(NOON);

    expect(all.map(each => greeting.canBeSeenBy(each))).toEqual([true, true, true, false]);
    expect(all.map(each => greeting.canBeRemovedBy(each))).toEqual([true, true, true, false]);
  });

  test('that nobody signed is nobody’s', () => {
    const greeting = aGreeting(page);

    expect(greeting.canBeRemovedBy(someone)).toBe(false);
  });
});
