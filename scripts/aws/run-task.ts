import { z } from 'zod';
import { aws, AwsFailure } from './aws-cli.ts';
import { Impatience, lookUntil, type Patience } from './patience.ts';

const failure = z.looseObject({ arn: z.string().optional(), reason: z.string().optional() });

const started = z.looseObject({
  tasks: z.array(z.looseObject({ taskArn: z.string() })).default([]),
  failures: z.array(failure).default([]),
});

const described = z.looseObject({
  tasks: z
    .array(
      z.looseObject({
        lastStatus: z.string(),
        stopCode: z.string().optional(),
        stoppedReason: z.string().optional(),
        containers: z
          .array(
            z.looseObject({
              name: z.string(),
              exitCode: z.number().optional(),
              reason: z.string().optional(),
            }),
          )
          .default([]),
      }),
    )
    .default([]),
  failures: z.array(failure).default([]),
});

type Described = z.infer<typeof described>['tasks'][number];

const reasonsOf = (failures: readonly z.infer<typeof failure>[]): string =>
  failures.map(({ reason }) => reason ?? 'no reason given').join(', ') || 'no task was started';

interface OneOff {
  readonly cluster: string;
  /** With its revision, so that it is the new one. */
  readonly taskDefinition: string;
  /** Whose exit code decides. */
  readonly container: string;
  /** In place of the command of its definition. */
  readonly command?: readonly string[];
}

/**
 * Runs a task to its end. Only a container that ran and ended with 0 is a success: a task that could not start, one that
 * was stopped, and one whose exit code nobody knows are failures, and a task that does not end is stopped.
 * @throws {AwsFailure} that says which of these it was.
 */
export const runTask = async (
  { cluster, taskDefinition, container, command }: OneOff,
  patience: Patience,
): Promise<void> => {
  const place = ['--cluster', cluster];
  const { tasks, failures } = started.parse(
    await aws(
      ...['ecs', 'run-task', ...place, '--task-definition', taskDefinition],
      ...['--count', '1', '--launch-type', 'EC2'],
      ...(command === undefined ? [] : ['--overrides', overrides(container, command)]),
    ),
  );
  const [task] = tasks;
  if (task === undefined) throw new AwsFailure(`${container} could not be started: ${reasonsOf(failures)}.`);

  let status = 'unknown';
  // Not RUNNING, which a fast task has left before anybody looks.
  const stopped = await lookUntil(
    patience,
    () => `${container} is still ${status}`,
    async () => {
      const seen = described.parse(await aws('ecs', 'describe-tasks', ...place, '--tasks', task.taskArn));
      // Just started, it may not be known everywhere yet.
      const [found] = seen.tasks;
      status = found?.lastStatus ?? 'unknown';
      return status === 'STOPPED' ? (found ?? null) : null;
    },
  ).catch(async (error: unknown) => {
    if (error instanceof Impatience)
      await aws('ecs', 'stop-task', ...place, '--task', task.taskArn, '--reason', 'took too long').catch(
        (stopError: unknown) => console.error(String(stopError)),
      );
    throw error;
  });
  judge(stopped, container);
};

const overrides = (name: string, command: readonly string[]): string =>
  JSON.stringify({ containerOverrides: [{ name, command }] });

const judge = ({ containers, stopCode, stoppedReason }: Described, container: string): void => {
  const found = containers.find(one => one.name === container);
  if (found?.exitCode === 0) return;
  const why = [found?.reason, stopCode, stoppedReason].filter(reason => reason !== undefined).join(', ');
  const because = why === '' ? '' : ` (${why})`;
  throw new AwsFailure(
    found?.exitCode === undefined
      ? `${container} never ran: it has no exit code${because}.`
      : `${container} failed with exit code ${found.exitCode}${because}.`,
  );
};
