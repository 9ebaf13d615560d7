import { z } from 'zod';
import { aws, AwsFailure } from './aws-cli.ts';
import { lookUntil, type Patience } from './patience.ts';

const service = z.looseObject({
  status: z.string().optional(),
  deployments: z.array(
    z.looseObject({
      id: z.string(),
      status: z.string(),
      taskDefinition: z.string(),
      rolloutState: z.string().optional(),
      rolloutStateReason: z.string().optional(),
      runningCount: z.number().optional(),
      desiredCount: z.number().optional(),
    }),
  ),
});

const updated = z.looseObject({ service });
const described = z.looseObject({ services: z.array(service) });

interface Change {
  readonly cluster: string;
  readonly name: string;
  readonly taskDefinition: string;
  /** The input of create-service, for the first release. */
  readonly creation: string;
}

const begin = async ({ cluster, name, taskDefinition, creation }: Change): Promise<unknown> => {
  const place = ['--cluster', cluster];
  const present = described.parse(await aws('ecs', 'describe-services', ...place, '--services', name));
  const wanted = ['--task-definition', taskDefinition];
  return present.services.some(({ status }) => status === 'ACTIVE')
    ? aws('ecs', 'update-service', ...place, '--service', name, ...wanted)
    : aws('ecs', 'create-service', '--cli-input-json', `file://${creation}`, ...wanted);
};

/**
 * Lets a service run another task definition, and waits until it does. A service is stable too after its circuit breaker
 * has brought the old release back; so it is our own deployment that has to complete.
 * @throws {AwsFailure} when it was rolled back or superseded.
 */
export const updateService = async (change: Change, patience: Patience): Promise<void> => {
  const { cluster, name, taskDefinition } = change;
  const ours = updated
    .parse(await begin(change))
    .service.deployments.find(one => one.status === 'PRIMARY' && one.taskDefinition === taskDefinition);
  if (ours === undefined) throw new AwsFailure(`${name} does not deploy ${taskDefinition}.`);

  let progress = 'has not begun';
  await lookUntil(
    patience,
    () => `${name} ${progress}`,
    async () => {
      const seen = described.parse(
        await aws('ecs', 'describe-services', '--cluster', cluster, '--services', name),
      );
      const deployments = seen.services[0]?.deployments ?? [];
      const now = deployments.find(one => one.id === ours.id);
      if (now === undefined)
        throw new AwsFailure(`${name}: the deployment is gone; another one has taken its place.`);
      if (now.rolloutState === 'FAILED')
        throw new AwsFailure(`${name} was rolled back: ${now.rolloutStateReason ?? 'no reason given'}`);
      if (now.status !== 'PRIMARY')
        throw new AwsFailure(`${name}: another deployment has taken the place of this one.`);
      progress = `runs ${now.runningCount ?? 0} of ${now.desiredCount ?? 0}`;
      return now.rolloutState === 'COMPLETED' ? true : null;
    },
  );
};
