import { parseAwsConfiguration, type Release } from '../../../scripts/aws/configuration.ts';
import { deploy, RELEASED } from '../../../scripts/aws/deploy.ts';
import type { Fetch } from '../../../scripts/aws/smoke-test.ts';
import { projectText } from '../../../scripts/checks/project-text.ts';
import { FakePrograms } from './fake-aws.ts';

const configuration = parseAwsConfiguration(projectText('.aws/deploy.config.yml'));
const { domain } = configuration;

const REVISION = 'c'.repeat(40);
const RELEASE: Release = {
  image: `registry/daymark@sha256:${'a'.repeat(64)}`,
  backup_image: `registry/daymark@sha256:${'b'.repeat(64)}`,
  revision: REVISION,
};
const HASTY = { deadlineSeconds: 0.5, everySeconds: 0.01 };

const arn = 'arn:task-definition:8';
const deployment = (rolloutState: string, more: object = {}) => ({
  ...{ id: 'ecs-svc/8', status: 'PRIMARY', taskDefinition: arn, rolloutState },
  ...more,
});
const described = (...deployments: readonly object[]) => ({ services: [{ status: 'ACTIVE', deployments }] });

const OLD = {
  id: 'ecs-svc/7',
  status: 'PRIMARY',
  taskDefinition: 'arn:task-definition:7',
  rolloutState: 'COMPLETED',
};

/** A site that is well: the new release answers, and plain HTTP leads to HTTPS. */
const site =
  (changes: Readonly<Record<string, () => Response>> = {}): Fetch =>
  url => {
    const answers: Readonly<Record<string, () => Response>> = {
      [`https://${domain}/readyz`]: () => Response.json({ status: 'ready' }),
      [`https://${domain}/version`]: () => Response.json({ revision: REVISION }),
      [`http://${domain}/readyz`]: () =>
        new Response(null, { status: 308, headers: { location: `https://${domain}/readyz` } }),
      ...changes,
    };
    const answer = answers[url];
    return answer === undefined
      ? Promise.reject(new Error(`nobody expected ${url}`))
      : Promise.resolve(answer());
  };

let programs: FakePrograms;

beforeEach(() => {
  programs = new FakePrograms();
  programs.answers('ecs register-task-definition', { taskDefinition: { taskDefinitionArn: arn } });
  programs.answers('ecs run-task', { tasks: [{ taskArn: 'arn:task/1' }] });
  programs.answers('ecs describe-tasks', {
    tasks: [{ lastStatus: 'STOPPED', containers: [{ name: 'migrate', exitCode: 0 }] }],
  });
  programs.answers('ecs update-service', { service: { deployments: [deployment('IN_PROGRESS')] } });
  programs.answers(
    'ecs describe-services',
    described(OLD),
    described(deployment('IN_PROGRESS')),
    described(deployment('COMPLETED')),
  );
  programs.answers('ssm put-parameter', {});
});

afterEach(() => programs[Symbol.dispose]());

const deployed = async ({ migrate = true, get = site() } = {}): Promise<readonly string[]> => {
  const lines: string[] = [];
  await deploy(configuration, RELEASE, {
    folder: programs.folder,
    migrate,
    patience: { migrate: HASTY, service: HASTY, smoke: HASTY },
    report: line => lines.push(line),
    get,
  });
  return lines;
};

const without = (...calls: readonly string[]) =>
  expect(programs.calls()).not.toEqual(expect.arrayContaining([...calls]));

test('a release is registered, migrated, put in place, looked at and recorded, in this order', async () => {
  const lines = await deployed();

  const order = [...new Set(programs.calls())];
  expect(order).toEqual([
    ...['ecs register-task-definition', 'ecs run-task', 'ecs describe-tasks'],
    ...['ecs describe-services', 'ecs update-service', 'ssm put-parameter'],
  ]);
  expect(programs.calls().filter(call => call === 'ecs register-task-definition')).toHaveLength(
    RELEASED.length,
  );
  expect(programs.lines().at(-1)).toContain(JSON.stringify(RELEASE));
  expect(lines.at(-2)).toBe(`https://${domain} runs ${REVISION}`);
});

