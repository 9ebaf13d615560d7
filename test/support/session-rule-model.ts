import fc from 'fast-check';
import { newId } from '../../src/shared/services/new-id.ts';
import {
  Session,
  type SessionId,
  type SessionLifetimes,
  type SessionState,
} from '../../src/accounts/domain/session.ts';
import type { SessionRepository } from '../../src/accounts/domain/session-repository.ts';
import { MovableClock } from './fakes/movable-clock.ts';

const SECOND = 1_000;
const DAY = 86_400 * SECOND;
const [GRACE, RECOVERY, IDLE, ABSOLUTE] = [10 * SECOND, DAY, 14 * DAY, 90 * DAY];

const lifetimes: SessionLifetimes = { grace: 10, recovery: 86_400, idle: 14 * 86_400, absolute: 90 * 86_400 };

export { lifetimes as modelLifetimes };

/** A store of one session, and the disasters that can befall it. */
export interface StoreBench {
  readonly repository: SessionRepository;
  /** The store falls back to what it held before: its last writes were not yet on disk. */
  fallBackTo(state: SessionState): Promise<void>;
  /** The store has lost the session. */
  lose(id: SessionId): Promise<void>;
}

type Code = 'session_gone' | 'refresh_reused' | 'session_expired' | 'revoked';
/** A generation to go on with, `ok` for a request or a logout that was served, or why not. */
type Answer = number | 'ok' | Code;

// The model: what somebody who has read the table of the rule expects -----------------------------------------------

/** What the store should know. */
interface Known {
  readonly newest: number;
  readonly newestIssuedAt: number;
  readonly usedUpTo: number;
  readonly createdAt: number;
  readonly lastUsedAt: number;
  readonly over: { readonly code: Code; readonly at: number } | null;
}

type Request =
  | { readonly kind: 'refresh'; readonly generation: number }
  | { readonly kind: 'use'; readonly generation: number }
  | { readonly kind: 'logout' };

/** What is to be answered, and what the store knows then; null when nothing changes. */
interface Expected {
  readonly answer: Answer;
  readonly next: Known | null;
}

const endOf = (known: Known): number => Math.min(known.lastUsedAt + IDLE, known.createdAt + ABSOLUTE);

const expectedOf = (known: Known, request: Request, now: number): Expected => {
  const unchanged = (answer: Answer): Expected => ({ answer, next: null });
  const alive = known.over === null && now < endOf(known);
  if (request.kind === 'logout')
    return known.over
      ? unchanged('ok')
      : { answer: 'ok', next: { ...known, over: { code: 'session_gone', at: now } } };
  if (request.kind === 'use') {
    if (!alive) return unchanged('revoked');
    if (request.generation <= known.usedUpTo) return unchanged('ok');
    const caughtUp =
      request.generation > known.newest ? { newest: request.generation, newestIssuedAt: now } : {};
    return { answer: 'ok', next: { ...known, ...caughtUp, usedUpTo: request.generation, lastUsedAt: now } };
  }
  if (known.over) return unchanged(known.over.code);
  if (!alive) return unchanged('session_expired');
  const { generation } = request;
  if (generation >= known.newest) {
    const times = { newestIssuedAt: now, lastUsedAt: now };
    return {
      answer: generation + 1,
      next: { ...known, ...times, newest: generation + 1, usedUpTo: generation },
    };
  }
  const age = now - known.newestIssuedAt;
  const isOneBehind = generation === known.newest - 1;
  if (isOneBehind && age <= GRACE) return unchanged(known.newest);
  if (isOneBehind && known.usedUpTo < known.newest)
    return unchanged(age < RECOVERY ? known.newest : 'session_expired');
  return { answer: 'refresh_reused', next: { ...known, over: { code: 'refresh_reused', at: now } } };
};

/** A browser: its cookie and the access token that came with it. A copied one is a browser of its own. */
interface Holder {
  cookie: number;
  access: number;
}

interface Model {
  now: number;
  known: Known;
  lost: boolean;
  readonly holders: Holder[];
  /** What the store knew after each of its writes. */
  history: Known[];
}

// The real thing: the aggregate, a store, and the loops of the services around them ---------------------------------

interface Real {
  readonly bench: StoreBench;
  readonly clock: MovableClock;
  readonly id: SessionId;
  history: SessionState[];
}

/** Loads the session, and decides and saves only when told to, so that others can come between. */
const begin = async (real: Real, request: Request): Promise<() => Promise<Answer>> => {
  const { repository } = real.bench;
  let session = await repository.byId(real.id);
  return async () => {
    for (;;) {
      const answer = await attempt(real, session, request);
      if (answer !== 'lost the race') return answer;
      session = await repository.byId(real.id);
    }
  };
};

