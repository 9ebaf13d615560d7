import type { Deployment, Rule } from './deployment.ts';
import type { Statement } from './shapes.ts';

const file = (role: string) => `put-role-policy.${role}.json`;

/** What AWS lets nobody restrict to a resource. */
const WITHOUT_RESOURCE = [
  'ecr:GetAuthorizationToken',
  'ecs:ListClusters',
  'ecs:DescribeTaskDefinition',
  'ecs:RegisterTaskDefinition',
  'ec2:DescribeInstances',
];

const nameOfRole = (arn: string, prefix: string): string =>
  arn.split(':role/')[1]?.slice(prefix.length + 1) ?? '';

const allowed = function* ({
  policies,
}: Pick<Deployment, 'policies'>): Generator<readonly [string, Statement, string]> {
  for (const [role, { Statement }] of policies)
    for (const statement of Statement)
      for (const action of statement.Action) yield [role, statement, action] as const;
};

/** Exactly what is named, where it can be named. */
export const wildcards: Rule = deployment =>
  [...allowed(deployment)].flatMap(([role, { Effect, Resource }, action]) => {
    const findings: string[] = [];
    if (Effect !== 'Allow') findings.push(`${file(role)}: a role's policy only allows`);
    if (/[*?]/.test(action)) findings.push(`${file(role)}: ${action} is more than one action`);
    if (Resource.length === 0) findings.push(`${file(role)}: ${action} names no resource`);
    if (Resource.includes('*') && !WITHOUT_RESOURCE.includes(action))
      findings.push(`${file(role)}: ${action} on everything`);
    // Below a name, as in `daily/*` and `family:*`, and never of a name.
    for (const resource of Resource)
      if (resource !== '*' && !/^[^*?]*[^*?:/]([/:]\*)?$/.test(resource))
        findings.push(`${file(role)}: ${resource} is more than what lies below one name`);
    return findings;
  });

/** How long backups stay is the lifecycle's affair. Deleted images stay as older versions. */
export const deletion: Rule = deployment =>
  [...allowed(deployment)].flatMap(([role, { Resource }, action]) => {
    if (!/^s3:(Delete|Bypass|PutBucket|PutLifecycle|PutObjectRetention)/.test(action)) return [];
    const ofAnImage =
      action === 's3:DeleteObject' &&
      ['api', 'worker'].includes(role) &&
      Resource.every(one => one === `arn:aws:s3:::${deployment.configuration.assets_bucket}/*`);
    return ofAnImage ? [] : [`${file(role)}: nobody may ${action}`];
  });

const BUCKETS: Readonly<Record<string, readonly string[]>> = {
  api: ['assets'],
  worker: ['assets'],
  'backup-writer': ['backup'],
  'backup-reader': ['backup', 'assets'],
};

export const buckets: Rule = deployment => {
  const { assets_bucket, backup_bucket } = deployment.configuration;
  return [...allowed(deployment)].flatMap(([role, statement, action]) => {
    if (!action.startsWith('s3:')) return [];
    const findings: string[] = [];
    for (const resource of statement.Resource) {
      const bucket = resource.slice('arn:aws:s3:::'.length).split('/')[0];
      const which = bucket === assets_bucket ? 'assets' : bucket === backup_bucket ? 'backup' : 'unknown';
      if (!(BUCKETS[role] ?? []).includes(which))
        findings.push(`${file(role)}: ${resource} is none of its buckets`);
    }
    if (role === 'backup-reader' && !['s3:GetObject', 's3:ListBucket'].includes(action))
      findings.push(`${file(role)}: ${action} is more than reading`);
    if (role === 'backup-writer')
      findings.push(...writing(statement, action, `arn:aws:s3:::${backup_bucket}/daymark`));
    return findings;
  });
};

/** A thief of these credentials can add, and neither read nor replace. Parts of an upload carry no condition. */
const writing = ({ Resource, Condition }: Statement, action: string, place: string): string[] => {
  const findings: string[] = [];
  const role = file('backup-writer');
  if (action !== 's3:PutObject') findings.push(`${role}: ${action} is more than adding`);
  const places = ['daily', 'monthly', 'probe'].map(folder => `${place}/${folder}/*`);
  for (const resource of Resource)
    if (!places.includes(resource)) findings.push(`${role}: ${resource} is no place for backups`);
  const isNew = Condition.Null?.['s3:if-none-match']?.join() === 'false';
  const isPart = Condition.Bool?.['s3:ObjectCreationOperation']?.join() === 'false';
  if (!isNew && !isPart) findings.push(`${role}: without a condition it may replace a backup`);
  return findings;
};

/** What the agent of ECS may do for a task is what that task needs: its own secrets, and no others. */
export const secretsOfRoles: Rule = deployment => {
  const { account, region, name } = deployment.configuration;
  const place = `arn:aws:ssm:${region}:${account}:parameter/${name}/`;
  return [...deployment.tasks].flatMap(
    ([
      task,
      {
        executionRoleArn,
        containerDefinitions: [container],
      },
    ]) => {
      const role = nameOfRole(executionRoleArn, name);
      const readable = [...allowed(deployment)]
        .filter(([who, , action]) => who === role && action === 'ssm:GetParameters')
        .flatMap(([, { Resource }]) => Resource);
      const findings = container.secrets
        .filter(secret => secret.valueFrom !== `${place}${secret.name}`)
        .map(secret => `register-task-definition.${task}.json: ${secret.name} is not ${place}${secret.name}`);
      const needed = container.secrets.map(secret => secret.valueFrom);
      for (const one of needed)
        if (!readable.includes(one)) findings.push(`${file(role)}: cannot read ${one}, which ${task} needs`);
      for (const one of readable)
        if (!needed.includes(one))
          findings.push(`${file(role)}: may read ${one}, which ${task} does not need`);
      return findings;
    },
  );
};
