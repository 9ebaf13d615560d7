import { spawnSync } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { RELEASED } from '../../../scripts/aws/deploy.ts';
import { readSources } from '../../../scripts/aws/templates.ts';
import { projectText } from '../../../scripts/checks/project-text.ts';
import { projectRoot } from '../../../scripts/services/project.ts';
import { COMPILE_CACHE } from '../../support/compile-cache.ts';
import { FakePrograms } from './fake-aws.ts';

const ACCOUNT = '210987654321';
const EVERY_CALL = [...readSources().templates.keys()].map(
  path => path.replace('/', ' ').split('.')[0] ?? '',
);

let programs: FakePrograms;
let configuration: string;

beforeEach(() => {
  programs = new FakePrograms();
  mkdirSync(programs.folder);
  configuration = join(programs.folder, 'deploy.config.yml');
  writeFileSync(configuration, projectText('.aws/deploy.config.yml').replace('123456789012', ACCOUNT));
  programs.answers('sts get-caller-identity', ACCOUNT);
  for (const call of EVERY_CALL) programs.answers(call, '');
});

afterEach(() => programs[Symbol.dispose]());

const setUp = (step: string, { input = '', config = configuration } = {}) => {
  const { status, stderr } = spawnSync(join(projectRoot, 'scripts/aws/set-up.sh'), [step, config], {
    encoding: 'utf8',
    input,
    env: { ...process.env, ...COMPILE_CACHE, OUT: programs.folder },
  });
  return { status, stderr };
};

const instanceThatIsMissing = () => {
  programs.answers('ec2 describe-security-groups', 'sg-1');
  programs.answers('ec2 describe-volumes', 'None', 'vol-1', 'available');
  programs.answers('ec2 describe-instances', 'None', 'i-1');
  programs.answers('ec2 describe-addresses', 'None', '192.0.2.1');
  for (const call of ['wait', 'attach-volume', 'allocate-address', 'associate-address'])
    programs.answers(`ec2 ${call}`, '');
};

test('every template is used by the set-up or by a release', () => {
  instanceThatIsMissing();
  programs.answers('iam get-instance-profile', 'None');
  programs.answers('ecs describe-services', 'None');

  for (const step of ['foundation', 'instance', 'services']) expect(setUp(step)).toMatchObject({ status: 0 });

  const used = programs
    .lines()
    .flatMap(line => /file:\/\/(\S+)/.exec(line)?.[1] ?? [])
    .map(file => file.slice(programs.folder.length + 1));
  const released = [
    ...RELEASED.map(name => `ecs/register-task-definition.${name}.json`),
    ...['api', 'worker'].map(name => `ecs/create-service.${name}.json`),
  ];
  expect([...new Set([...used, ...released])].sort()).toEqual([...readSources().templates.keys()].sort());
});

test('what exists already is left as it is', () => {
  for (const call of EVERY_CALL.filter(one => one.includes('create-')))
    programs.fails(call, 'An error occurred (ResourceAlreadyExistsException): there is one');
  programs.answers('iam get-instance-profile', 'daymark-instance');

  const { status, stderr } = setUp('foundation');

  expect(status).toBe(0);
  expect(stderr).toContain('create-bucket backups is there already');
  expect(programs.calls()).toContain('s3api put-bucket-policy');
  expect(programs.calls()).not.toContain('iam add-role-to-instance-profile');
});

test('any other failure ends it there', () => {
  programs.fails('iam put-role-policy', 'An error occurred (AccessDenied): not you');

  expect(setUp('foundation')).toMatchObject({ status: 1, stderr: expect.stringContaining('AccessDenied') });
  expect(programs.calls()).not.toContain('s3api create-bucket');
});

test('a data volume that is there is not made again, and nothing is attached twice', () => {
  programs.answers('ec2 describe-security-groups', 'sg-1');
  programs.answers('ec2 describe-volumes', 'vol-1', 'in-use');
  programs.answers('ec2 describe-instances', 'i-1');
  programs.answers('ec2 describe-addresses', '192.0.2.1');
  for (const call of ['wait', 'associate-address']) programs.answers(`ec2 ${call}`, '');

  expect(setUp('instance')).toMatchObject({ status: 0, stderr: expect.stringContaining('192.0.2.1') });

  for (const call of ['create-volume', 'run-instances', 'attach-volume'])
    expect(programs.calls()).not.toContain(`ec2 ${call}`);
});

test('secrets are made, fit together, and are in no list of arguments', () => {
  programs.fails('ssm get-parameter', 'ParameterNotFound');
  programs.answers('ssm put-parameter', '');

  expect(setUp('secrets', { input: 'smtps://user:word@mail.example.org\n' })).toMatchObject({ status: 0 });

  const stored = programs.inputs() as { Name: string; Value: string; Type: string }[];
  const valueOf = (name: string) => stored.find(one => one.Name === `/daymark/${name}`)?.Value ?? '';
  expect(stored.map(({ Name }) => Name).sort()).toEqual(
    [
      ...['DATABASE_PASSWORD', 'DATABASE_URL', 'METRICS_TOKEN', 'PASSWORD_PEPPER', 'POSTGRES_PASSWORD'],
      ...['REDIS_PASSWORD', 'REDIS_URL', 'SESSION_SECRET', 'SIGNING_KEYS', 'SMTP_URL'],
    ].map(name => `/daymark/${name}`),
  );
  expect(stored.every(({ Type }) => Type === 'SecureString')).toBe(true);
  expect(valueOf('DATABASE_URL')).toContain(`:${valueOf('DATABASE_PASSWORD')}@`);
  expect(valueOf('REDIS_URL')).toContain(`:${valueOf('REDIS_PASSWORD')}@`);
  expect(valueOf('PASSWORD_PEPPER')).toMatch(/^1:[0-9a-f]{64}$/);
  expect(valueOf('SIGNING_KEYS')).toContain('-----BEGIN PRIVATE KEY-----');
  expect(valueOf('SMTP_URL')).toBe('smtps://user:word@mail.example.org');
  for (const { Value } of stored) expect(programs.lines().join('\n')).not.toContain(Value);
});

test('a secret that is there is never replaced', () => {
  programs.answers('ssm get-parameter', '/daymark/X');

  expect(setUp('secrets')).toMatchObject({ status: 0 });

  expect(programs.calls()).not.toContain('ssm put-parameter');
});

test('another account is left alone', () => {
  programs.answers('sts get-caller-identity', '999999999999');

  expect(setUp('foundation')).toMatchObject({
    status: 1,
    stderr: expect.stringContaining(`These credentials are not of the account ${ACCOUNT}`),
  });
  expect(programs.calls()).toEqual(['sts get-caller-identity']);
});

test('nothing is set up with the values of the example', () => {
  expect(setUp('foundation', { config: '.aws/deploy.config.yml' })).toMatchObject({
    status: 1,
    stderr: expect.stringContaining('still has the values of the example'),
  });
  expect(programs.calls()).toEqual([]);
});
