import { median, percentile } from './statistics.ts';

/** One program under one load for a few seconds. */
export interface Round {
  readonly requests: number;
  readonly seconds: number;
  readonly latenciesMs: readonly number[];
  readonly cpuMs: number;
  readonly residentBytes: number;
}

/** Medians over the rounds, so that one bad moment of the machine does not count. */
export interface Figures {
  readonly perSecond: number;
  readonly p50Ms: number;
  readonly p95Ms: number;
  readonly p99Ms: number;
  readonly cpuMsPerThousand: number;
}

const cpuMsPerThousand = ({ cpuMs, requests }: Round): number => (cpuMs / requests) * 1_000;

export const figuresOf = (rounds: readonly Round[]): Figures => {
  const medianOf = (measure: (round: Round) => number): number => median(rounds.map(measure));
  return {
    perSecond: medianOf(({ requests, seconds }) => requests / seconds),
    p50Ms: medianOf(({ latenciesMs }) => percentile(latenciesMs, 50)),
    p95Ms: medianOf(({ latenciesMs }) => percentile(latenciesMs, 95)),
    p99Ms: medianOf(({ latenciesMs }) => percentile(latenciesMs, 99)),
    cpuMsPerThousand: medianOf(cpuMsPerThousand),
  };
};

/**
 * How many times the floor's CPU a request costs. Each round is compared with the one beside it in time, because the
 * speed of a shared machine drifts.
 */
export const cpuRatio = (product: readonly Round[], floor: readonly Round[]): number =>
  median(
    product.flatMap((round, index) => {
      const beside = floor[index];
      return beside === undefined ? [] : [cpuMsPerThousand(round) / cpuMsPerThousand(beside)];
    }),
  );
