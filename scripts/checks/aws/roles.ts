import type { Deployment, Rule } from './deployment.ts';

/** Without one they can call nothing of AWS. */
const WITHOUT_TASK_ROLE = ['migrate', 'postgres', 'redis'];

const trustedService = ({ trusts }: Deployment, role: string): string =>
  trusts
    .get(role)
    ?.Statement.map(({ Principal }) => (typeof Principal === 'object' ? Principal.Service : Principal))
    .join() ?? '';

/** The roles that a task definition names exist, are its own, and can be taken by tasks. */
export const taskRoles: Rule = deployment => {
  const { account, name: prefix } = deployment.configuration;
  const own = `arn:aws:iam::${account}:role/${prefix}-`;
  return [...deployment.tasks].flatMap(([name, { taskRoleArn, executionRoleArn }]) => {
    const file = `register-task-definition.${name}.json`;
    const findings: string[] = [];
    if (executionRoleArn !== `${own}${name}-execution`)
      findings.push(`${file}: its execution role is another task's`);
    if (WITHOUT_TASK_ROLE.includes(name) !== (taskRoleArn === undefined))
      findings.push(`${file}: ${taskRoleArn === undefined ? 'has no' : 'needs no'} task role`);
    for (const arn of [executionRoleArn, taskRoleArn ?? executionRoleArn]) {
      const role = arn.startsWith(own) ? arn.slice(own.length) : arn;
      if (trustedService(deployment, role) !== 'ecs-tasks.amazonaws.com')
        findings.push(`${file}: there is no role ${role} for tasks`);
      if (!deployment.policies.has(role)) findings.push(`${file}: the role ${role} has no policy`);
    }
    return findings;
  });
};

const arnsOf = ({ policies }: Deployment, role: string, action: string): readonly string[] =>
  policies
    .get(role)
    ?.Statement.filter(one => one.Action.includes(action))
    .flatMap(one => one.Resource) ?? [];

/** Who starts a task hands over that task's roles, no more and no fewer, and to tasks alone. */
export const passedRoles: Rule = deployment =>
  Object.entries({
    scheduler: ['backup', 'restore-drill'],
    pipeline: ['api', 'worker', 'migrate', 'backup', 'restore', 'restore-drill'],
  }).flatMap(([role, tasks]) => {
    const file = `put-role-policy.${role}.json`;
    const passed = arnsOf(deployment, role, 'iam:PassRole');
    const needed = new Set(
      tasks.flatMap(name => {
        const task = deployment.tasks.get(name);
        return [task?.taskRoleArn, task?.executionRoleArn].filter(arn => arn !== undefined);
      }),
    );
    const findings = [
      ...[...needed].filter(arn => !passed.includes(arn)).map(arn => `${file}: cannot pass ${arn}`),
      ...passed.filter(arn => !needed.has(arn)).map(arn => `${file}: passes ${arn}, which it does not need`),
    ];
    const statements = deployment.policies.get(role)?.Statement ?? [];
    for (const { Action, Condition } of statements)
      if (
        Action.includes('iam:PassRole') &&
        Condition.StringEquals?.['iam:PassedToService']?.join() !== 'ecs-tasks.amazonaws.com'
      )
        findings.push(`${file}: passes roles to others than tasks`);
    return findings;
  });

/** One environment of one repository, and a token made for AWS. Nothing else on GitHub gets in. */
export const pipelineTrust: Rule = deployment => {
  const file = 'create-role.pipeline.json';
  const { github_repository } = deployment.configuration;
  const exactly = {
    'token.actions.githubusercontent.com:aud': 'sts.amazonaws.com',
    'token.actions.githubusercontent.com:sub': `repo:${github_repository}:environment:production`,
  };
  const statements = deployment.trusts.get('pipeline')?.Statement ?? [];
  return statements.flatMap(({ Condition }) => {
    const findings = Object.entries(exactly)
      .filter(([key, value]) => Condition.StringEquals?.[key]?.join() !== value)
      .map(([key, value]) => `${file}: ${key} is not exactly ${value}`);
    if (Object.keys(Condition).length !== 1) findings.push(`${file}: a condition besides StringEquals`);
    return findings;
  });
};

/** No service of AWS acts here for another account. */
export const ownAccount: Rule = deployment =>
  [...deployment.trusts].flatMap(([role, { Statement }]) =>
    Statement.filter(
      ({ Principal, Condition }) =>
        typeof Principal === 'object' &&
        Principal.Service !== undefined &&
        Principal.Service !== 'ec2.amazonaws.com' &&
        Condition.StringEquals?.['aws:SourceAccount']?.join() !== deployment.configuration.account,
    ).map(() => `create-role.${role}.json: may be taken on behalf of another account`),
  );