test.each([
  ['no service', { services: [] }],
  ['one that was deleted', { services: [{ status: 'INACTIVE', deployments: [] }] }],
])('the first release, which finds %s, makes the services', async (_, nothing) => {
  const made = { service: { deployments: [deployment('IN_PROGRESS')] } };
  programs.answers('ecs create-service', made);
  const done = described(deployment('COMPLETED'));
  programs.answers('ecs describe-services', nothing, done, nothing, done);

  await deployed();

  expect(programs.calls().filter(call => call === 'ecs create-service')).toHaveLength(2);
  expect(programs.lines().find(line => line.startsWith('ecs create-service'))).toContain(
    `--task-definition ${arn}`,
  );
  without('ecs update-service');
});

test('a rollback leaves the schema alone', async () => {
  await deployed({ migrate: false });

  without('ecs run-task');
});

test('after a failed migration nothing is replaced', async () => {
  programs.answers('ecs describe-tasks', {
    tasks: [{ lastStatus: 'STOPPED', containers: [{ name: 'migrate', exitCode: 1 }] }],
  });

  await expect(deployed()).rejects.toThrow('migrate failed with exit code 1');

  without('ecs update-service');
  without('ssm put-parameter');
});

test.each([
  [
    'was rolled back',
    described(OLD, deployment('FAILED', { status: 'INACTIVE', rolloutStateReason: 'tasks failed to start' })),
    'was rolled back: tasks failed to start',
  ],
  ['was rolled back and forgotten', described(OLD), 'the deployment is gone'],
  [
    'was overtaken by another',
    described(OLD, deployment('IN_PROGRESS', { status: 'ACTIVE' })),
    'another deployment has taken the place',
  ],
  [
    'never gets well',
    described(deployment('IN_PROGRESS', { runningCount: 1, desiredCount: 2 })),
    'runs 1 of 2 after 0.5 s',
  ],
  ['is gone', { services: [] }, 'the deployment is gone'],
])('a service that is stable, but %s, is no success', async (_, answer, message) => {
  programs.answers('ecs describe-services', described(OLD), answer, answer);

  await expect(deployed()).rejects.toThrow(message);

  without('ssm put-parameter');
});

test('a service that did not take the new release is no success', async () => {
  programs.answers('ecs update-service', { service: { deployments: [OLD] } });

  await expect(deployed()).rejects.toThrow(`does not deploy ${arn}`);
});

const answering =
  (status: number, headers: Record<string, string> = {}) =>
  () =>
    new Response(null, { status, headers });

test.each([
  ['is not ready', { [`https://${domain}/readyz`]: answering(503) }, '/readyz answers 503'],
  [
    'still runs the old release',
    { [`https://${domain}/version`]: () => Response.json({ revision: 'old' }) },
    `says old, not ${REVISION}`,
  ],
  ['hides its version', { [`https://${domain}/version`]: answering(404) }, '/version answers 404'],
  ['talks plain HTTP', { [`http://${domain}/readyz`]: answering(200) }, `http://${domain} answers 200`],
  [
    'leads somewhere else',
    { [`http://${domain}/readyz`]: answering(308, { location: 'https://elsewhere.org/' }) },
    'leads to https://elsewhere.org/',
  ],
  [
    'cannot be reached',
    {
      [`https://${domain}/readyz`]: () => {
        throw new Error('certificate has expired');
      },
    },
    'certificate has expired',
  ],
])('a site that %s is no success, and nothing is recorded', async (_, changes, message) => {
  await expect(deployed({ get: site(changes) })).rejects.toThrow(message);

  without('ssm put-parameter');
});

test('one old answer among new ones is waited for', async () => {
  let asked = 0;
  const now = () => (++asked === 3 ? 'old' : REVISION);

  await deployed({ get: site({ [`https://${domain}/version`]: () => Response.json({ revision: now() }) }) });

  expect(asked).toBe(9);
});
