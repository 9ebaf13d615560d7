import { existsSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { InvalidDeployment, parseAwsConfiguration } from '../aws/configuration.ts';
import { readSources } from '../aws/templates.ts';
import { cliFindings } from './aws/cli-shapes.ts';
import { type Deployment, deploymentOf } from './aws/deployment.ts';
import { cluster, routes } from './aws/proxy.ts';
import { RULES } from './aws/rules.ts';
import { variables } from './aws/variables.ts';
import type { Check } from './check.ts';
import { projectText, type ReadText } from './project-text.ts';

const CONFIGURATION = '.aws/deploy.config.yml';

/** .env.example lists every variable that is read; a test holds it against the sources. */
const isReadBy =
  (example: string) =>
  (variable: string): boolean =>
    new RegExp(`^# ${variable}=`, 'm').test(example);

/** What our own rules find. A deployment that cannot be rendered or has another shape is a finding too. */
export const awsFindings = (
  read: ReadText,
): { readonly findings: readonly string[]; readonly deployment: Deployment | null } => {
  try {
    const configuration = parseAwsConfiguration(read(CONFIGURATION), CONFIGURATION);
    const { deployment, problems } = deploymentOf(readSources(read), configuration);
    const rules = [...RULES, cluster(read), routes(read), variables(isReadBy(read('.env.example')))];
    return { findings: [...problems, ...rules.flatMap(rule => rule(deployment))], deployment };
  } catch (error) {
    if (error instanceof InvalidDeployment) return { findings: error.message.split('\n'), deployment: null };
    throw error;
  }
};

export const hasAwsCli = (): boolean =>
  (process.env.PATH ?? '').split(delimiter).some(folder => folder !== '' && existsSync(join(folder, 'aws')));

/** `.aws`: rendered, held against our rules, and against the aws-cli where this machine has one. */
export const aws: Check = {
  name: 'aws',
  run: async () => {
    const { findings, deployment } = awsFindings(projectText);
    if (deployment === null) return findings;
    if (!hasAwsCli()) {
      console.error('aws: there is no aws-cli here, so nothing tells whether it would take these files.');
      return findings;
    }
    return [...findings, ...(await cliFindings(deployment.rendered))];
  },
};
