import fc from 'fast-check';
import { InMemorySessionRepository } from '../../../../src/accounts/data/in-memory-session-repository.ts';
import { Session, type SessionId } from '../../../../src/accounts/domain/session.ts';
import { newId } from '../../../../src/shared/services/new-id.ts';
import { later, NOON } from '../../../support/builders/accounts.ts';
import type { MovableClock } from '../../../support/fakes/movable-clock.ts';
import { checkSessionRule, modelLifetimes, type StoreBench } from '../../../support/session-rule-model.ts';

const inMemory = (clock: MovableClock): Promise<StoreBench> => {
  const anEmptyOne = () => new InMemorySessionRepository(clock, modelLifetimes);
  let repository = anEmptyOne();
  return Promise.resolve({
    get repository() {
      return repository;
    },
    fallBackTo: async state => {
      repository = anEmptyOne();
      await repository.add(Session.restore(state));
    },
    lose: () => {
      repository = anEmptyOne();
      return Promise.resolve();
    },
  });
};

test('whatever happens in whatever order, every token is worth what the rule says, in memory', async () => {
  await checkSessionRule(inMemory, { honest: 250, all: 250 });
});

describe('whoever holds a copy', () => {
  const HOUR = 3_600_000;
  const begin = () =>
    Session.begin(
      {
        id: 'a-session' as SessionId,
        accountId: newId(),
        role: 'member',
        epoch: 1,
        salt: '',
        device: '',
        ip: '',
      },
      NOON,
    );
  const answered = (session: Session, cookie: number, at: number): number => {
    const outcome = session.refresh(cookie, later(at), modelLifetimes);
    if (outcome.kind === 'refused') throw new Error(outcome.code);
    return outcome.generation;
  };

  test('is found out when both use what they have, whoever is first and whatever happened before', () => {
    fc.assert(
      fc.property(
        fc.nat({ max: 20 }),
        fc.array(fc.record({ pause: fc.integer({ min: 10_001, max: 5 * HOUR }), usesApi: fc.boolean() }), {
          minLength: 1,
          maxLength: 10,
        }),
        fc.integer({ min: 10_001, max: 24 * HOUR }),
        (before, turns, pause) => {
          const session = begin();
          let at = 0;
          let cookie = 1;
          for (let count = 0; count < before; count++) cookie = answered(session, cookie, (at += HOUR));
          const copied = cookie;

          // One of the two goes on: refreshes, and shows by an API call or the next refresh that it has the answer.
          for (const turn of turns) {
            cookie = answered(session, cookie, (at += turn.pause));
            if (turn.usesApi) session.confirm(cookie, later(at));
          }
          session.confirm(cookie, later(at));
          const other = session.refresh(copied, later((at += pause)), modelLifetimes);

          expect(other).toEqual({ kind: 'refused', code: 'refresh_reused', ended: true });
          for (const token of [copied, cookie, cookie + 1])
            expect(session.refresh(token, later(at), modelLifetimes).kind).toBe('refused');
        },
      ),
    );
  });
});
