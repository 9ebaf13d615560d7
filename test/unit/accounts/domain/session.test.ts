import type { AccountId } from '../../../../src/shared/domain/identity.ts';
import { Session, type SessionId, type SessionLifetimes } from '../../../../src/accounts/domain/session.ts';
import { later, NOON } from '../../../support/builders/accounts.ts';

const SECOND = 1_000;
const HOUR = 3_600 * SECOND;
const DAY = 24 * HOUR;

const lifetimes: SessionLifetimes = { grace: 10, recovery: 86_400, idle: 14 * 86_400, absolute: 90 * 86_400 };

const begin = (): Session =>
  Session.begin(
    {
      id: 'a-session' as SessionId,
      accountId: 'an-account' as AccountId,
      role: 'member',
      epoch: 3,
      salt: 'salt',
      device: 'Firefox on Linux',
      ip: '203.0.113.7',
    },
    NOON,
  );

/** Presents a token of this generation so long after the session began. */
const present = (session: Session, generation: number, ms: number) =>
  session.refresh(generation, later(ms), lifetimes);

const rotated = (generation: number) => ({ kind: 'rotated', generation });
const repeated = (generation: number) => ({ kind: 'repeated', generation });
const refused = (code: string, ended = false) => ({ kind: 'refused', code, ended });

/** A session whose holder has refreshed once, an hour after it began. */
const onceRefreshed = (): Session => {
  const session = begin();
  present(session, 1, HOUR);
  return session;
};

describe('a session that is over refuses every token', () => {
  test.each([
    ['logged_out', 'session_gone'],
    ['ended_by_owner', 'session_gone'],
    ['ended_by_admin', 'session_gone'],
    ['password_changed', 'session_gone'],
    ['account_banned', 'session_gone'],
    ['state_lost', 'session_gone'],
    ['token_reused', 'refresh_reused'],
  ] as const)('ended as %s, with %s', (reason, code) => {
    const session = onceRefreshed();
    session.end(reason, later(2 * HOUR));

    for (const generation of [1, 2, 3, 99])
      expect(present(session, generation, 2 * HOUR + 1)).toEqual(refused(code));
  });

  test('keeps the first reason and the first moment of its end', () => {
    const session = begin();
    session.end('token_reused', later(1));
    session.end('logged_out', later(2));

    expect(session.snapshot().ended).toEqual({ reason: 'token_reused', at: later(1).getTime() });
  });

  test.each([
    ['the idle time is over', 14 * DAY, 'session_expired'],
    ['the idle time is long over', 80 * DAY, 'session_expired'],
  ])('when %s', (_what, ms, code) => {
    expect(present(begin(), 1, ms)).toEqual(refused(code));
  });

  test('when the absolute time is over, however much it was used', () => {
    const session = begin();
    for (let day = 10; day < 90; day += 10)
      expect(present(session, day / 10, day * DAY).kind).toBe('rotated');

    expect(present(session, 9, 90 * DAY - 1).kind).toBe('rotated');
    expect(present(session, 10, 90 * DAY)).toEqual(refused('session_expired'));
  });

  test('in the last moment before the idle time is over it does not', () => {
    expect(present(begin(), 1, 14 * DAY - 1)).toEqual(rotated(2));
  });

  test('an expired session that is presented an old token tells that it expired, not of a theft', () => {
    const session = onceRefreshed();
    present(session, 2, 2 * HOUR);

    expect(present(session, 1, 20 * DAY)).toEqual(refused('session_expired'));
  });
});

describe('the current token', () => {
  test('is exchanged for the next one', () => {
    expect(present(begin(), 1, HOUR)).toEqual(rotated(2));
  });

  test('proves by its use that its holder has it', () => {
    const session = begin();
    present(session, 1, HOUR);

    expect(session.snapshot()).toMatchObject({
      generation: 2,
      confirmed: 1,
      rotatedAt: later(HOUR).getTime(),
    });
  });

  test('keeps the session alive for another idle time', () => {
    const session = onceRefreshed();

    expect(session.expiresAt(lifetimes)).toBe(later(HOUR + 14 * DAY).getTime());
  });
});

describe('a token ahead of the store, which has lost its last writes', () => {
  test.each([1, 2, 3])('is accepted when it is %i ahead, and the store catches up', ahead => {
    const session = onceRefreshed();

    expect(present(session, 2 + ahead, 2 * HOUR)).toEqual(rotated(3 + ahead));
    expect(session.snapshot()).toMatchObject({ generation: 3 + ahead, confirmed: 2 + ahead });
  });

  test('ends the session when it is further ahead than the store can have lost', () => {
    const session = onceRefreshed();

    expect(present(session, 6, 2 * HOUR)).toEqual(refused('session_gone', true));
    expect(session.snapshot().ended?.reason).toBe('state_lost');
  });
});

