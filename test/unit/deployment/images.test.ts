import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { projectRoot } from '../../../scripts/services/project.ts';
import { FakePrograms } from './fake-aws.ts';

const REPOSITORY = '123456789012.dkr.ecr.eu-central-1.amazonaws.com/daymark';
const DIGEST = `sha256:${'a'.repeat(64)}`;
const REVISION = 'c'.repeat(40);
const NO_IMAGE = 'An error occurred (ImageNotFoundException) when calling DescribeImages';

let programs: FakePrograms;

beforeEach(() => {
  programs = new FakePrograms();
});

afterEach(() => programs[Symbol.dispose]());

const run = (script: string, ...words: readonly string[]) => {
  const { status, stdout, stderr } = spawnSync(join(projectRoot, 'scripts/aws', script), words, {
    encoding: 'utf8',
    env: process.env,
  });
  return { status, stdout: stdout.trim(), stderr };
};

const push = () => run('push-image.sh', REPOSITORY, 'server', REVISION, REVISION);

test('an image is built for the instance, with provenance and contents, and named by digest', () => {
  programs.fails('ecr describe-images', NO_IMAGE);
  programs.builds(`{\n  "containerimage.digest": "${DIGEST}"\n}`);

  expect(push()).toMatchObject({ status: 0, stdout: `${REPOSITORY}@${DIGEST}` });

  const build = programs.lines().at(-1);
  for (const word of [
    '--platform linux/arm64',
    '--provenance mode=max',
    '--sbom true',
    '--push',
    `SOURCE_REVISION=${REVISION}`,
  ])
    expect(build).toContain(word);
});

test('a release that is run again is not built again', () => {
  programs.answers('ecr describe-images', DIGEST);

  expect(push()).toMatchObject({ status: 0, stdout: `${REPOSITORY}@${DIGEST}` });
  expect(programs.calls()).toEqual(['ecr describe-images']);
});

test.each([
  ['the registry says no', () => programs.fails('ecr describe-images', 'AccessDeniedException'), 1],
  ['the registry says something else', () => programs.answers('ecr describe-images', 'None'), 1],
])('when %s, nothing is built', (_, prepare, status) => {
  prepare();

  expect(push()).toMatchObject({ status, stdout: '' });
  expect(programs.calls()).toEqual(['ecr describe-images']);
});

test('a build that fails is a failure', () => {
  programs.fails('ecr describe-images', NO_IMAGE);
  programs.fails('docker buildx', 'no space left on device');

  expect(push()).toMatchObject({ status: 254, stdout: '' });
});

test('a build that does not say its digest is a failure', () => {
  programs.fails('ecr describe-images', NO_IMAGE);
  programs.builds('{}');

  expect(push()).toMatchObject({ status: 1, stdout: '' });
});

test('a rollback to a release that has no image any more ends at once', () => {
  programs.fails('ecr describe-images', NO_IMAGE);

  expect(run('find-image.sh', REPOSITORY, REVISION)).toMatchObject({
    status: 66,
    stdout: '',
    stderr: `There is no image ${REVISION}.\n`,
  });
});
