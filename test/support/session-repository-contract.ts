import type { AccountId } from '../../src/shared/domain/identity.ts';
import { newId } from '../../src/shared/services/new-id.ts';
import {
  type EndReason,
  Session,
  type SessionId,
  type SessionLifetimes,
} from '../../src/accounts/domain/session.ts';
import type { SessionRepository } from '../../src/accounts/domain/session-repository.ts';
import { DAY_MS, later, NOON } from './builders/accounts.ts';

/** Short enough to read, in seconds: the idle time is over after a day, the session after three. */
export const briefLifetimes: SessionLifetimes = {
  grace: 10,
  recovery: 3_600,
  idle: 86_400,
  absolute: 3 * 86_400,
};

let begun = 0;

export const aSession = (
  facts: { accountId?: AccountId; id?: string; epoch?: number; salt?: string } = {},
  at = NOON,
): Session =>
  Session.begin(
    {
      id: (facts.id ?? `session-${process.pid}-${++begun}`) as SessionId,
      accountId: facts.accountId ?? newId(),
      role: 'member',
      epoch: facts.epoch ?? 1,
      salt: facts.salt ?? 'salt',
      device: 'Firefox on Linux',
      ip: '203.0.113.7',
    },
    at,
  );

export interface SessionRepositoryBench {
  readonly repository: SessionRepository;
  /** Whether nothing would be found of a session any more at an instant. */
  isForgottenAt(id: SessionId, instant: Date): Promise<boolean>;
}

