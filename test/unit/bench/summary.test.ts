import { cpuRatio, figuresOf, type Round } from '../../../scripts/bench/summary.ts';

const aRound = (changes: Partial<Round> = {}): Round => ({
  requests: 1_000,
  seconds: 2,
  latenciesMs: [1, 2, 3, 4],
  cpuMs: 300,
  residentBytes: 0,
  ...changes,
});

test('the figures of several rounds are their medians', () => {
  const figures = figuresOf([
    aRound({ requests: 1_000, cpuMs: 300, latenciesMs: [1, 2, 3] }),
    aRound({ requests: 2_000, cpuMs: 400, latenciesMs: [2, 4, 6] }),
    aRound({ requests: 100, cpuMs: 900, latenciesMs: [70, 80, 90] }),
  ]);

  expect(figures).toEqual({ perSecond: 500, p50Ms: 4, p95Ms: 6, p99Ms: 6, cpuMsPerThousand: 300 });
});

test('the ratio compares CPU per request, not per second', () => {
  const product = [aRound({ requests: 500, cpuMs: 300 })];
  const floor = [aRound({ requests: 1_000, cpuMs: 300 })];

  expect(cpuRatio(product, floor)).toBe(2);
});

test('a machine that slows down half way does not change the ratio', () => {
  const speeds = [1, 1, 4, 4, 4];
  const product = speeds.map(speed => aRound({ cpuMs: 300 * speed }));
  const floor = speeds.toReversed().map((_speed, index) => aRound({ cpuMs: 200 * (speeds[index] ?? 0) }));

  expect(cpuRatio(product, floor)).toBe(1.5);
});

test('one round that something else disturbed does not count', () => {
  const product = [aRound({ cpuMs: 300 }), aRound({ cpuMs: 3_000 }), aRound({ cpuMs: 300 })];
  const floor = [aRound({ cpuMs: 200 }), aRound({ cpuMs: 200 }), aRound({ cpuMs: 200 })];

  expect(cpuRatio(product, floor)).toBe(1.5);
});
