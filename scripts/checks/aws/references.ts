import { z } from 'zod';
import { inputOf, type Rule } from './deployment.ts';

const ONE_OFF = ['migrate', 'backup', 'restore', 'restore-drill'];
const SINGLE = ['traefik', 'postgres', 'redis', 'worker'];

/** Names on one side are names on the other. */
export const services: Rule = ({ tasks, services: all, configuration: { name: prefix } }) => {
  const findings: string[] = [];
  for (const [name, task] of tasks) {
    if (task.family !== `${prefix}-${name}`)
      findings.push(`register-task-definition.${name}.json: its family is not ${prefix}-${name}`);
    if (!all.has(name) && !ONE_OFF.includes(name))
      findings.push(`register-task-definition.${name}.json: nothing ever runs it`);
  }
  for (const [name, service] of all) {
    const file = `create-service.${name}.json`;
    if (service.serviceName !== `${prefix}-${name}`)
      findings.push(`${file}: its name is not ${prefix}-${name}`);
    if (service.taskDefinition !== tasks.get(name)?.family)
      findings.push(`${file}: there is no task definition ${service.taskDefinition}`);
    if (service.cluster !== prefix) findings.push(`${file}: there is no cluster ${service.cluster}`);
    const { minimumHealthyPercent: least, maximumPercent: most } = service.deploymentConfiguration;
    if (name === 'api' && (least !== 100 || most !== 200 || service.desiredCount < 2))
      findings.push(`${file}: a deployment would answer nobody for a while`);
    if (SINGLE.includes(name) && (least !== 0 || most !== 100 || service.desiredCount !== 1))
      findings.push(`${file}: there can be one only, so the old one has to end first`);
    if (service.placementConstraints === undefined && tasks.get(name)?.placementConstraints !== undefined)
      findings.push(`${file}: may be placed where its data are not`);
  }
  return findings;
};

const schedule = z.looseObject({
  ScheduleExpression: z.string(),
  ScheduleExpressionTimezone: z.string(),
  Target: z.looseObject({
    Arn: z.string(),
    RoleArn: z.string(),
    EcsParameters: z.looseObject({ TaskDefinitionArn: z.string() }),
  }),
});

/** They start what exists, at a time of day that comes exactly once every day. */
export const schedules: Rule = deployment => {
  const { account, region, name } = deployment.configuration;
  const ecs = `arn:aws:ecs:${region}:${account}`;
  return ['backup', 'restore-drill'].flatMap(subject => {
    const file = `create-schedule.${subject}.json`;
    const parsed = schedule.safeParse(inputOf(deployment, 'create-schedule', subject));
    if (!parsed.success) return [`${file}: nothing is started`];
    const { ScheduleExpressionTimezone: zone, Target } = parsed.data;
    const findings: string[] = [];
    if (zone !== 'Etc/UTC') findings.push(`${file}: in ${zone} a time of night may come twice or never`);
    // Without a revision, so that it is always the newest.
    if (Target.EcsParameters.TaskDefinitionArn !== `${ecs}:task-definition/${name}-${subject}`)
      findings.push(`${file}: does not start the newest ${name}-${subject}`);
    if (Target.Arn !== `${ecs}:cluster/${name}`) findings.push(`${file}: there is no such cluster`);
    if (Target.RoleArn !== `arn:aws:iam::${account}:role/${name}-scheduler`)
      findings.push(`${file}: its role is not ${name}-scheduler`);
    return findings;
  });
};

const lifecycle = z.object({
  lifecyclePolicyText: z.object({
    rules: z.array(
      z.object({
        selection: z.looseObject({ tagStatus: z.string(), countType: z.string(), countNumber: z.number() }),
      }),
    ),
  }),
});

/** A rollback needs the image. Every release has two. */
export const images: Rule = deployment => {
  const file = 'put-lifecycle-policy.json';
  const findings: string[] = [];
  if (inputOf(deployment, 'create-repository')?.imageTagMutability !== 'IMMUTABLE')
    findings.push('create-repository.json: a tag could be moved to another image');
  const parsed = lifecycle.safeParse(inputOf(deployment, 'put-lifecycle-policy'));
  if (!parsed.success) return [...findings, `${file}: images stay for ever`];
  for (const { selection } of parsed.data.lifecyclePolicyText.rules)
    if (
      selection.tagStatus !== 'untagged' &&
      !(selection.countType === 'imageCountMoreThan' && selection.countNumber >= 40)
    )
      findings.push(`${file}: keeps fewer than twenty releases`);
  return findings;
};