const attempt = async (
  real: Real,
  session: Session | null,
  request: Request,
): Promise<Answer | 'lost the race'> => {
  const now = real.clock.now();
  const save = async (answer: Answer): Promise<Answer | 'lost the race'> => {
    if (!(await real.bench.repository.save(session!))) return 'lost the race';
    real.history.push(session!.snapshot());
    return answer;
  };
  if (request.kind === 'logout') {
    if (!session || session.isEnded) return 'ok';
    session.end('logged_out', now);
    return save('ok');
  }
  if (request.kind === 'use') {
    if (!session?.isAlive(now, lifetimes)) return 'revoked';
    return session.confirm(request.generation, now) ? save('ok') : 'ok';
  }
  if (!session) return 'session_gone';
  const outcome = session.refresh(request.generation, now, lifetimes);
  if (outcome.kind === 'refused') return outcome.ended ? save(outcome.code) : outcome.code;
  return outcome.kind === 'rotated' ? save(outcome.generation) : outcome.generation;
};

// What can happen ----------------------------------------------------------------------------------------------------

type Step = fc.AsyncCommand<Model, Real>;

const requestOf = (model: Model, holder: number, kind: Request['kind']): Request => {
  const { cookie, access } = model.holders[holder % model.holders.length]!;
  return kind === 'logout' ? { kind } : { kind, generation: kind === 'refresh' ? cookie : access };
};

const settle = (model: Model, { next }: Expected): void => {
  if (!next) return;
  model.known = next;
  model.history.push(next);
};

const check = (model: Model, expected: Answer, actual: Answer, request: Request): void => {
  const { known, now } = model;
  const diedAt = Math.min(known.over?.at ?? Infinity, endOf(known));
  // Where the store itself has forgotten the session, it is only gone.
  const forgotten = now >= diedAt + DAY && actual === 'session_gone' && typeof expected === 'string';
  if (!forgotten) expect(actual).toBe(expected);
  if (request.kind === 'refresh' && typeof actual !== 'number') expectGoodReason(model, expected);
};

/** Whoever alone holds the tokens is never thrown out, unless time is over or the person wanted it. */
const expectGoodReason = (model: Model, code: Answer): void => {
  if (model.holders.length > 1 || model.lost || model.known.over?.code === 'session_gone') return;
  const isOld = model.now >= endOf(model.known);
  const answerWasLostADayAgo = model.now - model.known.newestIssuedAt >= RECOVERY;
  expect([code, isOld || answerWasLostADayAgo]).toEqual(['session_expired', true]);
};

const deliver = (model: Model, holder: number, answer: Answer, arrives: boolean): void => {
  if (!arrives || typeof answer !== 'number') return;
  Object.assign(model.holders[holder % model.holders.length]!, { cookie: answer, access: answer });
};

const expectStored = async (model: Model, { bench, id }: Real): Promise<void> => {
  const stored = await bench.repository.byId(id);
  if (model.lost) expect(stored).toBeNull();
  else if (model.known.over) expect(stored?.isEnded ?? true).toBe(true);
};

const ask = (holder: number, kind: Request['kind'], arrives: boolean): Step => ({
  check: () => true,
  toString: () => `holder ${holder} asks to ${kind}${arrives ? '' : ', and the answer is lost'}`,
  run: async (model, real) => {
    const request = requestOf(model, holder, kind);
    const expected = whatIsExpected(model, request);
    const actual = await (await begin(real, request))();

    check(model, expected.answer, actual, request);
    settle(model, expected);
    deliver(model, holder, actual, arrives);
    await expectStored(model, real);
  },
});

const whatIsExpected = (model: Model, request: Request): Expected => {
  if (!model.lost) return expectedOf(model.known, request, model.now);
  const answers = { refresh: 'session_gone', use: 'revoked', logout: 'ok' } as const;
  return { answer: answers[request.kind], next: null };
};

/** Both have loaded the session before either of them saves it. */
const race = (
  [first, firstKind]: readonly [number, Request['kind']],
  [second, secondKind]: readonly [number, Request['kind']],
): Step => ({
  check: model => !model.lost,
  toString: () => `holder ${first} asks to ${firstKind} while holder ${second} asks to ${secondKind}`,
  run: async (model, real) => {
    const [one, other] = [requestOf(model, first, firstKind), requestOf(model, second, secondKind)];
    const expectedOne = whatIsExpected(model, one);
    const expectedOther = whatIsExpected(model, other);
    const [finishOne, finishOther] = [await begin(real, one), await begin(real, other)];

    const answerOne = await finishOne();
    check(model, expectedOne.answer, answerOne, one);
    settle(model, expectedOne);
    // Who changes nothing may answer from what it has seen; who has to save finds out, and looks again.
    const again = expectedOne.next && expectedOther.next ? whatIsExpected(model, other) : expectedOther;
    const answerOther = await finishOther();
    check(model, again.answer, answerOther, other);
    settle(model, again);

    const presentedTheSame =
      one.kind === 'refresh' && other.kind === 'refresh' && one.generation === other.generation;
    if (presentedTheSame) expect(answerOther).toBe(answerOne);
    deliver(model, first, answerOne, true);
    deliver(model, second, answerOther, true);
    await expectStored(model, real);
  },
});

