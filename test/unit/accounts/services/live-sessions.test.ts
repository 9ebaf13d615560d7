import type { SessionId } from '../../../../src/accounts/domain/session.ts';
import { LiveSessions } from '../../../../src/accounts/services/live-sessions.ts';
import { newId } from '../../../../src/shared/services/new-id.ts';
import { MovableClock } from '../../../support/fakes/movable-clock.ts';

const id = (name: string | number) => `session ${name}` as SessionId;
const caller = { accountId: newId<'AccountId'>(), sessionId: 'session 1', role: 'member' } as const;

let clock: MovableClock;
let live: LiveSessions;

beforeEach(() => {
  clock = new MovableClock();
  live = new LiveSessions(clock);
});

describe('what a process remembers of living sessions', () => {
  test('it forgets after a second', () => {
    live.remember(id(1), caller, 1);

    clock.advance(999);
    expect(live.recall(id(1), 1)).toBe(caller);
    clock.advance(1);
    expect(live.recall(id(1), 1)).toBeNull();
  });

  test('does not cover a generation that was never seen in use', () => {
    live.remember(id(1), caller, 3);

    expect([live.recall(id(1), 2), live.recall(id(1), 3), live.recall(id(1), 4)]).toEqual([
      caller,
      caller,
      null,
    ]);
  });

  test('is gone when it is told to forget', () => {
    live.remember(id(1), caller, 1);
    live.forget(id(1));

    expect(live.recall(id(1), 1)).toBeNull();
  });

  test('stays bounded: of more than ten thousand it forgets the oldest', () => {
    for (let count = 0; count <= 10_000; count++) live.remember(id(count), caller, 1);

    expect([live.recall(id(0), 1), live.recall(id(1), 1), live.recall(id(10_000), 1)]).toEqual([
      null,
      caller,
      caller,
    ]);
  });
});
