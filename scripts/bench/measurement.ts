import { drive, type Load } from './load.ts';
import { OPERATIONS, comparedReads, type Operation } from './operations.ts';
import { logEverybodyIn, strangers, type Person } from './people.ts';
import type { Program } from './programs.ts';
import { cpuRatio, figuresOf, type Figures, type Round } from './summary.ts';
import { askUsage } from './usage.ts';

export interface Plan {
  readonly operations: readonly string[];
  readonly connections: readonly number[];
  readonly rounds: number;
  readonly roundSeconds: number;
  readonly warmUpSeconds: number;
}

export interface Comparison {
  readonly operation: Operation;
  readonly connections: number;
  readonly product: Figures;
  readonly floor: Figures;
  readonly ratio: number;
}

/** One of the two programs with people who are logged in to it. */
class Contestant {
  readonly name: string;
  readonly people: readonly Person[];
  readonly #program: Program;
  readonly #strangers = strangers();

  private constructor(name: string, program: Program, people: readonly Person[]) {
    this.name = name;
    this.#program = program;
    this.people = people;
  }

  static async prepare(name: string, program: Program): Promise<Contestant> {
    return new Contestant(name, program, await logEverybodyIn(program.url));
  }

  async read(target: string, { accessToken }: Person): Promise<unknown> {
    const response = await fetch(this.#program.url + target, {
      headers: { Authorization: `Bearer ${accessToken}` },
    });
    return await response.json();
  }

  load(operation: Operation, connections: number, seconds: number): Promise<Load> {
    const scripts = this.people
      .slice(0, connections)
      .map(person => operation.scriptFor(person, this.#strangers));
    return drive(this.#program.port, seconds, scripts);
  }

  async measure(operation: Operation, connections: number, seconds: number): Promise<Round & Load> {
    const before = await askUsage(this.#program.child);
    const load = await this.load(operation, connections, seconds);
    const after = await askUsage(this.#program.child);
    return { ...load, cpuMs: after.cpuMs - before.cpuMs, residentBytes: after.residentBytes };
  }
}

const requireSameAnswers = async (product: Contestant, floor: Contestant): Promise<void> => {
  const [one, other] = [product.people[0], floor.people[0]];
  if (one === undefined || other === undefined) return;
  for (const target of comparedReads(one)) {
    const answers = [await product.read(target, one), await floor.read(target, other)];
    const [ours, theirs] = answers.map(answer => JSON.stringify(answer));
    if (ours !== theirs)
      throw new Error(`The floor answers ${target} differently:\n${ours ?? ''}\n${theirs ?? ''}`);
  }
};

interface Course {
  readonly operation: Operation;
  readonly connections: number;
  readonly product: (Round & Load)[];
  readonly floor: (Round & Load)[];
}

/**
 * Loads both programs in turns, for a short time each, so that whatever else the machine does hits both alike.
 * @throws when the two do not answer the same.
 */
export const compare = async (
  programs: { readonly product: Program; readonly floor: Program },
  plan: Plan,
  { signal, report }: { signal: AbortSignal; report: (progress: string) => void },
): Promise<{ comparisons: readonly Comparison[]; failures: readonly string[]; loadBytes: number }> => {
  const product = await Contestant.prepare('product', programs.product);
  const floor = await Contestant.prepare('floor', programs.floor);
  await requireSameAnswers(product, floor);

  const courses: Course[] = OPERATIONS.filter(({ name }) => plan.operations.includes(name)).flatMap(
    operation =>
      (operation.connections ?? plan.connections).map(connections => ({
        operation,
        connections,
        product: [],
        floor: [],
      })),
  );
  for (const operation of new Set(courses.map(course => course.operation))) {
    await operation.prepare?.();
    for (const contestant of [product, floor])
      await contestant.load(
        operation,
        Math.max(...(operation.connections ?? plan.connections)),
        plan.warmUpSeconds,
      );
  }

  for (let round = 0; round < plan.rounds; round++)
    for (const course of courses) {
      signal.throwIfAborted();
      report(`round ${round + 1} of ${plan.rounds}: ${course.operation.title}, ${course.connections}`);
      // Who goes first changes, because the second one finds the databases' caches warm.
      const turns = [['product', product] as const, ['floor', floor] as const];
      for (const [name, contestant] of round % 2 === 0 ? turns : turns.reverse())
        course[name].push(await contestant.measure(course.operation, course.connections, plan.roundSeconds));
    }

  return {
    comparisons: courses.map(course => ({
      operation: course.operation,
      connections: course.connections,
      product: figuresOf(course.product),
      floor: figuresOf(course.floor),
      ratio: cpuRatio(course.product, course.floor),
    })),
    failures: courses.flatMap(failuresOf),
    loadBytes: Math.max(...courses.flatMap(course => course.product.map(round => round.residentBytes))),
  };
};

const failuresOf = (course: Course): string[] =>
  (['product', 'floor'] as const).flatMap(name => {
    const counts = new Map<string, number>();
    for (const { failures } of course[name])
      for (const [reason, count] of failures) counts.set(reason, (counts.get(reason) ?? 0) + count);
    return [...counts].map(
      ([reason, count]) =>
        `${name}, ${course.operation.title}, ${course.connections} connections: ${count} times ${reason}`,
    );
  });
