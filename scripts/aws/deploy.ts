import { join } from 'node:path';
import { z } from 'zod';
import { aws } from './aws-cli.ts';
import type { AwsConfiguration, Release } from './configuration.ts';
import type { Patience } from './patience.ts';
import { render } from './render.ts';
import { runTask } from './run-task.ts';
import { type Fetch, smokeTest } from './smoke-test.ts';
import { readSources } from './templates.ts';
import { updateService } from './update-service.ts';
import { writeRendered } from './write-rendered.ts';

/** What runs our images. Databases and the proxy are changed by hand, in a quiet hour: they have one instance only. */
export const RELEASED = ['migrate', 'api', 'worker', 'backup', 'restore', 'restore-drill'] as const;

export interface DeployOptions {
  readonly folder: string;
  /** Off for a rollback: an older release runs on the newer schema, which migrations are written for. */
  readonly migrate: boolean;
  readonly patience: Readonly<Record<'migrate' | 'service' | 'smoke', Patience>>;
  readonly report: (line: string) => void;
  readonly get?: Fetch;
}

export const PATIENCE: DeployOptions['patience'] = {
  migrate: { deadlineSeconds: 1_200, everySeconds: 5 },
  service: { deadlineSeconds: 900, everySeconds: 10 },
  smoke: { deadlineSeconds: 180, everySeconds: 3 },
};

const registered = z.looseObject({ taskDefinition: z.looseObject({ taskDefinitionArn: z.string() }) });

const register = async (folder: string, name: string): Promise<string> => {
  const file = join(folder, 'ecs', `register-task-definition.${name}.json`);
  const answer = await aws('ecs', 'register-task-definition', '--cli-input-json', `file://${file}`);
  return registered.parse(answer).taskDefinition.taskDefinitionArn;
};

/**
 * Brings a release into service: register, migrate, replace, look at it from outside, write it down. Each step begins only
 * when the one before has succeeded, and nothing is written down that does not run.
 */
export const deploy = async (
  configuration: AwsConfiguration,
  release: Release,
  { folder, migrate, patience, report, get }: DeployOptions,
): Promise<void> => {
  const { name: cluster, domain } = configuration;
  writeRendered(render(readSources(), configuration, release), folder);

  const arns = new Map<string, string>();
  for (const name of RELEASED) {
    const arn = await register(folder, name);
    arns.set(name, arn);
    report(`Registered ${arn}`);
  }
  const arnOf = (name: (typeof RELEASED)[number]): string => arns.get(name) ?? '';

  if (migrate) {
    await runTask({ cluster, taskDefinition: arnOf('migrate'), container: 'migrate' }, patience.migrate);
    report('Migrated');
  }
  for (const name of ['worker', 'api'] as const) {
    const creation = join(folder, 'ecs', `create-service.${name}.json`);
    const change = { cluster, name: `${cluster}-${name}`, taskDefinition: arnOf(name), creation };
    await updateService(change, patience.service);
    report(`Replaced ${name}`);
  }
  await smokeTest(domain, release.revision, patience.smoke, get);
  report(`https://${domain} runs ${release.revision}`);

  const parameter = ['--name', `/${cluster}/deployed`, '--type', 'String', '--overwrite'];
  await aws('ssm', 'put-parameter', ...parameter, '--value', JSON.stringify(release));
  report(`Recorded in /${cluster}/deployed`);
};