const wait = (ms: number): Step => ({
  check: () => true,
  toString: () => `${ms / SECOND} s pass`,
  run: (model, real) => {
    model.now += ms;
    real.clock.advance(ms);
    return Promise.resolve();
  },
});

const copy = (holder: number): Step => ({
  check: model => model.holders.length < 3,
  toString: () => `somebody copies the tokens of holder ${holder}`,
  run: model => {
    model.holders.push({ ...model.holders[holder % model.holders.length]! });
    return Promise.resolve();
  },
});

/** Redis writes to disk once a second; what died in the last second lives again, so only the living fall back here. */
const fallBack = (writes: number): Step => ({
  check: model => {
    const before = model.history.at(-1 - writes);
    const ahead = Math.max(...model.holders.map(({ cookie, access }) => Math.max(cookie, access)));
    return !model.lost && !model.known.over && before !== undefined && ahead - before.newest <= 3;
  },
  toString: () => `the store loses its last ${writes} writes`,
  run: async (model, real) => {
    model.history = model.history.slice(0, -writes);
    real.history = real.history.slice(0, -writes);
    model.known = model.history.at(-1)!;
    await real.bench.fallBackTo(real.history.at(-1)!);
  },
});

const loseAll = (): Step => ({
  check: model => !model.lost,
  toString: () => 'the store loses the session',
  run: async (model, real) => {
    model.lost = true;
    await real.bench.lose(real.id);
  },
});

const holder = fc.nat({ max: 2 });
const kind = fc.constantFrom<Request['kind'][]>('refresh', 'refresh', 'use');
const kindOfRace = fc.constantFrom<Request['kind'][]>('refresh', 'refresh', 'refresh', 'use', 'logout');
const span = fc.constantFrom(
  ...[1, SECOND, 5 * SECOND, GRACE, GRACE + 1, 11 * SECOND, 60 * SECOND, 3_600 * SECOND, 12 * 3_600 * SECOND],
  ...[RECOVERY - 1, RECOVERY, 2 * DAY, 7 * DAY, IDLE - 1, IDLE],
);
const mostly = (step: fc.Arbitrary<Step>, weight: number) => Array.from({ length: weight }, () => step);

const steps = [
  ...mostly(
    fc
      .tuple(holder, kind, fc.integer({ min: 1, max: 4 }))
      .map(([who, what, luck]) => ask(who, what, luck > 1)),
    6,
  ),
  ...mostly(
    span.map(ms => wait(ms)),
    4,
  ),
  ...mostly(
    fc
      .tuple(fc.tuple(holder, kindOfRace), fc.tuple(holder, kindOfRace))
      .map(([one, other]) => race(one, other)),
    2,
  ),
  fc.integer({ min: 1, max: 3 }).map(fallBack),
];
const rareSteps = [holder.map(copy), holder.map(who => ask(who, 'logout', true)), fc.constant(loseAll())];

/** Drives the session rule through a store in random orders of events, and compares it with the model. */
export const checkSessionRule = async (
  makeBench: (clock: MovableClock) => Promise<StoreBench>,
  runs: { readonly honest: number; readonly all: number },
): Promise<void> => {
  const drive = (allowed: fc.Arbitrary<Step>[], numRuns: number) =>
    fc.assert(
      fc.asyncProperty(fc.commands(allowed, { maxCommands: 60, size: 'max' }), commands =>
        fc.asyncModelRun(() => setUp(makeBench), commands),
      ),
      { numRuns },
    );
  await drive(steps, runs.honest);
  await drive([...steps, ...rareSteps], runs.all);
};

const setUp = async (
  makeBench: (clock: MovableClock) => Promise<StoreBench>,
): Promise<{ model: Model; real: Real }> => {
  const clock = new MovableClock();
  const bench = await makeBench(clock);
  const facts = {
    id: newId<'SessionId'>(),
    accountId: newId<'AccountId'>(),
    role: 'member',
    epoch: 1,
  } as const;
  const session = Session.begin(
    { ...facts, salt: 'salt', device: 'a browser', ip: '192.0.2.1' },
    clock.now(),
  );
  await bench.repository.add(session);
  const now = clock.now().getTime();
  const times = { newestIssuedAt: now, createdAt: now, lastUsedAt: now };
  const known: Known = { ...times, newest: 1, usedUpTo: 0, over: null };
  return {
    model: { now, known, lost: false, holders: [{ cookie: 1, access: 1 }], history: [known] },
    real: { bench, clock, id: session.id, history: [session.snapshot()] },
  };
};
