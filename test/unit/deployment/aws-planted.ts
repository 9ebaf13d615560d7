import { awsFindings } from '../../../scripts/checks/aws.ts';
import { type Mistake, projectWith } from './planted.ts';

export const CONFIG = '.aws/deploy.config.yml';
export const SERVER = '.aws/parts/server-environment.json';
export const SECRETS = '.aws/parts/server-secrets.json';
export const LIFECYCLE = '.aws/s3api/put-bucket-lifecycle-configuration.backups.json';
export const LAUNCH = '.aws/ec2/create-launch-template.json';
export const INGRESS = '.aws/ec2/authorize-security-group-ingress.json';
export const task = (name: string): string => `.aws/ecs/register-task-definition.${name}.json`;
export const service = (name: string): string => `.aws/ecs/create-service.${name}.json`;
export const policy = (role: string): string => `.aws/iam/put-role-policy.${role}.json`;
export const roleOf = (role: string): string => `.aws/iam/create-role.${role}.json`;
export const trust = (who: string): string => `.aws/parts/trust-${who}.json`;
export const bucket = (operation: string, subject = 'backups'): string =>
  `.aws/s3api/${operation}.${subject}.json`;

/** Plants the mistake, and expects the check to say what is wrong. */
export const expectToBeFound = (...mistake: Mistake): void => {
  const [, , , , finding] = mistake;

  const { findings } = awsFindings(projectWith(mistake));

  expect(findings.join('\n')).toContain(finding);
};