describe('a token one behind', () => {
  test.each([0, 1, 10 * SECOND])(
    'gets the same successor again within the grace of ten seconds (after %i ms)',
    ms => {
      const session = onceRefreshed();

      expect(present(session, 1, HOUR + ms)).toEqual(repeated(2));
      expect(present(session, 1, HOUR + ms)).toEqual(repeated(2));
    },
  );

  test('gets it within the grace even when another tab has used the successor', () => {
    const session = onceRefreshed();
    session.confirm(2, later(HOUR + 1));

    expect(present(session, 1, HOUR + 10 * SECOND)).toEqual(repeated(2));
  });

  test.each([10 * SECOND + 1, 60 * SECOND, 6 * HOUR, DAY - 1])(
    'gets it later too, when nobody ever used the successor: the answer was lost (after %i ms)',
    ms => {
      expect(present(onceRefreshed(), 1, HOUR + ms)).toEqual(repeated(2));
    },
  );

  test('is refused after a day, but that is no theft and ends nothing', () => {
    const session = onceRefreshed();

    expect(present(session, 1, HOUR + DAY)).toEqual(refused('session_expired'));
    expect(present(session, 2, HOUR + DAY + 1)).toEqual(rotated(3));
  });

  test('asking again opens no new branch: the successor is worth what it was', () => {
    const session = onceRefreshed();
    present(session, 1, HOUR + 60 * SECOND);

    expect(session.snapshot().generation).toBe(2);
    expect(present(session, 2, 2 * HOUR)).toEqual(rotated(3));
  });

  test('asking again does not put off the end of the grace', () => {
    const session = onceRefreshed();
    session.confirm(2, later(HOUR + 1));
    present(session, 1, HOUR + 9 * SECOND);

    expect(present(session, 1, HOUR + 18 * SECOND)).toEqual(refused('refresh_reused', true));
  });

  test('is a theft when the access token that came with the successor was used', () => {
    const session = onceRefreshed();
    session.confirm(2, later(HOUR + 1));

    expect(present(session, 1, HOUR + 10 * SECOND + 1)).toEqual(refused('refresh_reused', true));
    expect(session.snapshot().ended?.reason).toBe('token_reused');
  });
});

describe('a token two or more behind', () => {
  test.each([
    ['at once', 1],
    ['later', HOUR],
  ])('is a theft, %s', (_when, ms) => {
    const session = onceRefreshed();
    present(session, 2, HOUR + SECOND);

    expect(present(session, 1, HOUR + SECOND + ms)).toEqual(refused('refresh_reused', true));
    expect(session.isEnded).toBe(true);
  });

  test('takes the thief and the owner down together', () => {
    const session = onceRefreshed();
    present(session, 2, 2 * HOUR);
    present(session, 1, 3 * HOUR);

    for (const generation of [1, 2, 3, 4])
      expect(present(session, generation, 3 * HOUR)).toEqual(refused('refresh_reused'));
  });
});

describe('the use of an access token', () => {
  test('is news the first time, and never again', () => {
    const session = onceRefreshed();

    expect([session.confirm(2, later(2 * HOUR)), session.confirm(2, later(3 * HOUR))]).toEqual([true, false]);
    expect(session.snapshot()).toMatchObject({ confirmed: 2, lastUsedAt: later(2 * HOUR).getTime() });
  });

  test('is news for the very first token too', () => {
    expect(begin().confirm(1, later(1))).toBe(true);
  });

  test('of an older generation is no news: a tab may go on with it until it expires', () => {
    const session = onceRefreshed();
    session.confirm(2, later(HOUR + 1));

    expect(session.confirm(1, later(2 * HOUR))).toBe(false);
    expect(session.snapshot().confirmed).toBe(2);
  });

  test('ahead of the store lets it catch up', () => {
    const session = onceRefreshed();

    expect(session.confirm(5, later(2 * HOUR))).toBe(true);
    expect(session.snapshot()).toMatchObject({
      generation: 5,
      confirmed: 5,
      rotatedAt: later(2 * HOUR).getTime(),
    });
    expect(present(session, 5, 3 * HOUR)).toEqual(rotated(6));
  });

  test('further ahead than the store can have lost is nothing', () => {
    const session = onceRefreshed();

    expect(session.confirm(6, later(2 * HOUR))).toBe(false);
    expect(session.snapshot().generation).toBe(2);
  });

  test('does not move the grace of the token before', () => {
    const session = onceRefreshed();
    session.confirm(2, later(HOUR + 5 * SECOND));

    expect(session.snapshot().rotatedAt).toBe(later(HOUR).getTime());
  });
});

describe('the life of a session', () => {
  test('ends after two weeks without use, and after ninety days in any case', () => {
    const session = begin();
    const fresh = session.expiresAt(lifetimes);
    for (let day = 10; day <= 80; day += 10) present(session, day / 10, day * DAY);

    expect(fresh).toBe(later(14 * DAY).getTime());
    expect(session.expiresAt(lifetimes)).toBe(later(90 * DAY).getTime());
  });

  test('is over in the moment it expires', () => {
    const session = begin();

    expect(session.isAlive(later(14 * DAY - 1), lifetimes)).toBe(true);
    expect(session.isAlive(later(14 * DAY), lifetimes)).toBe(false);
  });

  test('is over when it has ended, whatever time is left', () => {
    const session = begin();
    session.end('logged_out', NOON);

    expect(session.isAlive(NOON, lifetimes)).toBe(false);
  });

  test('goes on in a later epoch of its account, never in an earlier one', () => {
    const session = begin();
    session.carryInto(5);
    session.carryInto(4);

    expect(session.snapshot().epoch).toBe(5);
  });

  test('remembers where it was last seen', () => {
    const session = begin();
    session.seenAt('2001:db8::1', 'Safari on iPhone');

    expect(session.snapshot()).toMatchObject({ ip: '2001:db8::1', device: 'Safari on iPhone' });
  });

  test('can be written down and taken up again without a difference', () => {
    const session = onceRefreshed();
    const restored = Session.restore(structuredClone(session.snapshot()));

    expect(restored.snapshot()).toEqual(session.snapshot());
    expect(present(restored, 1, HOUR + 1)).toEqual(repeated(2));
  });
});