/** What every store of sessions promises. `bench` is asked anew by each test. */
export const sessionRepositoryContract = (where: string, bench: () => SessionRepositoryBench): void => {
  const stored = async (session = aSession()): Promise<Session> => {
    await bench().repository.add(session);
    return session;
  };
  const loaded = async (id: SessionId): Promise<Session> => {
    const session = await bench().repository.byId(id);
    if (!session) throw new Error('The session is not there.');
    return session;
  };
  const idsOf = async (accountId: AccountId): Promise<string[]> =>
    (await bench().repository.ofAccount(accountId)).map(session => session.id);
  const ended = async (id: SessionId, reason: EndReason, at: Date): Promise<void> => {
    const session = await loaded(id);
    session.end(reason, at);
    await bench().repository.save(session);
  };

  describe(`sessions in ${where}`, () => {
    test('come back with everything they know', async () => {
      const session = aSession({ epoch: 7, salt: 'ÄÖ \u2028 "quoted"' });
      session.seenAt('2001:db8::1', 'Safari on iPhone');
      await stored(session);

      expect((await loaded(session.id)).snapshot()).toEqual(session.snapshot());
    });

    test('are nothing where none was stored', async () => {
      expect(await bench().repository.byId('nobody' as SessionId)).toBeNull();
      expect(await idsOf(newId())).toEqual([]);
      expect(await bench().repository.countOf(newId())).toBe(0);
    });

    test('are the same for everybody, but each has a copy of their own', async () => {
      const { id } = await stored();
      const [one, other] = [await loaded(id), await loaded(id)];

      one.end('logged_out', later(1));

      expect(other.isEnded).toBe(false);
      expect((await loaded(id)).isEnded).toBe(false);
    });

    test('are saved once they changed', async () => {
      const { id } = await stored();
      const session = await loaded(id);
      session.refresh(1, later(1_000), briefLifetimes);

      expect(await bench().repository.save(session)).toBe(true);
      expect((await loaded(id)).snapshot()).toEqual(session.snapshot());
    });

    test('can be saved again and again by whoever has them', async () => {
      const session = await stored();

      const outcomes = [];
      for (let generation = 1; generation <= 5; generation++) {
        session.refresh(generation, later(generation), briefLifetimes);
        outcomes.push(await bench().repository.save(session));
      }

      expect(outcomes).toEqual([true, true, true, true, true]);
      expect((await loaded(session.id)).snapshot().generation).toBe(6);
    });

    test('of two who change one session the second is told that it lost, and changes nothing', async () => {
      const { id } = await stored();
      const [first, second] = [await loaded(id), await loaded(id)];
      first.refresh(1, later(1_000), briefLifetimes);
      second.end('logged_out', later(2_000));

      const outcomes = [await bench().repository.save(first), await bench().repository.save(second)];

      expect(outcomes).toEqual([true, false]);
      expect((await loaded(id)).snapshot()).toEqual(first.snapshot());
      expect(await bench().repository.save(second)).toBe(false);
    });

    test('of fifty who change one session at the same moment exactly one wins', async () => {
      const { id } = await stored();
      const copies = await Promise.all(Array.from({ length: 50 }, () => loaded(id)));

      const outcomes = await Promise.all(
        copies.map((session, index) => {
          session.seenAt(`192.0.2.${index}`, 'somewhere');
          return bench().repository.save(session);
        }),
      );

      expect(outcomes.filter(won => won)).toHaveLength(1);
      expect((await loaded(id)).snapshot().ip).toBe(`192.0.2.${outcomes.indexOf(true)}`);
    });

    test('are never created by saving', async () => {
      const session = aSession();

      expect(await bench().repository.save(session)).toBe(false);
      expect(await bench().repository.byId(session.id)).toBeNull();
      expect(await bench().repository.countOf(session.accountId)).toBe(0);
    });

    test('fifty that begin at the same moment are all there, and all listed', async () => {
      const accountId = newId<'AccountId'>();
      const sessions = Array.from({ length: 50 }, (_, index) => aSession({ accountId }, later(index)));

      await Promise.all(sessions.map(session => bench().repository.add(session)));

      expect(await idsOf(accountId)).toEqual(sessions.map(session => session.id));
      expect(await bench().repository.countOf(accountId)).toBe(50);
    });
  });

  describe(`the list of an account's sessions in ${where}`, () => {
    test('begins with the oldest, whatever the order they were stored in', async () => {
      const accountId = newId<'AccountId'>();
      const [oldest, middle, newest] = [1, 2, 3].map(at => aSession({ accountId }, later(at)));
      for (const session of [newest!, oldest!, middle!]) await stored(session);

      expect(await idsOf(accountId)).toEqual([oldest!.id, middle!.id, newest!.id]);
    });

    test('has nobody else in it', async () => {
      const [mine, foreign] = [await stored(), await stored()];

      expect(await idsOf(mine.accountId)).toEqual([mine.id]);
      expect(await idsOf(foreign.accountId)).toEqual([foreign.id]);
    });

    test('has a new session as soon as it is stored', async () => {
      const accountId = newId<'AccountId'>();
      const pairs = await Promise.all(
        Array.from({ length: 20 }, async () => {
          const session = await stored(aSession({ accountId }));
          return { session, listed: await idsOf(accountId) };
        }),
      );

      for (const { session, listed } of pairs) expect(listed).toContain(session.id);
    });

    test('loses a session in the moment it ends, and no other', async () => {
      const accountId = newId<'AccountId'>();
      const [ending, staying] = [
        await stored(aSession({ accountId })),
        await stored(aSession({ accountId })),
      ];

      await ended(ending.id, 'logged_out', later(1));

      expect(await idsOf(accountId)).toEqual([staying.id]);
      expect(await bench().repository.countOf(accountId)).toBe(1);
    });

    test('keeps a session whose end lost the race against a refresh', async () => {
      const session = await stored();
      const [ending, refreshing] = [await loaded(session.id), await loaded(session.id)];
      refreshing.refresh(1, later(1), briefLifetimes);
      await bench().repository.save(refreshing);
      ending.end('logged_out', later(2));
      await bench().repository.save(ending);

      expect(await idsOf(session.accountId)).toEqual([session.id]);
    });
  });

  describe(`the walk through all sessions in ${where}`, () => {
    const met = async (): Promise<Session[]> => {
      const sessions: Session[] = [];
      for await (const batch of bench().repository.inBatches()) sessions.push(...batch);
      return sessions;
    };

    test('meets those of every account, as they are, however many', async () => {
      const stored = Array.from({ length: 1_200 }, () => aSession());
      await Promise.all(stored.map(session => bench().repository.add(session)));

      const snapshots = new Map((await met()).map(session => [session.id, session.snapshot()]));

      for (const session of stored) expect(snapshots.get(session.id)).toEqual(session.snapshot());
    });

    test('hands out sessions that can be changed and saved', async () => {
      const { id } = await stored();

      const session = (await met()).find(each => each.id === id)!;
      session.end('database_restored', later(1));

      expect(await bench().repository.save(session)).toBe(true);
      expect((await loaded(id)).snapshot().ended?.reason).toBe('database_restored');
    });

    test('passes by those that have ended, and is not lost when they end on the way', async () => {
      const [over, ending, staying] = [await stored(), await stored(), await stored()];
      await ended(over.id, 'logged_out', later(1));

      const ids: string[] = [];
      for await (const batch of bench().repository.inBatches()) {
        ids.push(...batch.map(session => session.id));
        if (batch.some(session => session.id === ending.id)) await ended(ending.id, 'logged_out', later(1));
      }

      expect(ids).not.toContain(over.id);
      expect(ids).toEqual(expect.arrayContaining([ending.id, staying.id]));
      expect((await met()).map(session => session.id)).not.toContain(ending.id);
    });
  });

  describe(`ended and expired sessions in ${where}`, () => {
    test('an ended one is still found, and says why', async () => {
      const session = await stored();

      await ended(session.id, 'token_reused', later(5));

      const tombstone = await loaded(session.id);
      expect(tombstone.snapshot().ended).toEqual({ reason: 'token_reused', at: later(5).getTime() });
    });

    test('an ended one is found for a day, and then forgotten', async () => {
      const session = await stored();
      const end = later(5_000);
      await ended(session.id, 'logged_out', end);

      const dayAfter = end.getTime() + DAY_MS;
      expect(await bench().isForgottenAt(session.id, new Date(dayAfter - 1))).toBe(false);
      expect(await bench().isForgottenAt(session.id, new Date(dayAfter))).toBe(true);
    });

    test('an unused one is forgotten a day after it expired', async () => {
      const session = await stored();

      const dayAfter = NOON.getTime() + 2 * DAY_MS;
      expect(await bench().isForgottenAt(session.id, new Date(dayAfter - 1))).toBe(false);
      expect(await bench().isForgottenAt(session.id, new Date(dayAfter))).toBe(true);
    });

    test('a used one is kept longer, but never beyond a day after its absolute end', async () => {
      const session = await stored();
      for (let day = 1; day <= 5; day++) {
        session.refresh(day, later(day * 0.5 * DAY_MS), briefLifetimes);
        await bench().repository.save(session);
      }

      const dayAfter = NOON.getTime() + 4 * DAY_MS;
      expect(await bench().isForgottenAt(session.id, new Date(NOON.getTime() + 3.4 * DAY_MS))).toBe(false);
      expect(await bench().isForgottenAt(session.id, new Date(dayAfter))).toBe(true);
    });

    test('a dead one cannot be brought back by somebody who had it before', async () => {
      const session = await stored();
      const old = await loaded(session.id);
      await ended(session.id, 'logged_out', later(1));

      old.refresh(1, later(2), briefLifetimes);

      expect(await bench().repository.save(old)).toBe(false);
      expect((await loaded(session.id)).isEnded).toBe(true);
      expect(await idsOf(session.accountId)).toEqual([]);
    });
  });
};
