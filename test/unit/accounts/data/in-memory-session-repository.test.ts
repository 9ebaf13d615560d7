import { InMemorySessionRepository } from '../../../../src/accounts/data/in-memory-session-repository.ts';
import { newId } from '../../../../src/shared/services/new-id.ts';
import { DAY_MS, NOON } from '../../../support/builders/accounts.ts';
import { MovableClock } from '../../../support/fakes/movable-clock.ts';
import {
  aSession,
  briefLifetimes,
  sessionRepositoryContract,
} from '../../../support/session-repository-contract.ts';

let clock: MovableClock;
let repository: InMemorySessionRepository;

beforeEach(() => {
  clock = new MovableClock();
  repository = new InMemorySessionRepository(clock, briefLifetimes);
});

sessionRepositoryContract('memory', () => ({
  repository,
  isForgottenAt: async (id, instant) => {
    clock.advance(instant.getTime() - clock.now().getTime());
    return (await repository.byId(id)) === null;
  },
}));

test('memory does not fill up with sessions that are over', async () => {
  const accountId = newId<'AccountId'>();
  for (let count = 0; count < 10; count++) await repository.add(aSession({ accountId }));
  clock.advance(2 * DAY_MS);

  await repository.add(aSession({ accountId }, new Date(NOON.getTime() + 2 * DAY_MS)));

  expect(await repository.countOf(accountId)).toBe(1);
});
